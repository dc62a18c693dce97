import { assertEquals } from "@std/assert";
import { guest, playedWitness, refusal, unreachable } from "../../tests/support/played_cluster.ts";
import { lookAt, onNodes } from "./details.ts";

Deno.test("lookAt() asks each guest once, and for snapshots where there are some", async () => {
  const { witness, asked } = playedWitness({
    lists: [[]],
    pending: ({ id }) => id === 102 ? [{ key: "parent", value: "first" }] : [{ key: "cores", value: "2" }],
    snapshots: [{ name: "first", snaptime: 1, vmstate: false }],
  });
  const guests = [guest("qemu", 101), guest("qemu", 102), guest("lxc", 201)];
  const { looks, silence } = await lookAt(witness, guests);
  assertEquals(asked.sort(), ["pending lxc/201", "pending qemu/101", "pending qemu/102", "snapshots qemu/102"]);
  assertEquals(silence, undefined);
  assertEquals(looks.map(({ guest, snapshots }) => [guest.id, snapshots.length]).sort(), [[101, 0], [102, 1], [
    201,
    0,
  ]]);
});

Deno.test("lookAt() passes over a guest that Proxmox refuses, and goes on", async () => {
  const refused = refusal(403, "Permission check failed (/vms/201, VM.Config.Options)");
  const { witness } = playedWitness({ lists: [[]], pending: ({ id }) => id === 201 ? refused : [] });
  const { looks, silence } = await lookAt(witness, [guest("lxc", 201), guest("qemu", 101)]);
  assertEquals([looks.map(({ guest }) => guest.id), silence], [[101], undefined]);
});

Deno.test("lookAt() stops asking where the server does not answer, and says so", async () => {
  const { witness, asked } = playedWitness({ lists: [[]], pending: unreachable() });
  const { looks, silence } = await lookAt(witness, Array.from({ length: 50 }, (_, at) => guest("qemu", 100 + at)));
  assertEquals([looks, silence?.kind, asked.length], [[], "unreachable", 4]);
});

Deno.test("onNodes() leaves out guests of nodes that are off", () => {
  const guests = [guest("qemu", 101), guest("qemu", 102, { node: "pve2" })];
  assertEquals(onNodes(guests, new Set(["pve2"])).map(({ id }) => id), [101]);
});
