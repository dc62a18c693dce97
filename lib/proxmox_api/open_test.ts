import { assert, assertEquals, assertMatch, assertObjectMatch, assertRejects, assertStringIncludes } from "@std/assert";
import {
  certificateFile,
  type PlayedAnswer,
  PVE1_FINGERPRINT,
  type PveApi,
  type Question,
  startPveApi,
  TOKEN,
} from "../../tests/support/pve_api.ts";
import { ProxmoxApiError, saysNoSuchGuest } from "./errors.ts";
import { openProxmoxApi } from "./open.ts";
import type { ProxmoxApi, ProxmoxApiOptions } from "./proxmox_api.ts";

const ca = await Deno.readTextFile(certificateFile("ca"));
const GUEST = { kind: "qemu", id: 101, node: "pve1" } as const;

function open(servers: (PveApi | string)[], options: Partial<ProxmoxApiOptions> = {}): ProxmoxApi {
  const endpoints = servers.map((server) => typeof server === "string" ? server : server.endpoint);
  return openProxmoxApi({ endpoints, token: TOKEN, trust: { ca }, timeoutMs: 30_000, ...options });
}

const version: PlayedAnswer = { data: { version: "9.2.11", release: "9.2", repoid: "abc" } };

async function failureOf(promise: Promise<unknown>): Promise<ProxmoxApiError> {
  return await assertRejects(() => promise, ProxmoxApiError);
}

/** A closed port of the loopback device. */
function nobody(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `https://127.0.0.1:${listener.addr.port}`;
}

Deno.test("openProxmoxApi() asks over one kept connection, with the token, where an authority vouches for the server", async () => {
  await using server = await startPveApi(() => version);
  using api = open([server]);
  for (let i = 0; i < 3; i++) assertEquals(await api.version(), { version: "9.2.11" });
  assertEquals(server.questions.map(({ path, token }) => [path, token]), Array(3).fill(["/version", TOKEN]));
  assertEquals([server.refused, server.counts.connections, api.requests], [[], 1, 3]);
  assertEquals([api.endpoint, api.server?.fingerprint], [server.endpoint, PVE1_FINGERPRINT]);
  assertEquals(api.server?.validTo.getUTCFullYear(), 2120);
  assert(Math.abs(api.server!.clock! - Date.now()) < 600_000);
});

/** Whether the loopback device has an IPv6 address; not every container's has. */
function hasIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "openProxmoxApi() reaches a server by an IPv6 address",
  ignore: !hasIPv6(),
  async fn() {
    await using server = await startPveApi(() => version, { hostname: "::1" });
    using api = open([server]);
    assertEquals(await api.version(), { version: "9.2.11" });
  },
});

Deno.test("openProxmoxApi() takes a pinned certificate, whoever signed it and whatever its name", async () => {
  await using server = await startPveApi(() => version);
  for (const pin of [PVE1_FINGERPRINT, PVE1_FINGERPRINT.replaceAll(":", "").toLowerCase()]) {
    using api = open([server], { trust: { pins: ["AB:CD", pin] } });
    assertEquals(await api.version(), { version: "9.2.11" });
  }
  await using other = await startPveApi(() => version, { certificate: "pve9" });
  using api = open([other], { trust: { insecure: true } });
  assertEquals(await api.version(), { version: "9.2.11" });
});

const doubtful: [string, Partial<ProxmoxApiOptions>, "pve1" | "pve9" | "expired", string, RegExp][] = [
  ["whose pin is another", { trust: { pins: ["AB:".repeat(31) + "AB"] } }, "pve1", "pin", /fingerprint DE:18:63/],
  ["that no public authority knows", { trust: {} }, "pve1", "tls", /signed by none/],
  ["with another name", {}, "pve9", "tls", /not for "127.0.0.1" but for DNS:pve9.example.org$/],
  ["whose certificate has expired", {}, "expired", "tls", /expired on 2021-01-01$/],
];
for (const [what, options, certificate, kind, reason] of doubtful) {
  Deno.test(`openProxmoxApi() sends nothing to a server ${what}`, async () => {
    await using server = await startPveApi(() => version, { certificate });
    using api = open([server], options);
    const failure = await failureOf(api.version());
    assertEquals([failure.kind, server.questions, server.refused], [kind, [], []]);
    assertMatch(failure.reason, reason);
    assertEquals(api.requests, 0);
  });
}

Deno.test("openProxmoxApi() asks the next server where one does not answer, and stays with it", async () => {
  await using doubted = await startPveApi(() => version, { certificate: "pve9" });
  await using server = await startPveApi(() => version);
  const gone = nobody();
  using api = open([gone, doubted, server]);
  await api.version();
  const { connections } = doubted.counts;
  await api.version();
  assertEquals([api.endpoint, server.questions.length, doubted.questions.length], [server.endpoint, 2, 0]);
  assertEquals([connections > 0, doubted.counts.connections], [true, connections]);
  using none = open([gone, doubted]);
  assertEquals((await failureOf(none.version())).kind, "tls");
  using nothing = open([gone, nobody()]);
  const failure = await failureOf(nothing.version());
  assertEquals([failure.kind, failure.endpoint], ["unreachable", gone]);
});

Deno.test("openProxmoxApi() waits no longer than it may, and asks the next where a server accepts and is silent", async () => {
  await using silent = await startPveApi(() => ({ fault: "silent" }));
  await using server = await startPveApi(() => version);
  using api = open([silent, server], { timeoutMs: 3_000 });
  assertEquals(await api.version(), { version: "9.2.11" });
  using alone = open([silent], { timeoutMs: 200 });
  const failure = await failureOf(alone.version());
  assertEquals([failure.kind, failure.reason], ["timeout", "no answer within 200 ms"]);
});

Deno.test("openProxmoxApi() asks nobody else what a server that answers is slow about", async () => {
  await using server = await startPveApi(({ path }) => path === "/version" ? version : { fault: "silent" });
  await using other = await startPveApi(() => version);
  using api = open([server, other], { timeoutMs: 3_000 });
  await api.version();
  assertEquals((await failureOf(api.pending(GUEST))).kind, "timeout");
  assertEquals(other.questions, []);
});

Deno.test("openProxmoxApi() ends with the caller's signal, waiting questions too", async () => {
  const stop = new AbortController();
  await using server = await startPveApi(() => {
    stop.abort("interrupted");
    return { fault: "silent" };
  });
  using api = open([server], { signal: stop.signal });
  const failures = await Promise.all(Array.from({ length: 9 }, () => failureOf(api.version())));
  assertEquals(new Set(failures.map(({ kind }) => kind)), new Set(["stopped"]));
});

Deno.test("openProxmoxApi() has four questions under way at most", async () => {
  const waiting: (() => void)[] = [];
  await using server = await startPveApi(async () => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      // The fifth would have come by now if it came before an answer to the first four.
      if (waiting.length === 4) setTimeout(() => waiting.splice(0).forEach((go) => go()), 50);
    });
    return { data: [] };
  });
  using api = open([server]);
  await Promise.all(Array.from({ length: 16 }, () => api.pending(GUEST)));
  assertEquals([server.questions.length, server.counts.mostAtOnce, server.counts.connections], [16, 4, 4]);
});

Deno.test("openProxmoxApi() connects anew where the server closed an idle connection", async () => {
  await using server = await startPveApi(() => ({ ...version, headers: { Connection: "close" } }));
  using api = open([server]);
  for (let i = 0; i < 3; i++) await api.version();
  assertEquals([server.questions.length, server.counts.connections], [3, 3]);
});

Deno.test("openProxmoxApi() asks once more where a kept connection ended under a question, and never a new one", async () => {
  let asked = 0;
  await using server = await startPveApi(() => ++asked === 2 ? { fault: "gone" } : version);
  using api = open([server]);
  await api.version();
  assertEquals(await api.version(), { version: "9.2.11" });
  assertEquals([server.questions.length, server.counts.connections], [3, 2]);
  await using closing = await startPveApi(() => ({ fault: "gone" }));
  using never = open([closing]);
  assertEquals((await failureOf(never.version())).kind, "unreachable");
  assertEquals(closing.questions.length, 1);
});

Deno.test("openProxmoxApi() says where nobody speaks TLS", async () => {
  await using plain = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("hello"));
  for (const trust of [{}, { pins: [PVE1_FINGERPRINT] }]) {
    using api = open([`https://127.0.0.1:${plain.addr.port}`], { trust });
    const failure = await failureOf(api.version());
    assertEquals([failure.kind, failure.reason.split(":")[0]], ["tls", "the TLS handshake fails"]);
  }
});

const refusals: [string, PlayedAnswer, Partial<ProxmoxApiError>][] = [
  [
    "a refusal, in Proxmox's words",
    { status: 403, body: '{"data":null,"message":"Permission check failed (/vms/102, VM.Audit)\\n"}' },
    { kind: "status", status: 403, reason: "Permission check failed (/vms/102, VM.Audit)" },
  ],
  [
    "what older versions say beside the status",
    { status: 500, statusText: "no such VM ('101')", body: '{"data":null}' },
    { kind: "status", status: 500, reason: "no such VM ('101')" },
  ],
  [
    "which parameter is wrong",
    {
      status: 400,
      body: '{"data":null,"errors":{"max":"type check failed\\n"},"message":"Parameter verification failed.\\n"}',
    },
    { kind: "status", status: 400, reason: "Parameter verification failed. max: type check failed" },
  ],
  ["an expired token", { status: 401, statusText: "No ticket", body: "" }, {
    kind: "status",
    status: 401,
    reason: "No ticket",
  }],
  [
    "a node that is down",
    { status: 595, statusText: "No route to host", body: "" },
    { kind: "status", status: 595, reason: "No route to host" },
  ],
  [
    "a redirect, which it does not follow",
    { status: 302, headers: { Location: "https://127.0.0.1/elsewhere" } },
    { kind: "redirect", status: 302 },
  ],
  ["an answer that breaks off", { body: '{"data":[{"key":"memory"}]}', fault: "cut" }, {
    kind: "answer",
    reason: "the answer breaks off",
  }],
  ["half of a JSON text", { body: '{"data":[{"key":' }, {
    kind: "answer",
    reason: "the answer is not JSON, or breaks off",
  }],
  ["no data", { body: "[]" }, { kind: "answer" }],
  ["the page of another server", { body: "<html>hello</html>" }, { kind: "answer" }],
  [
    "data of another shape, without the value",
    { data: [{ key: "memory", value: { secret: "S3cr3t-canary" } }] },
    {
      kind: "answer",
      reason: `the answer is not of Proxmox's form: "0.value" is missing, of another kind or too long`,
    },
  ],
  [
    "a name that only floods whoever looks at it",
    { data: [{ key: "x".repeat(4_001) }] },
    { kind: "answer", reason: `the answer is not of Proxmox's form: "0.key" is missing, of another kind or too long` },
  ],
  [
    "what sends the token back",
    {
      status: 500,
      statusText: "Oops",
      body: JSON.stringify({ message: `you sent ${TOKEN}, that is ${TOKEN.split("=")[1]}\u001b[31m` }),
    },
    { kind: "status", reason: "you sent (sensitive), that is (sensitive)\\u001b[31m" },
  ],
];
for (const [what, answer, expected] of refusals) {
  Deno.test(`openProxmoxApi() tells ${what}, and asks once`, async () => {
    await using server = await startPveApi(() => answer);
    using api = open([server, nobody()]);
    const failure = await failureOf(api.pending(GUEST));
    assertObjectMatch(failure, expected);
    assertEquals(server.questions.length, 1);
    assertStringIncludes(failure.message, "Cannot read /nodes/pve1/qemu/101/pending from https://127.0.0.1:");
    assert(!Deno.inspect(failure).includes(TOKEN.split("=")[1]!) && !Deno.inspect(failure).includes("S3cr3t"));
  });
}

Deno.test("openProxmoxApi() reads no more of an answer than any of Proxmox's has", async () => {
  await using server = await startPveApi(() => ({ body: `{"data":"${"x".repeat(33 * 1024 * 1024)}"}` }));
  using api = open([server]);
  assertEquals((await failureOf(api.version())).reason, "the answer has more than 32 MiB");
});

Deno.test("openProxmoxApi() writes names in paths and queries so that they stay what they are", async () => {
  await using server = await startPveApi(() => ({ data: [] }));
  using api = open([server]);
  await api.tasks("../access/x?", { since: 5, source: "all" });
  assertEquals(server.questions[0]!.path, "/nodes/../access/x?/tasks");
  assertEquals(server.questions[0]!.query, { since: "5", source: "all" });
});

Deno.test("clusterLog() asks for fewer lines as long as one that Proxmox cannot read is among them", async () => {
  const line = {
    id: "3:pve1",
    msg: "x",
    node: "pve1",
    pid: 1,
    pri: 6,
    tag: "pvedaemon",
    time: 5,
    uid: "3",
    user: "root@pam",
  };
  const broken = "illegal backslash escape sequence in string, at character offset 324\n";
  const withBadLineAt = (place: number) => ({ query }: Question): PlayedAnswer =>
    Number(query.max) > place
      ? { status: 500, body: JSON.stringify({ data: null, message: broken }) }
      : { data: Array(Number(query.max)).fill(line) };
  await using server = await startPveApi(withBadLineAt(70));
  using api = open([server]);
  const { lines, isCut } = await api.clusterLog(1000);
  assertEquals([lines.length, isCut, server.questions.map(({ query }) => query.max)], [63, true, [
    "1000",
    "250",
    "63",
  ]]);
  await using almost = await startPveApi(withBadLineAt(1));
  using newest = open([almost]);
  assertEquals((await newest.clusterLog(1000)).lines.length, 1);
  await using worse = await startPveApi(withBadLineAt(0));
  using blind = open([worse]);
  assertStringIncludes((await failureOf(blind.clusterLog(1000))).reason, "illegal backslash");
  assertEquals(worse.questions.map(({ query }) => query.max), ["1000", "250", "63", "16", "4", "1"]);
});

Deno.test("saysNoSuchGuest() knows Proxmox's words for a guest without a configuration on that node", () => {
  const about = { kind: "status", endpoint: "https://pve1", path: "/x" } as const;
  const gone = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
  assert(saysNoSuchGuest(new ProxmoxApiError({ ...about, status: 500, reason: gone })));
  assert(!saysNoSuchGuest(new ProxmoxApiError({ ...about, status: 403, reason: gone })));
  assert(!saysNoSuchGuest(new ProxmoxApiError({ ...about, status: 500, reason: "hostname lookup 'x' failed" })));
  assert(!saysNoSuchGuest(new Error(gone)));
});
