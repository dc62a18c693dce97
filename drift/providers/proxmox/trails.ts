/**
 * What Proxmox records of changes by hand: a VM's options in the cluster log; power, moves, creation and removal as tasks;
 * of containers' options, access, pools and firewalls nothing. Pure.
 *
 * @module
 */

import type { Trail } from "../provider.ts";
import { isPower } from "./power.ts";
import { isContainer, isVm, kindOf } from "./types.ts";

/** Proxmox's options that hold an attribute of a VM, by how its path begins: blocks of one entry as the maps of the newer types. */
const OPTIONS: readonly [start: string, options: string][] = [
  ["acpi", "acpi"],
  ["agent", "agent"],
  ["audio_device", "audio\\d+"],
  ["bios", "bios"],
  ["boot_order", "boot"],
  ["cdrom", "(?:ide|sata|scsi)\\d+"],
  ["cpu.affinity", "affinity"],
  ["cpu.architecture", "arch"],
  ["cpu.cores", "cores"],
  ["cpu.flags", "cpu"],
  ["cpu.hotplugged", "vcpus"],
  ["cpu.limit", "cpulimit"],
  ["cpu.numa", "numa"],
  ["cpu.sockets", "sockets"],
  ["cpu.type", "cpu"],
  ["cpu.units", "cpuunits"],
  ["description", "description"],
  ["disk", "(?:ide|sata|scsi|virtio|unused)\\d+"],
  ["efi_disk", "efidisk0"],
  ["hostpci", "hostpci\\d+"],
  ["hotplug", "hotplug"],
  ["initialization", "(?:ci\\w+|sshkeys|nameserver|searchdomain|(?:ipconfig|ide|sata|scsi)\\d+)"],
  ["keyboard_layout", "keyboard"],
  ["kvm_arguments", "args"],
  ["machine", "machine"],
  ["memory.balloon", "balloon"],
  ["memory.dedicated", "memory"],
  ["memory.floating", "balloon"],
  ["memory.hugepages", "hugepages"],
  ["memory.shared", "shares"],
  ["memory.shares", "shares"],
  ["memory.size", "memory"],
  ["name", "name"],
  ["network", "net\\d+"],
  ["network_device", "net\\d+"],
  ["numa", "numa\\d+"],
  ["on_boot", "onboot"],
  ["operating_system", "ostype"],
  ["protection", "protection"],
  ["rng", "rng0"],
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
  const plain = path.replace(/\[[^\]]*\]/g, "");
  const options = OPTIONS.find(([start]) => plain === start || plain.startsWith(`${start}.`));
  return { about: "config", ...(options ? { options: new RegExp(`^${options[1]}$`) } : {}), isRecorded: true };
}
