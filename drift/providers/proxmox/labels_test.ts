import { assertEquals } from "@std/assert";
import { planned } from "../../../tests/support/plans.ts";
import { label } from "./labels.ts";

Deno.test("label() names each kind of object as a person does", () => {
  const rows: [string, unknown, string | undefined][] = [
    ["proxmox_virtual_environment_vm", { vm_id: 101, name: "web", node_name: "pve1" }, 'VM 101 "web" on pve1'],
    ["proxmox_vm", { id: 101 }, "VM 101"],
    ["proxmox_virtual_environment_vm", { name: "web" }, 'VM (no id yet) "web"'],
    [
      "proxmox_virtual_environment_container",
      { vm_id: 201, initialization: [{ hostname: "dns" }], node_name: "pve1" },
      'container 201 "dns" on pve1',
    ],
    ["proxmox_virtual_environment_firewall_rules", { vm_id: 101 }, "firewall rules of VM 101"],
    ["proxmox_virtual_environment_firewall_options", { container_id: 201 }, "firewall options of container 201"],
    ["proxmox_virtual_environment_firewall_rules", { node_name: "pve1" }, "firewall rules of node pve1"],
    ["proxmox_virtual_environment_firewall_rules", {}, "firewall rules of the cluster"],
    ["proxmox_virtual_environment_acl", { path: "/vms" }, "ACL on /vms"],
    ["proxmox_virtual_environment_user_token", { user_id: "ops@pve", token_name: "ci" }, "token ci of ops@pve"],
    ["proxmox_virtual_environment_pool", { pool_id: "prod" }, "pool prod"],
    ["proxmox_virtual_environment_network_linux_bridge", { name: "vmbr1" }, "network linux bridge vmbr1"],
    ["proxmox_haresource", { resource_id: "vm:101" }, "HA resource vm:101"],
    ["proxmox_pool_membership", { id: "x", pool_id: "prod", vm_id: 101 }, "guest 101 in pool prod"],
    ["proxmox_pool_membership", { id: "x", pool_id: "prod", storage_id: "nfs" }, "storage nfs in pool prod"],
    ["proxmox_acme_dns_plugin", { plugin: "cloudflare" }, "acme dns plugin cloudflare"],
    ["terraform_data", { name: "x" }, undefined],
  ];
  for (const [type, before, wanted] of rows) {
    assertEquals(label(planned({ address: `${type}.x`, before, after: before })), wanted);
  }
  const gone = planned({ address: "proxmox_virtual_environment_vm.x", after: { name: "new" } });
  assertEquals(label(gone, planned({ address: gone.address, before: { vm_id: 7, name: "old" } })), 'VM 7 "old"');
});
