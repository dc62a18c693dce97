import { assertEquals } from "@std/assert";
import { watch } from "./watch.ts";

Deno.test("watch() knows the part of the configuration behind an object under either name of its type", () => {
  const topics: Record<string, string> = {
    firewall_options: "firewall",
    cluster_firewall_security_group: "firewall",
    pool: "pools",
    pool_membership: "pools",
    user_token: "access",
    acl: "access",
    storage_directory: "storage",
    haresource: "ha",
    harule: "ha",
    backup_job: "backup",
    network_linux_bridge: "network",
  };
  for (const [kind, topic] of Object.entries(topics)) {
    for (const prefix of ["proxmox_virtual_environment_", "proxmox_"]) {
      assertEquals(watch(`${prefix}${kind}`, {}), { topic } as ReturnType<typeof watch>);
    }
  }
});

Deno.test("watch() has nothing for guests, for what no question shows, and for others' types", () => {
  for (const type of ["proxmox_virtual_environment_vm", "proxmox_download_file", "proxmox_virtual_environment_time"]) {
    assertEquals(watch(type, { vm_id: 101 }), undefined);
  }
  assertEquals(watch("opnsense_firewall_alias", { vm_id: 101 }), undefined);
});

Deno.test("watch() names the guest of a firewall, where it is one's", () => {
  const type = "proxmox_virtual_environment_firewall_rules";
  assertEquals(watch(type, { vm_id: 101, container_id: null })?.guest, { kind: "qemu", id: 101 });
  assertEquals(watch(type, { vm_id: 0, container_id: 200 })?.guest, { kind: "lxc", id: 200 });
  assertEquals(watch(type, { vm_id: null, node_name: "pve1" }), { topic: "firewall" });
  assertEquals(watch(type, undefined), { topic: "firewall" });
});
