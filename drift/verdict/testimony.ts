/**
 * What a second witness says of a plan's guests, as a verdict hears it. It may confirm drift, end a `suspect` or raise one;
 * it never makes an `ok`.
 *
 * @module
 */

import type { Diagnostic, WitnessFinding } from "../report.ts";

/** What a witness says of the guests of one plan. Addresses are those of the plan, with what is secret in them. */
export interface Testimony {
  /** What it found of the guests that the plan no longer finds, by resource address. */
  vanished: ReadonlyMap<string, FoundGuest>;
  /** Proxmox's locks on guests that the plan acts on, as `backup`, by resource address. */
  locks: ReadonlyMap<string, string>;
  /** Why it says less than it could. */
  warnings: readonly Diagnostic[];
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
