/**
 * Which bare changes of bpg/proxmox mislead, and what they mean. The provider's habits were read in its source and seen on
 * the running provider. Pure.
 *
 * @module
 */

import type { Change } from "../../report.ts";
import type { Entry } from "../../verdict/entry.ts";
import { isContainer, isVm, values } from "./types.ts";

/** In plain words, what a bare change hides; undefined where it speaks for itself. */
export function note(entry: Entry, change: Change): string | undefined {
  const { object } = entry;
  const leaf = (path: string) => entry.leaves.find((one) => one.path === path);
  const guest = isVm(object.type) ? "VM" : isContainer(object.type) ? "container" : undefined;
  if (guest && change.action === "create" && change.origin === "outside") {
    return isContainer(object.type)
      ? "not found where the state has it: deleted, or moved to another node (the provider looks on the old node only); applying this plan would create it anew"
      : "not found in Proxmox: deleted, or hidden from this token; applying this plan would create it anew";
  }
  const node = leaf("node_name");
  if (guest && node && (node.kind === "outside" || node.kind === "both")) {
    return change.action === "replace"
      ? `moved from ${node.previous} to ${node.actual}; applying this plan would destroy the ${guest}`
      : `moved from ${node.previous} to ${node.actual}; applying this plan would move it to ${node.expected}`;
  }
  const name = leaf("name");
  if (guest === "VM" && change.action === "update" && name?.kind === "outside" && hasOtherMac(entry)) {
    return `another VM ("${name.actual}") stands under this id; applying this plan would turn it into "${name.expected}"`;
  }
  const shrinking = entry.leaves.find((one) =>
    /^disk\[\d+\]\.size$/.test(one.path) && (one.kind === "outside" || one.kind === "both") &&
    Number(one.actual) > Number(one.expected)
  );
  if (guest && shrinking) return "the disk has grown, and Proxmox cannot shrink one: write the new size into the code";
  return undefined;
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
