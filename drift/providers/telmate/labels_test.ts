import { assertEquals } from "@std/assert";
import { planned } from "../../../tests/support/plans.ts";
import { providers } from "../registry.ts";

Deno.test("label() of Telmate/proxmox names guests as people do, and everything else by type and name", () => {
  const rows: [string, unknown, string | undefined][] = [
    ["proxmox_vm_qemu", { id: "pve1/qemu/101", vmid: 101, name: "web", target_node: "pve1" }, 'VM 101 "web" on pve1'],
    ["proxmox_lxc", { vmid: 201, hostname: "dns" }, 'container 201 "dns"'],
    ["proxmox_lxc_guest", { id: "pve2/lxc/202", name: "proxy", node: "pve1" }, 'container 202 "proxy" on pve2'],
    ["proxmox_vm_qemu", { vmid: 0, name: "new" }, 'VM (no id yet) "new"'],
    ["proxmox_storage_iso", { filename: "debian.iso" }, "ISO image debian.iso"],
    ["proxmox_storage_iso", { filename: "debian.iso", storage: "local" }, "ISO image debian.iso on local"],
    ["proxmox_cloud_init_disk", { name: "web", storage: "local" }, "cloud-init disk web on local"],
    ["proxmox_lxc_disk", { container: "pve1/lxc/201", slot: 0 }, "mount point mp0 of container 201"],
    ["proxmox_lxc_disk", { slot: 0 }, undefined],
    ["proxmox_pool", { poolid: "prod" }, "pool prod"],
    ["proxmox_pool", { comment: "x" }, undefined],
  ];
  for (const [type, after, wanted] of rows) {
    const provider_name = "registry.terraform.io/telmate/proxmox";
    assertEquals(providers.label(planned({ address: `${type}.x`, provider_name, after })), wanted);
  }
});
