import { assertEquals } from "@std/assert";
import { identity } from "./identities.ts";

Deno.test("identity() names the thing behind an object as Proxmox's API does", () => {
  const rows: [string, unknown, unknown][] = [
    ["proxmox_virtual_environment_vm", { vm_id: 101, node_name: "pve1" }, { kind: "qemu", id: "101", node: "pve1" }],
    ["proxmox_vm", { id: "101", node_name: "pve1" }, { kind: "qemu", id: "101", node: "pve1" }],
    ["proxmox_vm", { id: 101, name: "web" }, { kind: "qemu", id: "101", name: "web" }],
    ["proxmox_virtual_environment_container", { vm_id: 201 }, { kind: "lxc", id: "201" }],
    [
      "proxmox_virtual_environment_container",
      { vm_id: 201, initialization: [{ hostname: "dns" }] },
      { kind: "lxc", id: "201", name: "dns" },
    ],
    ["proxmox_pool", { pool_id: "prod" }, { kind: "pool", id: "prod" }],
    ["proxmox_virtual_environment_vm", { node_name: "pve1" }, undefined],
    ["proxmox_virtual_environment_hosts", { id: "pve1" }, undefined],
    ["aws_instance", { id: "i-1" }, undefined],
  ];
  for (const [type, values, wanted] of rows) assertEquals(identity(type, values), wanted as undefined, type);
});
