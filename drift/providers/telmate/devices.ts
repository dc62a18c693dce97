/**
 * The devices of the guests of Telmate/proxmox, by Proxmox's names. Read in the source of 2.9.14 and 3.0.2. Pure.
 *
 * @module
 */

import type { KnownDevices } from "../provider.ts";
import { kindOf, type Values, values } from "./guests.ts";

/** Blocks that number devices, by an `id`, a `key` or their place in the list. */
const NUMBERED: Readonly<Record<string, string>> = {
  network: "net",
  serial: "serial",
  usb: "usb",
  pci: "hostpci",
  hostpci: "hostpci",
  mountpoint: "mp",
};

/** The devices of a VM or container that the provider has written or read. */
export function devices(type: string, attributes: unknown): KnownDevices | undefined {
  if (!kindOf(type)) return undefined;
  const own = values(attributes);
  const names = [
    ...Object.entries(NUMBERED).flatMap(([block, name]) =>
      entries(own[block]).map(({ id, key, slot }, place) => `${name}${[id, slot, key].find(isNumber) ?? place}`)
    ),
    ...[...entries(own.disk), ...entries(own.mount)].map(({ slot, type }, place) =>
      isNumber(slot) || slot === undefined ? `${type}${slot ?? place}` : `${slot}`
    ),
    // disks { scsi { scsi0 { disk {} } } }
    ...entries(own.disks).flatMap((one) => Object.values(one)).flatMap(entries).flatMap(present),
    ...entries(own.usbs).flatMap(present),
    ...entries(own.pcis).flatMap(present).map((name) => `host${name}`),
    entries(own.efidisk).length > 0 ? "efidisk0" : "",
    entries(own.tpm_state).length > 0 ? "tpmstate0" : "",
    own.iso ? "ide2" : "",
    own.cloudinit_cdrom_storage || own.os_type === "cloud-init" ? "cloudinit" : "",
  ].filter((name) => name !== "");
  // Mount points of a `proxmox_lxc` may each be an object of their own, `proxmox_lxc_disk`.
  const isWhole = type !== "proxmox_lxc" && !own.clone && !own.clone_id;
  return { names: [...new Set(names)].sort(), isWhole };
}

/** Names of the blocks that are not empty. */
function present(block: Values): string[] {
  return Object.entries(block).filter(([, inner]) => entries(inner).length > 0).map(([name]) => name);
}

function entries(value: unknown): Values[] {
  return Array.isArray(value) ? value.map(values) : [];
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
}
