import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attempt, bothVmsGone, recordedPlan, SETTINGS } from "../../tests/support/attempts.ts";
import { guest, type Play, playedWitness, unreachable } from "../../tests/support/played_cluster.ts";
import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { Change } from "../report.ts";
import type { Plan } from "../terraform/plan.ts";
import { parseMessages } from "../terraform/stream.ts";
import type { Verdict } from "../verdict/verdict.ts";
import type { AttemptDeps } from "./attempts.ts";
import { checkWitness } from "./hear_witness.ts";

const WEB = 'module.vm["web"].proxmox_virtual_environment_vm.this';
const DB = 'module.vm["db"].proxmox_virtual_environment_vm.this';
const NEIGHBORS = [guest("lxc", 201, { name: "dns" }), guest("lxc", 202, { name: "proxy" })];
const db = guest("qemu", 102, { name: "db" }), web = guest("qemu", 101, { name: "web" });

interface Options extends Partial<AttemptDeps> {
  isNamed?: boolean;
}

/** The attempts of a check that hears a witness which is asked at once a second time. */
async function heard(plans: (Plan | string)[], play: Play, { isNamed = false, ...more }: Options = {}) {
  const { witness, asked } = playedWitness(play);
  const told = checkWitness(witness, { isNamed, wantsDevices: () => true, waitMs: 1 });
  return { ...await attempt(plans, { ...more, witness: told }), asked };
}

const said = ({ status, failure }: Verdict) => failure ? `${status} ${failure.class}` : status;
const of = ({ changes }: Verdict, address: string): Change => changes.find((one) => one.address === address)!;

Deno.test("Attempts ends a suspicion where the witness proves that the guests were deleted", async () => {
  const json = await bothVmsGone();
  assertEquals(said((await attempt([json, json])).verdict), "error suspect");
  const { verdict, asked, attempts } = await heard([json, json], { lists: [NEIGHBORS] });
  assertEquals(said(verdict), "drift");
  for (const address of [WEB, DB]) {
    assertEquals([of(verdict, address).witness, of(verdict, address).confirmed], [{ found: "deleted" }, true]);
  }
  // It is asked about the second plan alone: four questions, a second list, and two for each guest.
  assertEquals(asked.length, 4 + 1 + 2 * 2);
  assertEquals([attempts.guests?.cluster, attempts.witnessWarnings], ["main", []]);
});

Deno.test("Attempts keeps a suspicion of which the witness does not prove every guest", async () => {
  const json = await bothVmsGone();
  const one = await heard([json, json], { lists: [NEIGHBORS, [...NEIGHBORS, db]] });
  assertEquals(said(one.verdict), "error suspect");
  assertEquals([of(one.verdict, WEB).witness?.found, of(one.verdict, DB).witness?.found], ["deleted", "unknown"]);
});

Deno.test("Attempts makes a suspicion of a single guest that the witness still lists", async () => {
  const { verdict } = await heard(["vm_deleted", "vm_deleted"], { lists: [[...NEIGHBORS, db, web]] });
  assertEquals([said(verdict), verdict.failure?.reason], ["error suspect", "guests-present"]);
  assertEquals(of(verdict, WEB).witness, { found: "exists", node: "pve1" });
});

Deno.test("Attempts says where a guest is that moved, of every kind and under every name of its type", async () => {
  const dns = 'module.ct["dns"].proxmox_virtual_environment_container.this';
  const rows: [plan: string, there: ListedGuest, address: string][] = [
    ["vm_deleted", { ...web, node: "pve2" }, WEB],
    ["ct_deleted", guest("lxc", 201, { name: "dns", node: "pve2" }), dns],
    ["bpg2/short_vm__migrated", { ...web, node: "pve2" }, "proxmox_vm.web"],
  ];
  for (const [plan, there, address] of rows) {
    const { verdict } = await heard([plan, plan], { lists: [[there]] }, { isNamed: true });
    const { witness, note } = of(verdict, address);
    assertEquals([said(verdict), witness], ["drift", { found: "moved", node: "pve2" }], address);
    assertStringIncludes(note ?? "", "moved from pve1 to pve2", address);
  }
});

Deno.test("Attempts tells a deleted guest from one of the other kind that has its number now", async () => {
  const plan = "bpg2/id_taken_by_container", address = "proxmox_virtual_environment_vm.web";
  const { verdict } = await heard([plan, plan], { lists: [[guest("lxc", 101, { name: "other" })]] }, { isNamed: true });
  assertEquals([said(verdict), of(verdict, address).witness], ["drift", { found: "deleted" }]);
  assertStringIncludes(of(verdict, address).note ?? "", "container 101 has its number now");
});

Deno.test("Attempts has a deletion confirmed by the witness where no second plan is wanted, and nothing else", async () => {
  const settings = { terraform: { ...SETTINGS, lock: "none" as const } };
  const { verdict } = await heard(["vm_deleted"], { lists: [[...NEIGHBORS, db]] }, settings);
  const flags = verdict.changes.map(({ witness, confirmed }) => `${witness?.found ?? ""} ${confirmed}`);
  assertEquals(flags.toSorted(), [" false", "deleted true"]);
});

Deno.test("Attempts comes to the same verdict with a witness that fails, lies or does not end", async () => {
  const plans = {
    deleted: await recordedPlan("vm_deleted"),
    both: await bothVmsGone(),
    clean: await recordedPlan("clean"),
  };
  const plays: [string, Play, Options?][] = [
    ["down", { lists: [], version: unreachable() }],
    ["without a list", { lists: [unreachable()] }],
    ["of another cluster", { lists: [[guest("lxc", 201, { name: "mail" })]] }, { isNamed: true }],
    ["of no known cluster", { lists: [[]] }],
    ["broken", { lists: [[]], permissions: new TypeError("x") }],
    ["silent", { lists: [[]], takesMs: Infinity }, { remainingMs: () => 100 }],
  ];
  for (const [title, json] of Object.entries(plans)) {
    const bare = (await attempt([json, json])).verdict;
    for (const [name, play, options] of plays) {
      const { verdict, attempts } = await heard([json, json], play, options);
      const without = verdict.changes.map(({ witness, ...change }) => {
        assert(witness === undefined || witness.found === "unknown", `${title}, ${name}`);
        return change;
      });
      assertEquals(said(verdict), said(bare), `${title}, ${name}`);
      assertEquals(without, bare.changes, `${title}, ${name}`);
      assertEquals(attempts.witnessWarnings.length, 1, `${title}, ${name}`);
      assertEquals(attempts.guests?.cluster, undefined, `${title}, ${name}`);
    }
  }
});

Deno.test("Attempts leaves a guest's power unconfirmed while Proxmox has locked it, however many plans show it", async () => {
  const play = (lock?: string): Play => ({ lists: [[...NEIGHBORS, db, { ...web, ...(lock ? { lock } : {}) }]] });
  const power = ({ verdict: { changes } }: { verdict: Verdict }) =>
    changes.map(({ confirmed, lock }) => [confirmed, lock]);
  assertEquals(power(await heard(["vm_stopped", "vm_stopped"], play("backup"))), [[false, "backup"]]);
  assertEquals(power(await heard(["vm_stopped", "vm_stopped"], play())), [[true, undefined]]);
  // A lock says nothing of other differences.
  assertEquals(power(await heard(["ram_added", "ram_added"], play("backup"))), [[true, undefined]]);
});

Deno.test("checkWitness() wants a clean plan read but where details, names and numbers are known or not wanted", () => {
  const { witness } = playedWitness({ lists: [] });
  const messages = { refreshed: new Map([["a.a", { type: "proxmox_vm", idKey: "id", idValue: "101" }]]) } as never;
  const unnamed = { refreshed: new Map([["a.a", { type: "proxmox_vm", idKey: "name", idValue: "x" }]]) } as never;
  const known = { at: "2026-11-30T06:00:00Z", cluster: "main", claims: [] };
  const named = checkWitness(witness, { isNamed: true, wantsDevices: () => false });
  assertEquals(named.readsPlan(messages, known), false);
  assertEquals(named.readsPlan(unnamed, known), true);
  assertEquals(named.readsPlan(messages, undefined), true);
  assertEquals(named.readsPlan(messages, { ...known, cluster: "site2" }), true);
  assertEquals(checkWitness(witness, { isNamed: false, wantsDevices: () => false }).readsPlan(messages, known), true);
  assertEquals(checkWitness(witness, { isNamed: true, wantsDevices: () => true }).readsPlan(messages, known), true);
});

Deno.test("checkWitness() asks nobody about a plan that failed, and says so where one could not be read", async () => {
  const { witness, asked } = playedWitness({ lists: [] });
  const of = (planned: object) =>
    checkWitness(witness, { isNamed: true, wantsDevices: () => true }).hear({
      planned: { messages: parseMessages(""), stderr: "", exit: { code: 0, stopped: false }, ...planned },
      at: "2026-11-30T06:00:00Z",
      changes: [],
    }, {
      variables: {},
      scrubPath: (address) => address,
      stop: new AbortController().signal,
      remainingMs: () => 60_000,
    });
  assertEquals(await of({ exit: { code: 1, stopped: false } }), undefined);
  assertEquals(await of({ shown: { problem: "x" } }), undefined);
  assertEquals(await of({ shown: { json: { format_version: "2.0" } } }), undefined);
  for (const besides of [{ problem: "x" }, { json: {} }]) {
    const heard = await of({ besides });
    assertEquals([heard?.guests, heard?.warnings.length], [undefined, 1]);
  }
  assertEquals(asked, []);
});

Deno.test("checkWitness() costs no verdict where the plan is none that it can read", async () => {
  const { witness } = playedWitness({ lists: [NEIGHBORS] });
  const told = checkWitness(witness, { isNamed: true, wantsDevices: () => false });
  const heard = await told.hear(undefined as never, undefined as never);
  assertEquals([heard?.testimony.vanished.size, heard?.warnings.length, heard?.guests], [0, 1, undefined]);
});
