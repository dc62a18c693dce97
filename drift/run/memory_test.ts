import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { aboutState, isOfOtherState, type Memory, memoryFile, newSalt, remember, resolvedSince } from "./memory.ts";
import { change, environment } from "../../tests/support/sample_reports.ts";
import { ram } from "../../tests/support/findings.ts";
import type { EnvironmentReport } from "../report.ts";

const first = "2026-11-23T06:00:00.000Z", second = "2026-11-24T06:00:00.000Z";
const salt = newSalt();
const report = (status: EnvironmentReport["status"], startedAt: string, since = startedAt): EnvironmentReport =>
  environment("prod", { status, startedAt, since, providers: {}, durationMs: 0 });
const known: Memory = remember(report("drift", first), { findings: [ram(4096)], resources: 13 }, undefined, salt);

Deno.test("remember() keeps no value, only a salted hash of it", () => {
  const secret = remember(report("drift", first), { findings: [ram("a-secret-value")], resources: 1 }, undefined, salt);
  assertEquals(JSON.stringify(secret).includes("a-secret-value"), false);
  assertEquals(
    remember(report("drift", first), { findings: [ram("a-secret-value")], resources: 1 }, undefined, newSalt())
      .findings[0]!.hash ===
      secret.findings[0]!.hash,
    false,
  );
});

Deno.test("remember() keeps a guest's label, but not where values are hidden", () => {
  const changes = [change({ address: "x.a", label: 'VM 101 "canary"' })];
  const labeled = { ...report("drift", first), changes };
  const found = { findings: [ram(4096)], resources: 1 };
  assertEquals(remember(labeled, found, undefined, salt).findings[0]!.label, 'VM 101 "canary"');
  const hidden = remember(labeled, { ...found, hideText: true }, undefined, salt);
  assertEquals(JSON.stringify(hidden).includes("canary"), false);
});

Deno.test("resolvedSince() takes no attribute for put back whose object is now to be destroyed", () => {
  const { path: _, ...object } = ram(null);
  assertEquals(resolvedSince(known, [{ ...object, action: "delete" }], []), []);
  assertEquals(resolvedSince(known, [], []).length, 1);
});

Deno.test("resolvedSince() names what is gone as the last run called it", () => {
  const now = report("drift", first);
  now.changes = [{ address: "x.a", label: 'VM 101 "web" on pve1', confirmed: true }] as EnvironmentReport["changes"];
  assertEquals(resolvedSince(remember(now, { findings: [ram(4096)], resources: 1 }, undefined, salt), [], []), [
    { address: "x.a", path: "memory", origin: "outside", label: 'VM 101 "web" on pve1' },
  ]);
});

Deno.test("resolvedSince() lists what is gone, not what changed again", () => {
  assertEquals(resolvedSince(known, [], []), [{ address: "x.a", path: "memory", origin: "outside" }]);
  assertEquals(resolvedSince(known, [ram(8192)], []), []);
  assertEquals(resolvedSince(undefined, [ram(1)], []), []);
  const aside = { address: "x.a", attributes: [{ path: "memory" }] } as EnvironmentReport["accepted"][number];
  assertEquals(resolvedSince(known, [], [aside]), []);
});

Deno.test("remember() keeps in mind what could not be confirmed", () => {
  const locked = report("drift", second);
  locked.changes = [{ address: "x.a", confirmed: false }] as EnvironmentReport["changes"];
  const after = remember(locked, { findings: [ram(4096), { ...ram(1), address: "x.b" }], resources: 13 }, known, salt);
  assertEquals(after.findings.map(({ address, unconfirmed }) => [address, unconfirmed]), [["x.a", true], [
    "x.b",
    undefined,
  ]]);
});

Deno.test("remember() forgets nothing in an error: neither findings nor the number of resources", () => {
  const after = remember(report("error", second), { findings: [], resources: 0 }, known, salt);
  assertEquals([after.status, after.resources, after.findings], ["error", 13, known.findings]);
  const failed = report("error", second);
  failed.changes = [{ address: "x.b", confirmed: false }] as EnvironmentReport["changes"];
  const partly = remember(
    failed,
    { findings: [{ ...ram(1), address: "x.b" }], resources: 3 },
    known,
    salt,
  );
  assertEquals(partly.findings.map((one) => one.unconfirmed), [undefined, true]);
  const again = remember(
    failed,
    { findings: [ram(4096), { ...ram(1), address: "x.b" }], resources: 3 },
    partly,
    salt,
  );
  assertEquals(again.findings.map((one) => one.unconfirmed), [undefined, true]);
  assertEquals(partly.findings.map((one) => one.address), ["x.a", "x.b"]);
  assertEquals(remember(report("ok", second), { findings: [], resources: 12 }, known, salt).findings, []);
});

Deno.test("memoryFile() writes and reads back, in a private file", async () => {
  const dir = await Deno.makeTempDir();
  const store = memoryFile(join(dir, "memory", "prod.json"), () => 1);
  assertEquals(await store.load(), {});
  await store.save(known);
  assertEquals(await store.load(), { memory: known });
  assertEquals((await Deno.stat(join(dir, "memory", "prod.json"))).mode! & 0o777, 0o600);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("memoryFile() sets a damaged file aside and says so", async () => {
  const dir = await Deno.makeTempDir();
  const file = join(dir, "prod.json");
  const [finding] = known.findings;
  const damages = [
    ...["", "{", "null", JSON.stringify(known).slice(0, 80)],
    ...[
      { version: 2 },
      { since: "yesterday" },
      { checkedAt: 7 },
      { resources: -1 },
      { providers: ["x"] },
      {
        findings: [{ ...finding, firstSeenAt: 17 }],
      },
      { findings: [{ ...finding, path: null }] },
      { findings: [null] },
      { findings: [{ ...finding, sinceUpgrade: { provider: "bpg/proxmox" } }] },
      { judgedWith: { "bpg/proxmox": 1 } },
      { noise: [1] },
      { flaps: [{ address: "x.a" }] },
    ].map((part) => JSON.stringify({ ...known, ...part })),
  ];
  for (const damage of damages) {
    await Deno.writeTextFile(file, damage);
    const { memory, problem } = await memoryFile(file, () => 7).load();
    assertEquals(memory, undefined);
    assertStringIncludes(problem ?? "", `${file}.damaged-7`);
    assertEquals(await Deno.readTextFile(`${file}.damaged-7`), damage);
  }
  await Deno.remove(dir, { recursive: true });
});

Deno.test("memoryFile() throws where the file cannot be read or written", async () => {
  const dir = await Deno.makeTempDir();
  await assertRejects(() => memoryFile(dir, () => 1).load(), Error, "Cannot read the memory");
  await Deno.writeTextFile(join(dir, "file"), "");
  await assertRejects(() => memoryFile(join(dir, "file", "x.json"), () => 1).save(known));
  await Deno.remove(dir, { recursive: true });
});

Deno.test("remember() notes the state of a verdict, and settles nothing of it in an error", () => {
  const here = { findings: [], resources: 1, state: "here" }, there = { ...here, state: "there" };
  const noted = remember(report("drift", first), { ...here, findings: [ram(4096)] }, undefined, salt);
  assertEquals(noted.state, "here");
  assertEquals(isOfOtherState(noted, "here"), false);
  assertEquals(isOfOtherState(noted, "there"), true);
  assertEquals(aboutState(noted, "there")?.findings, []);
  assertEquals(remember(report("ok", second), there, noted, salt).state, "there");
  const failed = remember(report("error", second), { ...there, findings: [ram(1)] }, noted, salt);
  assertEquals([failed.state, failed.findings], ["here", noted.findings]);
  assertEquals(remember(report("error", first), there, undefined, salt).state, undefined);
});

Deno.test("isOfOtherState() takes a memory without a note for the state's own", () => {
  const { state: _state, ...old } = remember(report("ok", first), { findings: [], resources: 1 }, undefined, salt);
  assertEquals([isOfOtherState(old, "here"), isOfOtherState(undefined, "here")], [false, false]);
});

Deno.test("remember() keeps which guests a completed plan claimed, and those of before where a check failed or asked nobody", () => {
  const claims = [{ kind: "qemu" as const, id: 101, address: "x.a" }];
  const before = { at: first, cluster: "main", claims }, after = { at: second, cluster: "main", claims: [] };
  const found = { findings: [], resources: 1 };
  const guests = (status: EnvironmentReport["status"], now?: typeof before) =>
    remember(report(status, second), { ...found, guests: now }, { ...known, guests: before }, salt).guests;
  assertEquals(guests("ok", after), after);
  assertEquals(guests("error", after), before);
  assertEquals(guests("ok"), before);
  assertEquals(remember(report("ok", second), found, known, salt).guests, undefined);
});

Deno.test("memoryFile() reads a memory without guests, one with them, and takes what is no guest for damage", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "prod.json");
    const read = async (memory: unknown) => {
      await Deno.writeTextFile(file, JSON.stringify(memory));
      return (await memoryFile(file, () => 1, true).load()).memory;
    };
    assertEquals(await read(known), known);
    const guests = { at: first, claims: [{ kind: "lxc", id: 201, address: "x.a" }] };
    assertEquals(await read({ ...known, guests }), { ...known, guests } as Memory);
    assertEquals(await read({ ...known, guests: { at: first, claims: [{ kind: "lxc" }] } }), undefined);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("resolvedSince() says of what is gone whether messages have told of it", () => {
  const changes = [change({ address: "x.a", lock: "backup", confirmed: false })];
  const locked = remember(
    { ...report("drift", first), changes },
    { findings: [ram(1)], resources: 1 },
    undefined,
    salt,
  );
  assertEquals(resolvedSince(locked, [], []).map(({ wasLocked }) => wasLocked), [true]);
  const expected = [change({ address: "x.a", isExpected: true })];
  const found = { findings: [ram(1)], resources: 1 };
  const moved = remember({ ...report("drift", first), changes: expected }, found, undefined, salt);
  assertEquals(resolvedSince(moved, [], []).map(({ wasLocked }) => wasLocked), [true]);
  assertEquals(resolvedSince(known, [], []).map(({ wasLocked }) => wasLocked), [undefined]);
});
