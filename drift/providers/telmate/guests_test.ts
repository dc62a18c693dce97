import { assertEquals } from "@std/assert";
import { planned } from "../../../tests/support/plans.ts";
import { providers } from "../registry.ts";
import { identity } from "./guests.ts";

Deno.test("label() of Telmate/proxmox names guests as people do, and everything else by type and name", () => {
  const rows: [string, unknown, string | undefined][] = [
    ["proxmox_vm_qemu", { id: "pve1/qemu/101", vmid: 101, name: "web", target_node: "pve1" }, 'VM 101 "web" on pve1'],
    ["proxmox_lxc", { vmid: 201, hostname: "dns" }, 'container 201 "dns"'],
    ["proxmox_lxc_guest", { id: "pve2/lxc/202", name: "proxy", node: "pve1" }, 'container 202 "proxy" on pve2'],
    ["proxmox_vm_qemu", { vmid: 0, name: "new" }, 'VM (no id yet) "new"'],
    ["proxmox_storage_iso", { filename: "debian.iso" }, 'proxmox storage iso "debian.iso"'],
    ["proxmox_pool", { comment: "x" }, undefined],
  ];
  for (const [type, after, wanted] of rows) {
    const provider_name = "registry.terraform.io/telmate/proxmox";
    assertEquals(providers.label(planned({ address: `${type}.x`, provider_name, after })), wanted);
  }
});

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
    ["proxmox_pool", values, undefined],
  ];
  for (const [type, values, wanted] of rows) assertEquals(identity(type, values), wanted as undefined, type);
});
