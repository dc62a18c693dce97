/**
 * What gives away a deletion that is none. The provider takes a pool for deleted whatever goes wrong while it is read, a
 * missing Pool.Audit too, and still reads from the list of guests which pool each is in. Read in the source of 2.9.14 and
 * 3.0.2, and seen. Pure.
 *
 * @module
 */

import type { Contradiction, OwnObjects } from "../provider.ts";
import { identity, kindOf, text, values } from "./guests.ts";

/** The claim of a pool that a guest is still in. */
export const IN_USE = "pool(s) look deleted, but guests are still in them";
/** The claim of a pool beside which nothing was found. */
export const ALONE = "pool(s) look deleted, but nothing else was read of this Proxmox";
/** The claim of a guest that is gone with its pool. */
export const TOGETHER = "guest(s) look deleted, but so does their pool: the token may have lost its rights on it";

/** Pools that look deleted while a guest was just found in them or nothing was found at all, and guests gone with theirs. */
export function contradictions({ vanished, refreshed }: OwnObjects): Contradiction[] {
  const members = new Map(refreshed.flatMap(({ type, address, values: now }) => poolOf(type, now, address)));
  const gone = new Set<string>();
  const pools = vanished.flatMap(({ type, address, change }): Contradiction[] => {
    const { kind, id = "" } = identity(type, change.before) ?? {};
    if (kind !== "pool") return [];
    const member = members.get(id);
    if (member) return [{ address, claim: IN_USE, why: `${member} was just found in pool ${id}` }];
    gone.add(id);
    const why = "the provider takes any failure to read a pool for its deletion";
    return refreshed.length === 0 ? [{ address, claim: ALONE, why }] : [];
  });
  const guests = vanished.flatMap(({ type, address, change }): Contradiction[] => {
    const [[pool] = []] = poolOf(type, change.before, address);
    return pool !== undefined && gone.has(pool)
      ? [{ address, claim: TOGETHER, why: `it was in pool ${pool}, which is not found either` }]
      : [];
  });
  return [...pools, ...guests];
}

/** The pool that a guest is in, with the guest's address; nothing for one in none. */
function poolOf(type: string, attributes: unknown, address: string): [pool: string, address: string][] {
  const pool = kindOf(type) ? text(values(attributes).pool) : "";
  return pool === "" ? [] : [[pool, address]];
}
