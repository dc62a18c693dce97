import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { guest, type Play, playedWitness, refusal, unreachable } from "../../tests/support/played_cluster.ts";
import type { GuestClaim } from "./claims.ts";
import { hear, type PlanInstallation } from "./hearing.ts";

const claim = (kind: "qemu" | "lxc", id: number, more: Partial<GuestClaim> = {}): GuestClaim => ({
  ...{ kind, id, name: `g${id}`, node: "pve1", address: `x.g${id}` },
  ...more,
});
const THERE = [claim("qemu", 101), claim("lxc", 201)];
const LISTED = [guest("qemu", 101), guest("lxc", 201)];
const gone = (...ids: number[]) => ids.map((id) => claim("qemu", id));

/** What a witness says about one plan, in few words. */
async function heard(
  play: Play,
  installation: Partial<PlanInstallation> = {},
  { isNamed = false, signal = new AbortController().signal } = {},
) {
  const { witness, asked } = playedWitness(play);
  const installations = [{ refreshed: THERE, vanished: [], powers: [], ...installation }];
  const { testimony, proof, warnings } = await hear(witness, { isNamed, installations }, { signal, waitMs: 1 });
  const found = Object.fromEntries([...testimony.vanished].map(([address, one]) => [address, one.found]));
  return { found, locks: [...testimony.locks], proof, warnings: warnings.map((one) => one.summary), asked, witness };
}

const BASE = ["version", "permissions", "status", "guests"];

Deno.test("hear() asks four questions about a plan that finds every guest, and none about one without guests", async () => {
  const { asked, proof, warnings } = await heard({ lists: [LISTED] });
  assertEquals([asked.sort(), proof, warnings], [BASE.toSorted(), "proven", []]);
  const { witness, asked: none } = playedWitness({ lists: [LISTED] });
  const { proof: empty } = await hear(witness, { isNamed: false, installations: [] }, {
    signal: new AbortController().signal,
  });
  assertEquals([none, empty, witness.askedAt], [[], "proven", undefined]);
});

Deno.test("hear() asks three questions more about a vanished guest, and no more than a second list for those that are listed", async () => {
  const deleted = await heard({ lists: [LISTED] }, { vanished: gone(102) });
  assertEquals(deleted.found, { "x.g102": "deleted" });
  assertEquals(deleted.asked.sort(), [...BASE, "config pve1/qemu/102", "guests", "permissions /vms/102"].sort());

  const there = await heard({ lists: [[...LISTED, guest("qemu", 102)]] }, { vanished: gone(102) });
  assertEquals([there.found, there.asked.length], [{ "x.g102": "exists" }, 5]);

  const moved = await heard({ lists: [[...LISTED, guest("qemu", 102, { node: "pve2" })]] }, { vanished: gone(102) });
  assertEquals([moved.found, moved.asked.length], [{ "x.g102": "moved" }, 4]);
});

Deno.test("hear() takes a list from before the plan for no proof of what the plan found missing", async () => {
  const { witness, asked } = playedWitness({ lists: [LISTED, [...LISTED, guest("qemu", 102)]] });
  const signal = new AbortController().signal;
  const question = (vanished: GuestClaim[]) => ({
    isNamed: false,
    installations: [{ refreshed: THERE, vanished, powers: [] }],
  });
  await hear(witness, question([]), { signal });
  // Another environment's plan ends later: the list that is known by now does not have the guest yet.
  const { testimony } = await hear(witness, question(gone(102)), { signal, waitMs: 1 });
  assertEquals([...testimony.vanished.values()].map(({ found }) => found), ["exists"]);
  assertEquals(asked.filter((one) => one === "guests").length, 3);
  assertEquals(asked.filter((one) => one === "version").length, 1);
});

Deno.test("hear() says nothing of the guests of a cluster that is not proven, and warns", async () => {
  const [one] = THERE;
  const unproven = await heard({ lists: [LISTED] }, { refreshed: [one!], vanished: gone(102) });
  assertEquals([unproven.found, unproven.proof, unproven.asked.length], [{ "x.g102": "unknown" }, "unproven", 4]);
  assertStringIncludes(unproven.warnings[0]!, "not proven");
  const named = await heard({ lists: [LISTED] }, { refreshed: [one!], vanished: gone(102) }, { isNamed: true });
  assertEquals([named.found, named.proof], [{ "x.g102": "deleted" }, "proven"]);
  const other = [guest("qemu", 101, { name: "mail" }), guest("lxc", 201)];
  const lying = await heard({ lists: [other] }, { vanished: gone(102) }, { isNamed: true });
  assertEquals([lying.found, lying.proof], [{ "x.g102": "unknown" }, "unproven"]);
  assertStringIncludes(lying.warnings[0]!, "VM 101 is called otherwise there");
});

Deno.test("hear() lets a list catch up, and a container take its new name at its next start", async () => {
  const old = [guest("qemu", 101, { name: "old" }), guest("lxc", 201)];
  const late = await heard({ lists: [old], pending: [{ key: "name", value: "g101" }] });
  assertEquals([late.proof, late.warnings, late.asked.includes("pending qemu/101")], ["proven", [], true]);
  // The list is another environment's, from before an apply.
  const { witness } = playedWitness({ lists: [old, LISTED] });
  const signal = new AbortController().signal;
  const question = (refreshed: GuestClaim[]) => ({
    isNamed: false,
    installations: [{ refreshed, vanished: [], powers: [] }],
  });
  await hear(witness, question([]), { signal });
  assertEquals((await hear(witness, question(THERE), { signal })).proof, "proven");
  const renamed = [guest("qemu", 101), guest("lxc", 201, { name: "old" })];
  const waiting = await heard({ lists: [renamed], pending: [{ key: "hostname", value: "old", pending: "g201" }] });
  assertEquals([waiting.proof, waiting.asked.includes("pending lxc/201")], ["proven", true]);
  const other = await heard({ lists: [renamed], pending: [{ key: "hostname", value: "old" }] });
  assertEquals(other.proof, "unproven");
  const kind = await heard({ lists: [[guest("lxc", 101), guest("lxc", 201)]] });
  assertStringIncludes(kind.warnings[0]!, "VM 101 is a container there");
});

Deno.test("hear() is about each endpoint of a plan by itself, and a name in the configuration means the one that fits", async () => {
  const { witness } = playedWitness({ lists: [LISTED] });
  const here = { endpoint: "https://pve1.example.org:8006/", refreshed: [], vanished: gone(102), powers: [] };
  const there = {
    endpoint: "https://site2.example.org:8006/",
    refreshed: [],
    vanished: [claim("qemu", 103)],
    powers: [],
  };
  const { testimony, proof } = await hear(witness, { isNamed: true, installations: [here, there] }, {
    signal: new AbortController().signal,
    waitMs: 1,
  });
  assertEquals([...testimony.vanished].map(([address, { found }]) => [address, found]), [
    ["x.g102", "deleted"],
    ["x.g103", "unknown"],
  ]);
  assertEquals(proof, "unproven");
});

Deno.test("hear() takes silence for an answer, and says once what is wrong", async () => {
  const plays: [string, Play, string][] = [
    ["no server", { lists: [LISTED], version: unreachable() }, "did not answer"],
    ["no rights", { lists: [LISTED], permissions: refusal(401, "authentication failure") }, "did not answer"],
    ["no list", { lists: [refusal(500, "x")] }, "did not answer"],
    ["no second list", { lists: [LISTED, refusal(500, "x")] }, "cannot tell what became of VM 102"],
    ["no status", { lists: [LISTED], status: refusal(403, "Permission check failed") }, "cannot tell what became"],
    ["a fault of our own", { lists: [LISTED], version: new TypeError("x is not a function") }, "did not answer"],
  ];
  for (const [title, play, wanted] of plays) {
    const { found, warnings } = await heard(play, { vanished: gone(102) });
    assertEquals([found, warnings.length], [{ "x.g102": "unknown" }, 1], title);
    assertStringIncludes(warnings[0]!, wanted, title);
  }
});

Deno.test("hear() ends in time with a witness that never answers", async () => {
  const time = new AbortController();
  const hearing = heard({ lists: [LISTED], takesMs: Infinity }, { vanished: gone(102) }, { signal: time.signal });
  time.abort("time-over");
  const { found, proof, warnings } = await hearing;
  assertEquals([found, proof], [{ "x.g102": "unknown" }, "unheard"]);
  assertStringIncludes(warnings[0]!, "did not answer in time");
});

Deno.test("hear() names the grant that a hidden guest needs", async () => {
  const { found, warnings } = await heard({ lists: [LISTED], rightsAt: (path) => ({ [path]: {} }) }, {
    vanished: gone(102, 103),
  });
  assertEquals(found, { "x.g102": "hidden", "x.g103": "hidden" });
  assertEquals(warnings, [
    'The second witness "main" cannot tell whether VM 102, VM 103 are deleted or hidden from it',
  ]);
});

Deno.test("hear() tells of locks on guests that differ in power, by a list from after the plan", async () => {
  const locked = [guest("qemu", 101, { lock: "backup" }), guest("lxc", 201, { lock: "snapshot" })];
  const { locks, asked } = await heard({ lists: [locked] }, { powers: [THERE[0]!] });
  assertEquals([locks, asked.length], [[["x.g101", "backup"]], 4]);
  assertEquals((await heard({ lists: [LISTED] }, { powers: [THERE[0]!] })).locks, []);
});

Deno.test("hear() says when a silent cluster was asked, and asks it once in a run", async () => {
  const { witness, asked } = await heard({ lists: [LISTED], version: unreachable() });
  assertEquals(witness.askedAt, "2026-11-30T00:00:00.000Z");
  await hear(witness, { isNamed: true, installations: [{ refreshed: THERE, vanished: gone(102), powers: [] }] }, {
    signal: new AbortController().signal,
    waitMs: 1,
  });
  assert(asked.length === 1, asked.join());
});

Deno.test("hear() names the guests that HA manages where the configuration expects that it moves them", async () => {
  const lists = [[guest("qemu", 101, { hastate: "started" }), guest("lxc", 201)]];
  const movable = async (expectsHa: boolean) => {
    const { witness } = playedWitness({ lists });
    const question = { isNamed: true, installations: [{ refreshed: THERE, vanished: [], powers: [] }] };
    const { testimony } = await hear(witness, question, { signal: new AbortController().signal, expectsHa });
    return testimony.movable && [...testimony.movable];
  };
  assertEquals([await movable(true), await movable(false)], [["x.g101"], undefined]);
});
