/**
 * The devices of guests, by Proxmox's names. Read in the source of bpg/proxmox 0.112. Pure.
 *
 * @module
 */

import type { KnownDevices } from "../provider.ts";
import { isContainer, isVm, isVmOfOldKind, text, type Values, values } from "./types.ts";

/** Blocks whose place in their list is the device's number. */
const BY_PLACE: Readonly<Record<string, string>> = {
  network_device: "net",
  usb: "usb",
  serial_device: "serial",
  virtiofs: "virtiofs",
  network_interface: "net",
  mount_point: "mp",
  device_passthrough: "dev",
};

/** The devices of a VM or container that the provider has written or read. */
export function devices(type: string, attributes: unknown): KnownDevices | undefined {
  if (!isVm(type) && !isContainer(type)) return undefined;
  const own = values(attributes);
  const names = [
    ...Object.entries(BY_PLACE).flatMap(([block, name]) => entries(own, block).map((_, place) => `${name}${place}`)),
    ...["disk", "cdrom", "hostpci"].flatMap((block) => entries(own, block).map((one) => nameIn(one))),
    // `proxmox_vm` and `cloned_vm` keep maps, by the names of the devices.
    ...["disk", "cdrom", "network"].flatMap((block) =>
      Array.isArray(own[block]) ? [] : Object.keys(values(own[block]))
    ),
    ...entries(own, "initialization").flatMap((one) => ["cloudinit", nameIn(one)]),
    entries(own, "efi_disk").length > 0 ? "efidisk0" : "",
    entries(own, "tpm_state").length > 0 ? "tpmstate0" : "",
  ].filter((name) => name !== "");
  // The newer types, `proxmox_vm` among them, manage what the code names and no more.
  const isOfOldKind = isVmOfOldKind(type) || isContainer(type);
  return { names: [...new Set(names)].sort(), isWhole: isOfOldKind && entries(own, "clone").length === 0 };
}

function entries(own: Values, block: string): Values[] {
  const list = own[block];
  return Array.isArray(list) ? list.map(values) : [];
}

function nameIn({ interface: plugged, device }: Values): string {
  return text(plugged) ?? text(device) ?? "";
}
