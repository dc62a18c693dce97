/**
 * What is plugged into a guest, read from its options. Pure.
 *
 * @module
 */

import type { PendingOption } from "../../lib/proxmox_api/types.ts";

/** Something that is plugged into a guest. */
export interface Device {
  /** Proxmox's name, as `scsi1`. */
  name: string;
  /** What a person calls it, as `disk scsi1`. */
  title: string;
  /** What tells it from others, as `100G on local-lvm`; may be empty. */
  traits: string;
  /** Proxmox makes it out of the cloud-init settings. */
  isCloudInit: boolean;
}

/** What people call devices, by the name without its number. `unused` stands apart: nothing is plugged in there. */
const TITLES: Readonly<Record<string, string>> = {
  scsi: "disk",
  virtio: "disk",
  sata: "disk",
  ide: "disk",
  efidisk: "EFI disk",
  tpmstate: "TPM state",
  net: "network device",
  usb: "USB device",
  hostpci: "PCI device",
  serial: "serial port",
  parallel: "parallel port",
  virtiofs: "shared folder",
  mp: "mount point",
  dev: "device",
};

/** The devices among a guest's options, by name. One whose removal waits for a restart is still there. */
export function devicesIn(options: readonly PendingOption[]): Device[] {
  return options.flatMap(({ key, value, pending }) => {
    const title = TITLES[/^([a-z]+)\d+$/.exec(key)?.[1] ?? ""];
    return title === undefined ? [] : [deviceOf(key, title, fieldsOf(value ?? pending ?? ""))];
  }).sort(byName);
}

/** The disks that belong to a guest and are not plugged in, by name. */
export function unusedDisks(options: readonly PendingOption[]): Device[] {
  return options.filter(({ key }) => /^unused\d+$/.test(key)).map(({ key, value = "" }) => ({
    name: key,
    title: `unused disk ${key}`,
    traits: volumeOf(value),
    isCloudInit: false,
  })).sort(byName);
}

function deviceOf(name: string, title: string, [volume, fields]: [string, Record<string, string>]): Device {
  const device = { name, title: `${title} ${name}`, traits: "", isCloudInit: false };
  if (title === "network device") {
    const card = fields.name ??
      Object.keys(fields).find((key) => /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(fields[key]!));
    return { ...device, traits: [card, fields.bridge && `on ${fields.bridge}`].filter(Boolean).join(" ") };
  }
  if (fields.media === "cdrom") {
    if (/-cloudinit(?:\.\w+)?$/.test(volume)) {
      return { ...device, title: `cloud-init drive ${name}`, isCloudInit: true };
    }
    return { ...device, title: `CD drive ${name}`, traits: volume === "none" ? "empty" : volumeOf(volume) };
  }
  if (!/disk|TPM|mount/.test(title)) return device;
  const [storage] = volume.split(":");
  const from = volume.startsWith("/") ? "of the host" : storage && `on ${storage}`;
  return { ...device, traits: [fields.size, from].filter(Boolean).join(" ") };
}

/** `local-lvm:vm-101-disk-1,size=100G` → the volume, and what is said of it. */
function fieldsOf(value: string): [volume: string, fields: Record<string, string>] {
  const parts = value.split(",").map((part) => part.split("=") as [string, string?]);
  const volume = parts.find(([key, rest]) => rest === undefined || key === "file" || key === "volume");
  const fields = parts.flatMap(([key, ...rest]) => rest.length > 0 ? [[key, rest.join("=")]] : []);
  return [volume?.[1] ?? volume?.[0] ?? "", Object.fromEntries(fields)];
}

/** `local-lvm:vm-101-disk-1` → `vm-101-disk-1 on local-lvm`. */
function volumeOf(value: string): string {
  const [storage, ...volume] = value.split(":");
  return volume.length === 0 ? value : `${volume.join(":")} on ${storage}`;
}

/** `scsi2` before `scsi10`. */
function byName({ name: one }: Device, { name: other }: Device): number {
  return one.localeCompare(other, "en", { numeric: true });
}
