import { assert, assertEquals } from "@std/assert";
import { planned } from "../../../tests/support/plans.ts";
import { contradictions } from "./suspicion.ts";

const VM = "proxmox_virtual_environment_vm", POOL = "proxmox_virtual_environment_pool";
const vm = (vm_id: number) => ({ vm_id, name: `vm-${vm_id}`, node_name: "pve1" });

Deno.test("contradictions() looks at each guest and each pool once, however many vanished", () => {
  const count = 20_000;
  const vanished = Array.from(
    { length: count },
    (_, i) => planned({ address: `${VM}.a[${i}]`, type: VM, actions: ["delete"], before: vm(i) }),
  );
  const guests = Array.from({ length: count }, (_, i) => ({
    address: `${VM}.b[${i}]`,
    type: VM,
    values: vm(count + i),
    previous: { ...vm(count + i), pool_id: "web" },
  }));
  const members = [{ vm_id: 7, type: "qemu", node_name: "pve2" }, { vm_id: count + 7, node_name: "pve3" }];
  const refreshed = [...guests, { address: `${POOL}.web`, type: POOL, values: { pool_id: "web", members } }];
  const began = performance.now();
  // Comparing every guest with every other object takes minutes.
  assertEquals(contradictions({ vanished, refreshed }).map(({ address, why }) => [address, why]), [
    [`${VM}.a[7]`, "pool web still lists guest 7 on node pve2"],
    [`${VM}.b[7]`, `pool web still lists guest ${count + 7} on node pve3`],
  ]);
  assert(performance.now() - began < 20_000);
});
