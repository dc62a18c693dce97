/**
 * What Proxmox records of changes by hand to the guests of Telmate/proxmox, whose attributes are mostly named as Proxmox's
 * options. Pure.
 *
 * @module
 */

import type { Trail } from "../provider.ts";
import { kindOf } from "./guests.ts";

/** Proxmox's options that hold an attribute, where it has another name, by the first step of its path. */
const OPTIONS: Readonly<Record<string, string>> = {
  cpu: "(?:cpu|cores|sockets|vcpus|numa|affinity|cpulimit|cpuunits)",
  desc: "description",
  description: "description",
  disk: "(?:ide|sata|scsi|virtio|unused)\\d+",
  disks: "(?:ide|sata|scsi|virtio|unused)\\d+",
  efidisk: "efidisk0",
  hostpci: "hostpci\\d+",
  iso: "ide\\d+",
  network: "net\\d+",
  pci: "hostpci\\d+",
  pcis: "hostpci\\d+",
  qemu_os: "ostype",
  searchdomain: "searchdomain",
  serial: "serial\\d+",
  smbios: "smbios1",
  start_at_node_boot: "onboot",
  tpm_state: "tpmstate0",
  usb: "usb\\d+",
  usbs: "usb\\d+",
};

/** Attributes that go by the name of Proxmox's option. */
const SAME =
  /^(?:agent|args|balloon|bios|boot|bootdisk|ci\w+|cores|hotplug|ipconfig\d+|machine|memory|name|nameserver|numa|onboot|protection|scsihw|sockets|sshkeys|startup|tablet|tags|vcpus|vga)$/;

/** What Proxmox records when an attribute of a guest is changed, or the guest as a whole; of pools nothing. */
export function trail(type: string, path?: string): Trail | undefined {
  const kind = kindOf(type);
  if (!kind) return type === "proxmox_pool" ? { about: "config", isRecorded: false } : undefined;
  if (path === undefined) return { about: "existence", isRecorded: true };
  const [start = ""] = path.split(/[.[]/);
  if (["vm_state", "power_state"].includes(start)) return { about: "power", isRecorded: true };
  if (["target_node", "target_nodes", "current_node"].includes(start)) return { about: "node", isRecorded: true };
  if (start === "pool" || kind === "lxc") return { about: "config", isRecorded: false };
  const options = Object.hasOwn(OPTIONS, start) ? OPTIONS[start] : SAME.test(start) ? start : undefined;
  return { about: "config", ...(options ? { options: new RegExp(`^${options}$`) } : {}), isRecorded: true };
}
