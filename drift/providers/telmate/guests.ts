/**
 * Which thing of Proxmox's API stands behind an object of Telmate/proxmox. Pure.
 *
 * @module
 */

import type { Identity } from "../provider.ts";

/** An object's attributes. */
export type Values = Record<string, unknown>;

/** The types of guests. */
const KINDS: Readonly<Record<string, "qemu" | "lxc">> = {
  proxmox_vm_qemu: "qemu",
  proxmox_lxc: "lxc",
  proxmox_lxc_guest: "lxc",
};

/** Proxmox's own word for a type of guests; undefined for other types. */
export function kindOf(type: string): "qemu" | "lxc" | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
}

/** Guests as `qemu` or `lxc`, with their name and node; pools by their names. */
export function identity(type: string, attributes: unknown): Identity | undefined {
  if (type === "proxmox_pool") {
    const { poolid, id } = values(attributes);
    // A message stream gives the id alone: `pools/prod`.
    const name = text(poolid) || text(id).replace(/^pools\//, "");
    return name === "" ? undefined : { kind: "pool", id: name };
  }
  const guest = guestOf(type, attributes);
  return guest?.id ? guest : undefined;
}

/** Whether an attribute of a guest is its power. */
export function isPower(type: string, path: string): boolean {
  return Object.hasOwn(KINDS, type) && (path === "vm_state" || path === "power_state");
}

/** A guest, its `id` empty where it has none yet. The `id` of the object reads `pve1/qemu/101`: it names the node that the guest was last seen on, whatever the code prefers. */
export function guestOf(type: string, attributes: unknown): Identity | undefined {
  const kind = kindOf(type), own = values(attributes);
  if (!kind) return undefined;
  const [seenOn, vmid] = /^([^/]+)\/(?:qemu|lxc)\/(\d+)$/.exec(text(own.id))?.slice(1) ?? [];
  const name = text(type === "proxmox_lxc" ? own.hostname : own.name);
  const node = text(own.current_node) || (seenOn ?? (text(own.target_node) || text(own.node)));
  return {
    kind,
    // 0 stands for one that Proxmox is to choose.
    id: vmid ?? `${own.vmid || own.guest_id || ""}`,
    ...(name ? { name } : {}),
    ...(node ? { node } : {}),
  };
}

/** A value as attributes; none of what is no object. */
export function values(value: unknown): Values {
  return typeof value === "object" && value !== null ? value as Values : {};
}

/** A text; empty for what is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
