import { assertEquals } from "@std/assert";
import { identity } from "./guests.ts";

Deno.test("identity() of Telmate/proxmox names guests as Proxmox's API does", () => {
  const values = { vmid: 101, target_node: "pve1" };
  const rows: [string, unknown, unknown][] = [
    ["proxmox_vm_qemu", values, { kind: "qemu", id: "101", node: "pve1" }],
    ["proxmox_lxc", { vmid: 201, hostname: "dns" }, { kind: "lxc", id: "201", name: "dns" }],
    // A message stream gives the id alone.
    ["proxmox_lxc_guest", { id: "pve2/lxc/202" }, { kind: "lxc", id: "202", node: "pve2" }],
    // It moved, whatever the code prefers.
    ["proxmox_vm_qemu", { ...values, id: "pve2/qemu/101" }, { kind: "qemu", id: "101", node: "pve2" }],
    ["proxmox_vm_qemu", { ...values, current_node: "pve3" }, { kind: "qemu", id: "101", node: "pve3" }],
    ["proxmox_vm_qemu", { vmid: 0 }, undefined],
    ["proxmox_lxc_guest", { guest_id: 203, name: "mail" }, { kind: "lxc", id: "203", name: "mail" }],
    ["proxmox_pool", { id: "pools/prod", poolid: "prod" }, { kind: "pool", id: "prod" }],
    ["proxmox_pool", { id: "pools/prod" }, { kind: "pool", id: "prod" }],
    ["proxmox_pool", values, undefined],
    ["proxmox_storage_iso", values, undefined],
  ];
  for (const [type, values, wanted] of rows) assertEquals(identity(type, values), wanted as undefined, type);
});
