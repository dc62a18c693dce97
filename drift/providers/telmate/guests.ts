/**
 * What people and Proxmox's API call the guests of Telmate/proxmox. Pure.
 *
 * @module
 */

import type { PlannedObject } from "../../terraform/plan.ts";
import type { Identity } from "../provider.ts";

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

/** `VM 101 "web" on pve1`, `container 201 "dns" on pve1`; undefined for what is no guest. */
export function label({ type, change }: PlannedObject, drift?: PlannedObject): string | undefined {
  const guest = guestOf(type, change.before ?? drift?.change.before ?? change.after);
  if (!guest) return undefined;
  const { kind, id, name, node } = guest;
  return [
    kind === "qemu" ? "VM" : "container",
    id || "(no id yet)",
    ...(name ? [JSON.stringify(name)] : []),
    ...(node ? [`on ${node}`] : []),
  ].join(" ");
}

/** Guests as `qemu` or `lxc`, with their name and node. */
export function identity(type: string, values: unknown): Identity | undefined {
  const guest = guestOf(type, values);
  return guest?.id ? guest : undefined;
}

/** Whether an attribute of a guest is its power. */
export function isPower(type: string, path: string): boolean {
  return Object.hasOwn(KINDS, type) && (path === "vm_state" || path === "power_state");
}

/** The `id` reads `pve1/qemu/101`: it names the node that the guest was last seen on, whatever the code prefers. */
function guestOf(type: string, values: unknown): Identity | undefined {
  const kind = kindOf(type);
  if (!kind || typeof values !== "object" || values === null) return undefined;
  const own = values as Record<string, unknown>;
  const [seenOn, vmid] = /^([^/]+)\/(?:qemu|lxc)\/(\d+)$/.exec(text(own.id))?.slice(1) ?? [];
  const name = text(type === "proxmox_lxc" ? own.hostname : own.name);
  const node = text(own.current_node) || (seenOn ?? (text(own.target_node) || text(own.node)));
  return {
    kind,
    // 0 stands for one that Proxmox is to choose.
    id: vmid ?? (own.vmid ? `${own.vmid}` : ""),
    ...(name ? { name } : {}),
    ...(node ? { node } : {}),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
