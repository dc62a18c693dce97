/**
 * Which bare changes of Telmate/proxmox mislead, and what they mean. The provider's habits were read in the source of
 * 2.9.14 and 3.0.2 and seen on the running provider. Pure.
 *
 * @module
 */

import { isVanished } from "../../terraform/plan_queries.ts";
import type { Leaf } from "../../verdict/diff.ts";
import type { Entry } from "../../verdict/entry.ts";
import { kindOf, text, values } from "./guests.ts";

/** What may be said of an object's change; undefined where it does not apply. */
type Note = (entry: Entry, type: string) => string | undefined;

/** The first that applies is said. */
const NOTES: readonly Note[] = [notFound, imported, moved, restartWaits, stoppedUnsaid, shrinks];

/** In plain words, what a bare change hides; undefined where it speaks for itself. */
export function note(entry: Entry, { type }: { type: string }): string | undefined {
  for (const tell of NOTES) {
    const said = tell(entry, type);
    if (said !== undefined) return said;
  }
  return undefined;
}

const HIDDEN_VOLUME = "deleted, or hidden from a token without Datastore.Audit";
const NOT_FOUND: Readonly<Record<string, string>> = {
  proxmox_pool: "deleted, or not readable: the provider takes any failure for a deletion",
  proxmox_cloud_init_disk: HIDDEN_VOLUME,
  proxmox_storage_iso: HIDDEN_VOLUME,
};

function notFound({ action, drift }: Entry, type: string): string | undefined {
  if (action !== "create" || !drift || !isVanished(drift)) return undefined;
  if (kindOf(type)) return "deleted, or hidden from this token";
  return Object.hasOwn(NOT_FOUND, type) ? NOT_FOUND[type] : undefined;
}

/** 2.9 destroys a container for it, 3.0 leaves it where it is and plans the same again; VMs are moved back. */
function moved({ action, leaves }: Entry, type: string): string | undefined {
  const node = leaves.find(({ path }) => path === "target_node");
  if (!kindOf(type) || !node || !isByHand(node)) return undefined;
  const from = `moved from ${node.previous} to ${node.actual}; applying this plan would `;
  if (action === "replace") return `${from}destroy it and create another on ${node.expected}`;
  return kindOf(type) === "lxc"
    ? `${from}leave it there, and the next plan would say the same: write the new node into the code`
    : `${from}move it to ${node.expected}`;
}

/** The provider reads what is in force, and of what waits only that something does. */
function restartWaits({ action, object: { change } }: Entry, type: string): string | undefined {
  const kind = kindOf(type), now = values(change.before);
  if (!kind || action !== "update" || now.reboot_required !== true) return undefined;
  const command = `${kind === "qemu" ? "qm" : "pct"} pending ${/\d+$/.exec(text(now.id))?.[0] ?? "ID"}`;
  return "options were changed that wait for a restart, and the plan does not name them " +
    `(\`${command}\` on the node does); applying this plan would undo them` +
    (now.automatic_reboot === false ? "" : " and restart it");
}

/** `vm_state = "started"` is no wish but for a new VM: the provider then plans the addresses alone. */
function stoppedUnsaid({ object: { change }, leaves }: Entry, type: string): string | undefined {
  if (kindOf(type) !== "qemu" || leaves.some((leaf) => leaf.kind !== "observed")) return undefined;
  return values(change.before).vm_state === "stopped" && values(change.after).vm_state === "stopped"
    ? "the VM is stopped, and the plan does not name it"
    : undefined;
}

/** 3.0 makes a smaller disk anew; 2.9 writes a smaller size and leaves the volume as it is. */
function shrinks({ object: { change }, leaves }: Entry, type: string): string | undefined {
  const grown = leaves.find((leaf) => SIZE.test(leaf.path) && isByHand(leaf) && kib(leaf.actual) > kib(leaf.expected));
  if (!kindOf(type) || !grown) return undefined;
  const { expected, actual } = grown;
  // 2.9 has no such attribute.
  return type === "proxmox_vm_qemu" && Object.hasOwn(values(change.before), "current_node")
    ? `the disk has grown to ${actual}: applying this plan would replace it by an empty one of ${expected}; write the new size into the code`
    : `the disk has grown to ${actual}, and Proxmox cannot shrink one: write the new size into the code`;
}

/** After an import, the provider wants the default for what it cannot read. */
function imported({ action, object: { change }, unset }: Entry, type: string): string | undefined {
  return type === "proxmox_vm_qemu" && action === "replace" && change.importing && unset.includes("full_clone")
    ? "the provider cannot read full_clone, and would destroy what it imports: set ignore_changes = [full_clone] before an apply"
    : undefined;
}

function isByHand({ kind }: Leaf): boolean {
  return kind === "outside" || kind === "both";
}

const SIZE = /(?:^|\.)(?:disk|rootfs|mountpoint|root_mount)\[[^\]]+\]\.size$/;

/** `16G` as KiB; not a number for what is no size. */
function kib(size: unknown): number {
  const [, number, unit = ""] = /^([\d.]+)([KMGT])B?$/.exec(text(size)) ?? [];
  return Number(number) * 1024 ** "KMGT".indexOf(unit);
}
