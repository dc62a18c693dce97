/**
 * Looks at guests one by one: their options, and the snapshots of those that have some.
 *
 * @module
 */

import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { Look } from "./beyond.ts";
import type { Heard, Silence, Witness } from "./witness.ts";

/** What came of it. */
export interface Details {
  /** One for each guest that could be read. */
  looks: Look[];
  /** Why the server stopped answering; then guests are missing. */
  silence?: Silence;
}

/** Guests whose configuration cannot be asked for, since their node does not answer. */
export function onNodes(guests: readonly ListedGuest[], offline: ReadonlySet<string>): ListedGuest[] {
  return guests.filter(({ node }) => !offline.has(node));
}

/**
 * Looks at each guest. One that Proxmox refuses is left out: it moved in the meantime, or it is a container with `env`, whose
 * options only those may read who may change them. Where the server does not answer at all, the rest is not asked for.
 */
export async function lookAt(witness: Witness, guests: readonly ListedGuest[]): Promise<Details> {
  const details: Details = { looks: [] };
  const ask = async <T>(question: () => Promise<Heard<T>>): Promise<T | undefined> => {
    if (details.silence) return undefined;
    const heard = await question();
    if ("said" in heard) return heard.said;
    if (heard.silence.status === undefined) details.silence ??= heard.silence;
    return undefined;
  };
  const look = async (guest: ListedGuest): Promise<Look[]> => {
    const pending = await ask(() => witness.pendingOf(guest));
    if (!pending) return [];
    const hasSnapshots = pending.some(({ key, value }) => key === "parent" && value !== undefined);
    const snapshots = hasSnapshots ? await ask(() => witness.ask((api) => api.snapshots(guest))) : [];
    return snapshots ? [{ guest, pending, snapshots }] : [];
  };
  const rest = [...guests];
  const worker = async () => {
    for (let guest = rest.shift(); guest && !details.silence; guest = rest.shift()) {
      details.looks.push(...await look(guest));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return details;
}

/** The client asks no more at a time. Whoever is behind it in the queue waits for one guest, not for all of them. */
const AT_ONCE = 4;
