/**
 * What people and Proxmox's API call the guests of Telmate/proxmox. Pure.
 *
 * @module
 */

import type { PlannedObject } from "../../terraform/plan.ts";
import type { Identity } from "../provider.ts";

interface Guest extends Identity {
  name?: string;
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

/** Guests as `qemu` or `lxc`, with their node. */
export function identity(type: string, values: unknown): Identity | undefined {
  const guest = guestOf(type, values);
  if (!guest?.id) return undefined;
  const { kind, id, node } = guest;
  return { kind, id, ...(node ? { node } : {}) };
}

function guestOf(type: string, values: unknown): Guest | undefined {
  const kind = type === "proxmox_vm_qemu" ? "qemu" : type === "proxmox_lxc" ? "lxc" : undefined;
  if (!kind || typeof values !== "object" || values === null) return undefined;
  const { vmid, name, hostname, target_node: node } = values as Record<string, unknown>;
  const called = kind === "qemu" ? name : hostname;
  return {
    kind,
    // 0 stands for one that Proxmox is to choose.
    id: vmid ? `${vmid}` : "",
    ...(typeof called === "string" && called !== "" ? { name: called } : {}),
    ...(typeof node === "string" && node !== "" ? { node } : {}),
  };
}
