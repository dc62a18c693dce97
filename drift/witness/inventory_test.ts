import { assertEquals } from "@std/assert";
import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { GuestClaim } from "./claims.ts";
import { Exclusions } from "./exclude.ts";
import { claimedTwice, type Claims, type Inventory, type Strangers, takeInventory } from "./inventory.ts";

const MONDAY = "2026-11-23T06:00:00.000Z", TUESDAY = "2026-11-24T06:00:00.000Z";
const AFTER = "2026-11-24T06:00:05.000Z";

function listed(id: number, rest: Partial<ListedGuest> = {}): ListedGuest {
  return { kind: "qemu", id, node: "pve1", name: `vm${id}`, status: "running", template: false, tags: [], ...rest };
}

function claim(id: number, kind: GuestClaim["kind"] = "qemu"): GuestClaim {
  return { kind, id, address: `proxmox_virtual_environment_vm.vm${id}` };
}

function claims(...environments: [name: string, at: string, ...ids: number[]][]): Claims {
  return new Map(environments.map(([name, at, ...ids]) => [name, { at, claims: ids.map((id) => claim(id)) }]));
}

function take(guests: ListedGuest[], by: Claims, before?: Strangers, tag?: string): Inventory {
  const rules = tag === undefined ? [] : [{ tag, reason: "meant to be so" }];
  return takeInventory({ guests, listedAt: TUESDAY }, by, new Exclusions(rules, 0), before);
}

/** What a report tells of strangers: their numbers, and which are new. */
function told({ unmanaged }: Inventory): [number, boolean][] {
  return unmanaged.map(({ id, isNew }) => [id, isNew]);
}

Deno.test("takeInventory() counts guests by whether a state of any environment knows them", () => {
  const guests = [listed(103), listed(101), listed(102), listed(9000, { tags: ["ci"] })];
  const found = take(guests, claims(["prod", AFTER, 101], ["lab", AFTER, 102, 104]), {}, "ci");
  assertEquals(found.counts, { managed: 2, unmanaged: 1, excluded: 1 });
  assertEquals(found.unmanaged, [{
    id: 103,
    type: "qemu",
    name: "vm103",
    node: "pve1",
    status: "running",
    tags: [],
    template: false,
    firstSeenAt: TUESDAY,
    isNew: true,
  }]);
});

Deno.test("takeInventory() takes a guest for another one where its kind is another", () => {
  const found = take([listed(101, { kind: "lxc" })], claims(["prod", AFTER, 101]), {});
  assertEquals(found.unmanaged.map(({ id, type }) => [id, type]), [[101, "lxc"]]);
});

Deno.test("takeInventory() tells at the first time how many strangers there are, and of none that it is new", () => {
  const first = take([listed(101), listed(102)], claims(["prod", AFTER]));
  assertEquals([first.counts.unmanaged, told(first)], [2, [[101, false], [102, false]]]);
  const next = take([listed(101), listed(102), listed(103)], claims(["prod", AFTER]), first.strangers);
  assertEquals(told(next), [[101, false], [102, false], [103, true]]);
  assertEquals(told(take([listed(103)], claims(["prod", AFTER]), next.strangers)), [[103, false]]);
});

Deno.test("takeInventory() waits with a stranger until every environment was planned after it was first listed", () => {
  // An apply has made it since the last plan of "lab", which is not asked in this run.
  const early = take([listed(103)], claims(["prod", AFTER], ["lab", MONDAY]), {});
  assertEquals([early.counts.unmanaged, told(early)], [0, []]);
  assertEquals(early.strangers["qemu/103"], { firstSeenAt: TUESDAY, isTold: false });
  assertEquals(told(take([listed(103)], claims(["prod", AFTER], ["lab", AFTER]), early.strangers)), [[103, true]]);
  assertEquals(told(take([listed(103)], claims(["prod", AFTER], ["lab", AFTER, 103]), early.strangers)), []);
});

Deno.test("takeInventory() waits with a stranger that carries a lock, and keeps one that was told before", () => {
  const by = claims(["prod", AFTER]);
  const locked = take([listed(103, { lock: "clone" })], by, {});
  assertEquals(told(locked), []);
  assertEquals(told(take([listed(103)], by, locked.strangers)), [[103, true]]);
  const known = { "qemu/103": { firstSeenAt: MONDAY, isTold: true } };
  assertEquals(told(take([listed(103, { lock: "backup" })], by, known)), [[103, false]]);
});

Deno.test("takeInventory() does not tell later, as new, of strangers that the first run only counted", () => {
  const first = take([listed(103)], claims(["prod", AFTER], ["lab", MONDAY]));
  assertEquals(told(first), []);
  assertEquals(told(take([listed(103)], claims(["prod", AFTER], ["lab", AFTER]), first.strangers)), [[103, false]]);
});

Deno.test("claimedTwice() names each place that claims a guest, within an environment too", () => {
  assertEquals(claimedTwice(claims(["prod", AFTER, 101], ["lab", AFTER, 102])), []);
  const [twice] = claimedTwice(claims(["prod", AFTER, 101], ["lab", AFTER, 101]));
  assertEquals(twice?.environments, ["prod", "lab"]);
  assertEquals(twice?.warning.summary, "VM 101 is claimed by 2 resources");
  assertEquals(claimedTwice(claims(["prod", AFTER, 101, 101])).map(({ environments }) => environments), [["prod"]]);
  const both = new Map([["prod", { at: AFTER, claims: [claim(101), claim(101, "lxc")] }]]);
  assertEquals(claimedTwice(both), []);
});
