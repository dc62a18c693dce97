import { assertEquals } from "@std/assert";
import { trail as bpg } from "./proxmox/trails.ts";
import { trail as telmate } from "./telmate/trails.ts";

/** What a trail comes to: its kind, whether it is sure to be there, and an option that it names. */
function shown(trail: ReturnType<typeof bpg>, option: string): string | undefined {
  if (!trail) return undefined;
  const named = trail.options ? ` ${trail.options.test(option)}` : "";
  return `${trail.about}${trail.isRecorded ? "" : ", perhaps"}${named}`;
}

Deno.test("trail() says of both providers what a change by hand leaves, and which options name it", () => {
  const vm = "proxmox_virtual_environment_vm", container = "proxmox_virtual_environment_container";
  const rows: [typeof bpg, type: string, path: string | undefined, option: string, wanted: string | undefined][] = [
    [bpg, vm, "memory[0].dedicated", "memory", "config true"],
    [bpg, vm, "memory[0].dedicated", "cores", "config false"],
    [bpg, vm, "cpu[0].cores", "cores", "config true"],
    [bpg, vm, "disk[1].size", "scsi1", "config true"],
    [bpg, vm, "network_device[1]", "net1", "config true"],
    [bpg, "proxmox_vm", "cpu.cores", "cores", "config true"],
    [bpg, "proxmox_vm", "cpu.cores", "memory", "config false"],
    [bpg, "proxmox_cloned_vm", "network.net0.bridge", "net0", "config true"],
    [bpg, "proxmox_cloned_vm", "memory.size", "memory", "config true"],
    [bpg, vm, "initialization[0].user_account[0].password", "cipassword", "config true"],
    [bpg, vm, "tags", "tags", "config true"],
    [bpg, vm, "name", "hostname", "config false"],
    [bpg, vm, "an_attribute_of_tomorrow", "", "config"],
    [bpg, vm, "started", "", "power"],
    [bpg, vm, "node_name", "", "node"],
    [bpg, vm, "pool_id", "", "config, perhaps"],
    [bpg, vm, undefined, "", "existence"],
    [bpg, container, "memory[0].dedicated", "", "config, perhaps"],
    [bpg, container, "started", "", "power"],
    [bpg, "proxmox_virtual_environment_firewall_rules", "rule[0].action", "", "config, perhaps"],
    [bpg, "proxmox_virtual_environment_acl", undefined, "", "config, perhaps"],
    [bpg, "proxmox_virtual_environment_download_file", undefined, "", undefined],
    [bpg, "proxmox_virtual_environment_cluster_firewall", "input_policy", "", "config, perhaps"],
    [bpg, "terraform_data", "input", "", undefined],
    [telmate, "proxmox_vm_qemu", "memory", "memory", "config true"],
    [telmate, "proxmox_vm_qemu", "memory", "cores", "config false"],
    [telmate, "proxmox_vm_qemu", "disks[0].scsi[0].scsi0[0]", "scsi0", "config true"],
    [telmate, "proxmox_vm_qemu", "vm_state", "", "power"],
    [telmate, "proxmox_vm_qemu", "target_node", "", "node"],
    [telmate, "proxmox_lxc", "memory", "", "config, perhaps"],
    [telmate, "proxmox_lxc", undefined, "", "existence"],
    [telmate, "proxmox_pool", "comment", "", "config, perhaps"],
    [telmate, "proxmox_storage_iso", undefined, "", undefined],
    [telmate, "null_resource", undefined, "", undefined],
  ];
  for (const [trail, type, path, option, wanted] of rows) {
    assertEquals(shown(trail(type, path), option), wanted, `${type} ${path} ${option}`);
  }
});
