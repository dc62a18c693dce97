/**
 * What a second witness says of a plan's guests, as a verdict hears it. It may confirm drift, end a `suspect` or raise one;
 * it never makes an `ok`. Pure.
 *
 * @module
 */

import type { WitnessFinding } from "../report.ts";

/** What a witness says of the guests of one plan. Addresses are those of the plan, with what is secret in them. */
export interface Testimony {
  /** What it found of the guests that the plan no longer finds, by resource address. */
  vanished: ReadonlyMap<string, FoundGuest>;
  /** Proxmox's locks on guests that the plan acts on, as `backup`, by resource address. */
  locks: ReadonlyMap<string, string>;
  /** Addresses of guests that HA manages, where the configuration expects that it moves them. */
  movable?: ReadonlySet<string>;
}

/** A guest that the plan no longer finds, and what became of it. */
export interface FoundGuest {
  /** What may be said. */
  found: WitnessFinding["found"];
  /** Proxmox's own word. */
  kind: "qemu" | "lxc";
  /** Proxmox's number of the guest. */
  id: number;
  /** Where the state has it; absent where the state does not tell. */
  from?: string;
  /** Where it is now: only of one that `moved` or `exists`. */
  node?: string;
  /** The kind of another guest that has its number now: only of one that is `deleted`. */
  takenBy?: "qemu" | "lxc";
}

/** Whether it is proven what became of a guest that looks deleted: there is nothing left to suspect. */
export function isProven(testimony: Testimony | undefined, address: string): boolean {
  const found = testimony?.vanished.get(address)?.found;
  return found === "deleted" || found === "moved";
}

/**
 * In plain words, what the witness knows better than the plan; undefined where it does not.
 *
 * @param isPlanned the plan would create it anew; else the code no longer has it, and an apply would just forget it
 */
export function witnessNote(guest: FoundGuest, isPlanned: boolean): string | undefined {
  const { found, kind, id, from, node } = guest;
  switch (found) {
    case "deleted":
      return isPlanned ? deletedNote(guest) : undefined;
    case "moved":
      return `moved from ${from} to ${node}; applying this plan would ${
        isPlanned
          ? `create it on ${from} again: Proxmox refuses that while its number is taken, and makes a second one where the code gives none`
          : "forget it and leave it there"
      }`;
    case "exists":
      return `Proxmox itself still lists ${
        guestText(kind, id)
      } on ${node}, and the provider did not see it; applying ` +
        `this plan would ${isPlanned ? "create it a second time" : "forget it and leave it there"}`;
    default:
      return undefined;
  }
}

function deletedNote({ id, takenBy }: FoundGuest): string {
  return takenBy === undefined
    ? "Proxmox itself lists it no more"
    : `deleted: ${guestText(takenBy, id)} has its number now; applying this plan would fail for that`;
}

/** In plain words, why a difference in power may be none. */
export function lockNote(lock: string): string {
  return `Proxmox has locked the guest (${lock}): what is under way may have changed its power for a while`;
}

function guestText(kind: FoundGuest["kind"], id: number): string {
  return `${kind === "qemu" ? "VM" : "container"} ${id}`;
}
