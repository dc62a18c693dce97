import { assertEquals } from "@std/assert";
import { asRememberedGuests, claimOf } from "./claims.ts";

Deno.test("claimOf() takes a guest with a number, and nothing else", () => {
  const web = { kind: "qemu", id: "101", name: "web", node: "pve1" };
  assertEquals(claimOf("a.b", web), { kind: "qemu", id: 101, name: "web", node: "pve1", address: "a.b" });
  assertEquals(claimOf("a.b", { kind: "lxc", id: "201" }), { kind: "lxc", id: 201, address: "a.b" });
  for (const id of ["", "0", "-1", "1.5", "web"]) assertEquals(claimOf("a.b", { ...web, id }), undefined, id);
  assertEquals(claimOf("a.b", { kind: "pool", id: "7" }), undefined);
  assertEquals(claimOf("a.b", undefined), undefined);
});

Deno.test("asRememberedGuests() reads back what was written, and nothing of another shape", () => {
  const claims = [{ kind: "qemu" as const, id: 101, name: "web", node: "pve1", address: "a.b" }];
  const guests = { at: "2026-11-30T06:00:00.000Z", cluster: "main", claims };
  assertEquals(asRememberedGuests(JSON.parse(JSON.stringify(guests))), guests);
  const { cluster: _, ...unproven } = guests;
  assertEquals(asRememberedGuests(unproven), unproven);
  const broken: unknown[] = [
    undefined,
    null,
    "guests",
    { ...guests, at: "yesterday" },
    { ...guests, cluster: 7 },
    { ...guests, claims: {} },
    { ...guests, claims: [{ ...claims[0], kind: "pool" }] },
    { ...guests, claims: [{ ...claims[0], id: "101" }] },
    { ...guests, claims: [{ ...claims[0], address: undefined }] },
  ];
  for (const one of broken) assertEquals(asRememberedGuests(one), undefined, JSON.stringify(one));
});
