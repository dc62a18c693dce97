/**
 * Which bare changes of bpg/proxmox mislead, and what they mean. The provider's habits were read in its source and seen on
 * the running provider. Pure.
 *
 * @module
 */

import type { Change } from "../../report.ts";
import { isVanished } from "../../terraform/plan_queries.ts";
import type { Leaf } from "../../verdict/diff.ts";
import type { Entry } from "../../verdict/entry.ts";
import { isAskedOfItsNode, isContainer, isVm, values } from "./types.ts";

/** What may be said of a guest's change; undefined where it does not apply. */
type GuestNote = (entry: Entry, guest: "VM" | "container") => string | undefined;

/** The first that applies is said. */
const GUEST_NOTES: readonly GuestNote[] = [notFound, moved, replacedByAnother, cannotShrink];

/** In plain words, what a bare change hides; undefined where it speaks for itself. */
export function note(entry: Entry, { type }: Pick<Change, "type">): string | undefined {
  const guest = isVm(type) ? "VM" : isContainer(type) ? "container" : undefined;
  if (!guest) return writeOnly(entry);
  for (const tell of GUEST_NOTES) {
    const said = tell(entry, guest);
    if (said !== undefined) return said;
  }
  return undefined;
}

function notFound({ action, drift }: Entry): string | undefined {
  if (action !== "create" || !drift || !isVanished(drift)) return undefined;
  return isAskedOfItsNode(drift.type, drift.change.before)
    ? "deleted, or moved to another node (the provider looks on the old node only)"
    : "deleted, or hidden from this token";
}

function moved({ action, leaves }: Entry, guest: string): string | undefined {
  const node = leaves.find(({ path }) => path === "node_name");
  if (!node || !isByHand(node)) return undefined;
  return action === "replace"
    ? `moved from ${node.previous} to ${node.actual}; applying this plan would destroy the ${guest}`
    : `moved from ${node.previous} to ${node.actual}; applying this plan would move it to ${node.expected}`;
}

function replacedByAnother(entry: Entry, guest: string): string | undefined {
  const name = entry.leaves.find(({ path }) => path === "name");
  if (guest !== "VM" || entry.action !== "update" || name?.kind !== "outside" || !hasOtherMac(entry)) return undefined;
  return `another VM ("${name.actual}") stands under this id; applying this plan would turn it into "${name.expected}"`;
}

function cannotShrink({ leaves }: Entry): string | undefined {
  const isGrown = leaves.some((one) =>
    /^disk\[[^\]]+\]\.size$/.test(one.path) && isByHand(one) && Number(one.actual) > Number(one.expected)
  );
  return isGrown ? "the disk has grown, and Proxmox cannot shrink one: write the new size into the code" : undefined;
}

/** A value that is only ever written has no place in a state: the code counts its version up, and that is all a plan shows. */
function writeOnly({ action, leaves }: Entry): string | undefined {
  const names = leaves.flatMap(({ path }) => /^(\w+_wo)_version$/.exec(path)?.[1] ?? []);
  if (action !== "update" || names.length === 0 || names.length < leaves.length) return undefined;
  const isRemoved = leaves.every(({ expected }) => expected === null || expected === undefined);
  return `${names.join(" and ")} waits to be ${
    isRemoved ? "removed" : "written anew"
  }; the provider cannot read which value Proxmox has`;
}

function isByHand({ kind }: Leaf): boolean {
  return kind === "outside" || kind === "both";
}

/** A MAC address is the guest's own: where all of them are others, so is the guest. */
function hasOtherMac(entry: Entry): boolean {
  const macs = (side: unknown) => {
    const list = values(side).mac_addresses;
    return Array.isArray(list) ? list.filter((mac) => typeof mac === "string" && mac !== "") : [];
  };
  const before = macs(entry.drift?.change.before), now = macs(entry.object.change.before);
  return before.length > 0 && now.length > 0 && !before.some((mac) => now.includes(mac));
}
