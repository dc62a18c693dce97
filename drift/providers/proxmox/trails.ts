/**
 * What Proxmox records of changes by hand: a VM's options in the cluster log; power, moves, creation and removal as tasks;
 * of containers' options, access, pools and firewalls nothing. Pure.
 *
 * @module
 */

import type { Trail } from "../provider.ts";
import { isPower } from "./power.ts";
import { isContainer, isVm, kindOf } from "./types.ts";

/** Proxmox's options that hold an attribute of a VM, by how its path begins. */
const OPTIONS: readonly [start: string, options: string][] = [
  ["acpi", "acpi"],
  ["agent", "agent"],
  ["audio_device", "audio\\d+"],
  ["bios", "bios"],
  ["boot_order", "boot"],
  ["cdrom", "(?:ide|sata|scsi)\\d+"],
  ["cpu[0].affinity", "affinity"],
  ["cpu[0].architecture", "arch"],
  ["cpu[0].cores", "cores"],
  ["cpu[0].flags", "cpu"],
  ["cpu[0].hotplugged", "vcpus"],
  ["cpu[0].limit", "cpulimit"],
  ["cpu[0].numa", "numa"],
  ["cpu[0].sockets", "sockets"],
  ["cpu[0].type", "cpu"],
  ["cpu[0].units", "cpuunits"],
  ["description", "description"],
  ["disk", "(?:ide|sata|scsi|virtio|unused)\\d+"],
  ["efi_disk", "efidisk0"],
  ["hostpci", "hostpci\\d+"],
  ["hotplug", "hotplug"],
  ["initialization", "(?:ci\\w+|sshkeys|nameserver|searchdomain|(?:ipconfig|ide|sata|scsi)\\d+)"],
  ["keyboard_layout", "keyboard"],
  ["kvm_arguments", "args"],
  ["machine", "machine"],
  ["memory[0].dedicated", "memory"],
  ["memory[0].floating", "balloon"],
  ["memory[0].hugepages", "hugepages"],
  ["memory[0].shared", "shares"],
  ["name", "name"],
  ["network_device", "net\\d+"],
  ["numa", "numa\\d+"],
  ["on_boot", "onboot"],
  ["operating_system", "ostype"],
  ["protection", "protection"],
  ["scsi_hardware", "scsihw"],
  ["serial_device", "serial\\d+"],
  ["smbios", "smbios1"],
  ["startup", "startup"],
  ["tablet_device", "tablet"],
  ["tags", "tags"],
  ["template", "template"],
  ["tpm_state", "tpmstate0"],
  ["usb", "usb\\d+"],
  ["vga", "vga"],
];

/** Kinds of objects of which Proxmox records nothing. */
const UNRECORDED =
  /^(?:acl|user|user_token|group|role|realm_\w+|pool|pool_membership|(?:\w+_)?firewall\w*|ha\w+|storage_\w+|backup_\w+|replication|cluster_options|dns|hosts|time|hardware_mapping_\w+|metrics_server)$/;

/** What Proxmox records when an attribute of an object is changed, or the object as a whole. */
export function trail(type: string, path?: string): Trail | undefined {
  if (!isVm(type) && !isContainer(type)) {
    return UNRECORDED.test(kindOf(type) ?? "") ? { about: "config", isRecorded: false } : undefined;
  }
  if (path === undefined) return { about: "existence", isRecorded: true };
  if (isPower(type, path)) return { about: "power", isRecorded: true };
  if (path === "node_name") return { about: "node", isRecorded: true };
  if (path === "pool_id" || isContainer(type)) return { about: "config", isRecorded: false };
  const options = OPTIONS.find(([start]) =>
    path === start || path.startsWith(`${start}[`) || path.startsWith(`${start}.`)
  );
  return { about: "config", ...(options ? { options: new RegExp(`^${options[1]}$`) } : {}), isRecorded: true };
}
