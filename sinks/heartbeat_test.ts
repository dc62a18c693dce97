import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { driftReport, environment, errorReport, okReport, report } from "../tests/support/sample_reports.ts";
import { addressOf, ping } from "./heartbeat/ping.ts";
import heartbeat, { createHeartbeat, type HeartbeatOptions } from "./heartbeat.ts";
import type { DriftReport, SinkOutcome } from "./sink.ts";

const SIGNAL = new AbortController().signal;
const SECRET = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
const LOST: SinkOutcome = { sink: "telegram", delivered: false, durationMs: 1, reason: "no answer" };

interface Place {
  /** Address of a switch on this machine. */
  url: string;
  /** Path and query of each request, in order, behind their method. */
  asked: string[];
  /** What it answers next; then 200. */
  answers: Response[];
  said: string[];
  variables: Record<string, string>;
  dir: string;
  run(report: DriftReport, options?: HeartbeatOptions & { dryRun?: boolean }, outcomes?: SinkOutcome[]): Promise<void>;
}

async function withSwitch(test: (place: Place) => Promise<void>): Promise<void> {
  const asked: string[] = [], answers: Response[] = [], said: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ method, url }) => {
    asked.push(`${method} ${url.slice(url.indexOf("/", 8))}`);
    return answers.shift() ?? new Response("OK");
  });
  const url = `http://127.0.0.1:${server.addr.port}/${SECRET}`;
  const variables: Record<string, string> = { PVE_DRIFT_HEARTBEAT_URL: url };
  const dir = await Deno.makeTempDir();
  const say = (level: string) => (message: string) => void said.push(`${level}: ${message}`);
  const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  const edges = { env: (name: string) => variables[name], caller: () => ({ uid: Deno.uid()!, gid: Deno.gid()! }) };
  try {
    await test({
      ...{ url, asked, answers, said, variables, dir },
      async run(shown, { dryRun = false, ...options } = {}, outcomes = []) {
        const sink = createHeartbeat(options, { dryRun, stateDir: "/nowhere", log }, edges);
        await sink.deliver(shown, SIGNAL);
        await sink.settled!(outcomes, shown, SIGNAL);
      },
    });
    assert(!said.join().includes(SECRET), said.join());
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Why something fails, in which the address must not stand; and whether it may be tried again. */
async function refusal(act: () => unknown): Promise<{ message: string; retryable?: boolean }> {
  const error = await assertRejects(() => Promise.resolve(act()), Error) as Error & { retryable?: boolean };
  assert(!`${error.message}${error.stack}`.includes(SECRET), error.message);
  return error;
}

Deno.test("heartbeat settled() gives a sign of life after each run, and says where a check failed", () =>
  withSwitch(async ({ run, asked }) => {
    await run(okReport());
    await run(driftReport());
    await run(errorReport());
    assertEquals(asked, [`GET /${SECRET}`, `GET /${SECRET}`, `GET /${SECRET}/fail`]);
  }));

Deno.test("heartbeat settled() says where a report did not arrive, for which nobody else may be heard", () =>
  withSwitch(async ({ run, asked }) => {
    await run(okReport(), {}, [LOST]);
    await run(okReport(), { fail: "status" }, [LOST]);
    assertEquals(asked[0], `GET /${SECRET}/fail`);
    assertStringIncludes(decodeURIComponent(asked[1]!), "status=down");
    assertStringIncludes(new URL(asked[1]!.slice(4), "http://x").searchParams.get("msg")!, "no report to telegram");
  }));

Deno.test("heartbeat settled() does not take an environment that the run passed over for a failure", () =>
  withSwitch(async ({ run, asked }) => {
    await run(report([environment("prod"), environment("lab", { status: "error", skipped: { reason: "no change" } })]));
    assertEquals(asked, [`GET /${SECRET}`]);
  }));

Deno.test("addressOf() puts /fail behind the path or a status into the query, and keeps what stands there", () => {
  const well = { isWell: true, message: "fine" }, ill = { isWell: false, message: "1 check failed & more" };
  const of = (url: string, ...rest: [typeof well, "path" | "status"]) => addressOf(new URL(url), ...rest).href;
  assertEquals(of("https://hc-ping.com/key/slug?create=1", well, "path"), "https://hc-ping.com/key/slug?create=1");
  assertEquals(of("https://hc-ping.com/key/slug?create=1", ill, "path"), "https://hc-ping.com/key/slug/fail?create=1");
  assertEquals(of("https://hc-ping.com/uuid/", ill, "path"), "https://hc-ping.com/uuid/fail");
  const kuma = "https://kuma.example.org/api/push/token";
  assertEquals(of(`${kuma}?status=up&msg=OK&ping=`, well, "status"), `${kuma}?status=up&msg=fine&ping=`);
  assertEquals(of(kuma, ill, "status"), `${kuma}?status=down&msg=1+check+failed+%26+more`);
});

Deno.test("ping() wants to be tried again after what may pass, and only then", () =>
  withSwitch(async ({ url, answers }) => {
    for (const [status, again] of [[503, true], [429, true], [404, false], [410, false]] as const) {
      answers.push(new Response("", { status }));
      const { message, retryable } = await refusal(() => ping(new URL(url), SIGNAL));
      assertEquals([message, retryable], [`${new URL(url).host} answered ${status}`, again]);
    }
  }));

Deno.test("ping() says of a server that is not there or silent which host it is, and wants to be tried again", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silent = `127.0.0.1:${listener.addr.port}`;
  const quiet = await refusal(() => ping(new URL(`http://${silent}/${SECRET}`), SIGNAL, 50));
  assertEquals([quiet.message, quiet.retryable], [`no answer from ${silent} within 0.05 s`, true]);
  const gone = await refusal(() => ping(new URL(`http://127.0.0.1:1/${SECRET}`), SIGNAL));
  assertStringIncludes(gone.message, "no answer from 127.0.0.1:1 (");
  assertEquals(gone.retryable, true);
  for (const form of [`http://user:pw@127.0.0.1:1024/${SECRET}`, `http://127.0.0.1:1024/${SECRET}#top`]) {
    await refusal(() => ping(new URL(form), SIGNAL));
  }
});

Deno.test("ping() follows its own host and leads the address to no other", () =>
  withSwitch(async ({ url, asked, answers }) => {
    const to = (location: string) => new Response(null, { status: 302, headers: { location } });
    answers.push(to("/elsewhere"));
    await ping(new URL(url), SIGNAL);
    assertEquals(asked, [`GET /${SECRET}`, "GET /elsewhere"]);
    answers.push(to(`https://evil.example/${SECRET}`));
    const { message } = await refusal(() => ping(new URL(url), SIGNAL));
    assertStringIncludes(message, "redirects to https://evil.example: put in the address there");
    answers.push(...Array.from({ length: 9 }, () => to("/again")));
    assertStringIncludes((await refusal(() => ping(new URL(url), SIGNAL))).message, "redirects again and again");
  }));

Deno.test("heartbeat takes its address from a file before a credential before a variable", () =>
  withSwitch(async ({ run, asked, url, variables, dir }) => {
    await Deno.writeTextFile(join(dir, "heartbeat-url"), `${url}-credential\n`, { mode: 0o600 });
    await Deno.writeTextFile(join(dir, "file"), `${url}-file\n`, { mode: 0o600 });
    variables.CREDENTIALS_DIRECTORY = dir;
    await run(okReport(), { urlFile: "file", base: dir });
    await run(okReport());
    variables.CREDENTIALS_DIRECTORY = "/nowhere";
    await run(okReport());
    assertEquals(asked, [`GET /${SECRET}-file`, `GET /${SECRET}-credential`, `GET /${SECRET}`]);
  }));

Deno.test("heartbeat deliver() and probe() say where the address was looked for, or what is wrong with it", () =>
  withSwitch(async ({ run, variables, dir, asked }) => {
    const reason = async (options: HeartbeatOptions = {}) => (await refusal(() => run(okReport(), options))).message;
    await Deno.writeTextFile(join(dir, "open"), `https://hc-ping.com/${SECRET}`);
    await Deno.chmod(join(dir, "open"), 0o644);
    assertStringIncludes(await reason({ urlFile: join(dir, "open") }), `run "chmod 600 ${dir}/open"`);
    assertStringIncludes(await reason({ urlFile: "/nowhere/url" }), 'from file "/nowhere/url"');
    for (const wrong of [`http://hc-ping.com/${SECRET}`, `ftp://hc-ping.com/${SECRET}`]) {
      variables.PVE_DRIFT_HEARTBEAT_URL = wrong;
      assertStringIncludes(await reason(), "it must begin with https://");
    }
    variables.PVE_DRIFT_HEARTBEAT_URL = SECRET;
    assertStringIncludes(await reason(), "got 36 characters of another form");
    delete variables.PVE_DRIFT_HEARTBEAT_URL;
    assertStringIncludes(await reason(), "and the variable PVE_DRIFT_HEARTBEAT_URL is not set");
    assertEquals(asked, []);
  }));

Deno.test("heartbeat probe() names the host and asks it nothing", () =>
  withSwitch(async ({ url, asked, variables }) => {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const edges = { env: (name: string) => variables[name], caller: () => ({ uid: Deno.uid()!, gid: Deno.gid()! }) };
    const sink = createHeartbeat({}, { dryRun: false, stateDir: "/nowhere", log }, edges);
    const { host } = new URL(url);
    assertEquals(await sink.probe!(SIGNAL), {
      summary: `tells ${host} after each run, by the address of variable PVE_DRIFT_HEARTBEAT_URL`,
    });
    assertEquals(asked, []);
  }));

Deno.test("heartbeat asks nothing in a dry run, and says what it would say", () =>
  withSwitch(async ({ run, asked, said, variables }) => {
    delete variables.PVE_DRIFT_HEARTBEAT_URL;
    await run(errorReport(), { dryRun: true });
    assertEquals(asked, []);
    assertEquals(said, ["info: Would give a sign of life: pve-drift on pve1: 2 checks failed"]);
  }));

Deno.test("heartbeat options name the wrong one, and refuse the address without showing it", () => {
  const parse = (input: unknown) => heartbeat.options!.parse(input);
  assertEquals(parse({ urlFile: "x", fail: "status" }), { urlFile: "x", fail: "status" });
  assertThrows(() => parse({ fail: "kuma" }), TypeError, '"fail" must be "path" (Healthchecks');
  for (const wrong of [{ url: `https://hc-ping.com/${SECRET}` }, { urlFile: `https://hc-ping.com/${SECRET}` }]) {
    const { message } = assertThrows(() => parse(wrong), TypeError, "the address is a secret");
    assert(!message.includes(SECRET));
  }
});
