import { assertEquals } from "@std/assert";
import { planned } from "../../../tests/support/plans.ts";
import { providers } from "../registry.ts";
import { identity } from "./guests.ts";

Deno.test("label() of Telmate/proxmox names guests as people do, and everything else by type and name", () => {
  const rows: [string, unknown, string | undefined][] = [
    ["proxmox_vm_qemu", { id: "pve1/qemu/101", vmid: 101, name: "web", target_node: "pve1" }, 'VM 101 "web" on pve1'],
    ["proxmox_lxc", { vmid: 201, hostname: "dns" }, 'container 201 "dns"'],
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
  assertEquals(identity("proxmox_vm_qemu", values), { kind: "qemu", id: "101", node: "pve1" });
  assertEquals(identity("proxmox_lxc", { vmid: 201 }), { kind: "lxc", id: "201" });
  assertEquals([identity("proxmox_vm_qemu", { vmid: 0 }), identity("proxmox_pool", values)], [undefined, undefined]);
});
