import { assertEquals, assertStringIncludes } from "@std/assert";
import { Secrets } from "../../lib/secrets.ts";
import { plan, type Sketch } from "../../tests/support/plans.ts";
import { providers } from "../providers/registry.ts";
import type { Change, WitnessFinding } from "../report.ts";
import type { Plan } from "../terraform/plan.ts";
import type { FoundGuest, Testimony } from "./testimony.ts";
import { judge, type Verdict } from "./verdict.ts";

const VM = "proxmox_virtual_environment_vm", CONTAINER = "proxmox_virtual_environment_container";
const TELMATE = "registry.terraform.io/telmate/proxmox";
const values = (id: number) => ({ vm_id: id, vmid: id, name: `g${id}`, node_name: "pve1", target_node: "pve1" });

/** A guest that the plan would create anew, as it was not found. */
interface Gone {
  address: string;
  provider_name?: string;
  id: number;
  /** The code no longer has it. */
  isLeft?: true;
}

function planOf(gone: Gone[], there: Sketch[] = []): Plan {
  const pairs = gone.map(({ id, isLeft, ...rest }) => ({
    change: { ...rest, actions: ["create"], before: null, after: values(id) },
    drift: { ...rest, actions: ["delete"], before: values(id), after: null },
    isLeft,
  }));
  return plan(
    [...there, ...pairs.flatMap(({ change, isLeft }) => isLeft ? [] : [change])],
    pairs.map((one) => one.drift),
  );
}

function heard(found: Record<string, WitnessFinding["found"]>, more: Partial<FoundGuest> = {}): Testimony {
  const node = (one: string) => one === "moved" ? { node: "pve2" } : one === "exists" ? { node: "pve1" } : {};
  const vanished = Object.entries(found).map(([address, one]): [string, FoundGuest] => [
    address,
    { found: one, kind: "qemu", id: 101, from: "pve1", ...node(one), ...more },
  ]);
  return { vanished: new Map(vanished), locks: new Map() };
}

function judged(json: Plan, testimony?: Testimony): Verdict {
  return judge({ shown: { json } }, {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
    testimony,
  });
}

const said = ({ status, failure }: Verdict) => failure ? `${status} ${failure.class} ${failure.reason}` : status;
const only = ({ changes }: Verdict): Change => changes[0]!;
const a = `${VM}.a`, b = `${VM}.b`;
const TWO = planOf([{ address: a, id: 101 }, { address: b, id: 102 }]);

Deno.test("judge() with a testimony says of one vanished guest what the witness found, for every provider and kind", () => {
  const guests: Gone[] = [
    { address: a, id: 101 },
    { address: "proxmox_vm.a", id: 101 },
    { address: "proxmox_cloned_vm.a", id: 101 },
    { address: `${CONTAINER}.a`, id: 201 },
    { address: "proxmox_vm_qemu.a", id: 101, provider_name: TELMATE },
    { address: "proxmox_lxc.a", id: 201, provider_name: TELMATE },
  ];
  for (const one of guests) {
    const json = planOf([one]), { address } = one;
    const row = (found: WitnessFinding["found"]) => {
      const verdict = judged(json, heard({ [address]: found })), { witness, confirmed } = only(verdict);
      return [said(verdict), witness, confirmed];
    };
    assertEquals([said(judged(json)), only(judged(json)).witness], ["drift", undefined], address);
    assertEquals(row("deleted"), ["drift", { found: "deleted" }, true], address);
    assertEquals(row("moved"), ["drift", { found: "moved", node: "pve2" }, true], address);
    assertEquals(row("exists"), ["error suspect guests-present", { found: "exists", node: "pve1" }, false], address);
    assertEquals(row("hidden"), ["drift", { found: "hidden" }, true], address);
    assertEquals(row("unknown"), ["drift", { found: "unknown" }, true], address);
  }
});

Deno.test("judge() takes a suspicion for ended only where it is known of each guest what became of it", () => {
  const rows: [Testimony | undefined, string, (boolean | undefined)[]][] = [
    [undefined, "error suspect objects-vanished", [false, false]],
    [heard({ [a]: "deleted", [b]: "deleted" }), "drift", [true, true]],
    [heard({ [a]: "deleted", [b]: "moved" }), "drift", [true, true]],
    [heard({ [a]: "deleted" }), "error suspect objects-vanished", [true, false]],
    [heard({ [a]: "deleted", [b]: "unknown" }), "error suspect objects-vanished", [true, false]],
    [heard({ [a]: "moved", [b]: "hidden" }), "error suspect objects-vanished", [false, false]],
    [heard({ [a]: "deleted", [b]: "exists" }), "error suspect guests-present", [true, false]],
  ];
  for (const [testimony, wanted, confirmed] of rows) {
    const verdict = judged(TWO, testimony);
    assertEquals(said(verdict), wanted);
    assertEquals(verdict.changes.map((change) => change.confirmed), confirmed);
  }
  // Another type vanished as a whole too, of which no witness knows anything.
  const pools = ["p", "q"].map((name) => ({ address: `proxmox_virtual_environment_pool.${name}`, id: 1 }));
  const all = planOf([{ address: a, id: 101 }, { address: b, id: 102 }, ...pools]);
  assertEquals(said(judged(all, heard({ [a]: "deleted", [b]: "deleted" }))), "error suspect objects-vanished");
});

Deno.test("judge() takes what contradicts a deletion for settled only where the deletion is proven", () => {
  const pool: Sketch = {
    address: "proxmox_virtual_environment_pool.p",
    actions: ["no-op"],
    before: { pool_id: "prod", members: [101, 102].map((vm_id) => ({ vm_id, type: "qemu", node_name: "pve2" })) },
  };
  const there = [3, 4, 5].map((id): Sketch => ({ address: `${VM}.v${id}`, actions: ["no-op"], before: values(id) }));
  const json = planOf([{ address: a, id: 101 }, { address: b, id: 102 }], [pool, ...there]);
  assertEquals(said(judged(json)), "error suspect objects-contradicted");
  assertEquals(said(judged(json, heard({ [a]: "deleted" }))), "error suspect objects-contradicted");
  assertEquals(said(judged(json, heard({ [a]: "deleted", [b]: "moved" }))), "drift");
});

Deno.test("judge() never makes an ok of a testimony", () => {
  const gone = [{ address: a, id: 101, isLeft: true as const }, { address: b, id: 102, isLeft: true as const }];
  const founds = ["deleted", "moved", "exists", "hidden", "unknown"] as const;
  for (const one of founds) {
    for (const other of founds) {
      const { status } = judged(planOf(gone), heard({ [a]: one, [b]: other }));
      assertEquals(status, "error", `${one} ${other}`);
    }
  }
  // What is hidden from the provider and no longer in the code looks like nothing to do.
  assertEquals(said(judged(planOf(gone.slice(0, 1)))), "ok");
  assertEquals(said(judged(planOf(gone.slice(0, 1)), heard({ [a]: "exists" }))), "error suspect guests-present");
  const { status, observed } = judged(planOf(gone.slice(0, 1)), heard({ [a]: "moved" }));
  assertEquals([status, observed[0]!.witness, observed[0]!.note], [
    "ok",
    { found: "moved", node: "pve2" },
    "moved from pve1 to pve2; applying this plan would forget it and leave it there",
  ]);
});

Deno.test("judge() keeps the class of an error beside a vanished guest, and lists what the witness found of it", () => {
  const json = { ...planOf([{ address: a, id: 101 }]), errored: true };
  const said = (found: WitnessFinding["found"]) => {
    const { status, failure, changes } = judged(json, heard({ [a]: found }));
    return [status, failure?.reason, changes[0]!.witness?.found, changes[0]!.confirmed];
  };
  assertEquals(said("exists"), ["error", "error-untold", "exists", false]);
  assertEquals(said("moved"), ["error", "error-untold", "moved", false]);
  assertEquals(said("deleted"), ["error", "error-untold", "deleted", true]);
});

Deno.test("judge() notes what an apply would do about a guest that is elsewhere, or whose number is taken", () => {
  const json = planOf([{ address: a, id: 101 }]);
  const note = (found: WitnessFinding["found"], more: Partial<FoundGuest> = {}) =>
    only(judged(json, heard({ [a]: found }, more))).note ?? "";
  assertStringIncludes(note("moved"), "moved from pve1 to pve2; applying this plan would create it on pve1 again");
  assertStringIncludes(note("deleted"), "Proxmox itself lists it no more");
  assertStringIncludes(note("deleted", { takenBy: "lxc" }), "container 101 has its number now");
  assertStringIncludes(note("exists"), "still lists VM 101 on pve1");
  assertEquals(note("hidden"), only(judged(json)).note);
});

Deno.test("judge() leaves a guest's difference unconfirmed while Proxmox has locked it, with the lock in its note", () => {
  const json = plan([{
    address: a,
    before: { ...values(101), started: false },
    after: { ...values(101), started: true },
  }]);
  const testimony: Testimony = { vanished: new Map(), locks: new Map([[a, "backup"]]) };
  const verdict = judged(json, testimony), { confirmed, lock, note } = only(verdict);
  assertEquals([verdict.status, confirmed, lock], ["drift", false, "backup"]);
  assertStringIncludes(note ?? "", "locked the guest (backup)");
  assertEquals([only(judged(json)).confirmed, only(judged(json)).lock], [true, undefined]);
});

Deno.test("judge() marks a move by HA that is expected, and no other difference of the guest", () => {
  const change = (now: Record<string, unknown>, path: string) =>
    plan([{
      address: a,
      actions: ["delete", "create"],
      before: { ...values(101), ...now },
      after: values(101),
      replace: [[path]],
    }], [{ address: a, before: values(101), after: { ...values(101), ...now } }]);
  const moved = change({ node_name: "pve2" }, "node_name");
  const movable: Testimony = { vanished: new Map(), locks: new Map(), movable: new Set([a]) };
  assertEquals([judged(moved, movable).status, only(judged(moved, movable)).isExpected], ["drift", true]);
  assertEquals(only(judged(moved, { ...movable, movable: new Set() })).isExpected, undefined);
  assertEquals(only(judged(change({ bios: "ovmf" }, "bios"), movable)).isExpected, undefined);
});
