/**
 * Which guests of a cluster no state knows. Pure.
 *
 * A guest that is just being made by an apply is none of them: it carries a lock, or the state learns of it a little later
 * than Proxmox. So one is told only where every environment was planned after it was first listed.
 *
 * @module
 */

import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { Diagnostic, UnmanagedGuest, WitnessReport } from "../report.ts";
import { guestKey, type RememberedGuests } from "./claims.ts";
import type { Exclusions } from "./exclude.ts";

/** A guest that no state knew, as it is remembered. */
export interface KnownStranger {
  /** ISO 8601, UTC. */
  firstSeenAt: string;
  /** A report has named it, or counted it in the first inventory. */
  isTold: boolean;
}

/** Guests that no state knew, by kind and number, as `qemu/104`. */
export type Strangers = Record<string, KnownStranger>;

/** What the environments of a cluster claim, by their names. */
export type Claims = ReadonlyMap<string, RememberedGuests>;

/** What the inventory found. */
export interface Inventory {
  /** Guests by whether a state knows them. One that may still be in the making is in none of the numbers. */
  counts: NonNullable<WitnessReport["guests"]>;
  /** Those that may be called so, by number. */
  unmanaged: UnmanagedGuest[];
  /** What the next run has to know. */
  strangers: Strangers;
}

/**
 * Holds the cluster's list against the claims of all its environments.
 *
 * @param listedAt When the list was asked for; ISO 8601, UTC.
 * @param before What the last inventory remembered; absent at the first, which tells how many and not which.
 */
export function takeInventory(
  { guests, listedAt }: { guests: readonly ListedGuest[]; listedAt: string },
  claims: Claims,
  exclusions: Exclusions,
  before: Strangers | undefined,
): Inventory {
  const claimed = new Set([...claims.values()].flatMap((one) => one.claims.map(guestKey)));
  const plannedSince = [...claims.values()].map(({ at }) => at).sort()[0] ?? "";
  const found: Inventory = { counts: { managed: 0, unmanaged: 0, excluded: 0 }, unmanaged: [], strangers: {} };
  for (const guest of guests.toSorted((one, other) => one.id - other.id)) {
    const key = guestKey(guest);
    if (claimed.has(key)) found.counts.managed++;
    else if (exclusions.hasGuest(guest)) found.counts.excluded++;
    else {
      const known = before?.[key], firstSeenAt = known?.firstSeenAt ?? listedAt;
      const isSettled = guest.lock === undefined && plannedSince >= firstSeenAt;
      const wasTold = known?.isTold ?? before === undefined;
      found.strangers[key] = { firstSeenAt, isTold: wasTold || isSettled };
      if (known?.isTold || isSettled) found.unmanaged.push(told(guest, firstSeenAt, !wasTold));
    }
  }
  found.counts.unmanaged = found.unmanaged.length;
  return found;
}

function told(guest: ListedGuest, firstSeenAt: string, isNew: boolean): UnmanagedGuest {
  const { id, kind, name, node, status, tags, pool, template } = guest;
  return {
    id,
    type: kind,
    ...(name === undefined ? {} : { name }),
    node,
    status,
    tags,
    ...(pool === undefined ? {} : { pool }),
    template,
    firstSeenAt,
    isNew,
  };
}

/** Warnings of guests that several resources claim, each with the environments that it concerns. */
export function claimedTwice(claims: Claims): { environments: string[]; warning: Diagnostic }[] {
  const all = [...claims].flatMap(([environment, remembered]) =>
    remembered.claims.map((claim) => ({ environment, claim }))
  );
  return [...Map.groupBy(all, ({ claim }) => guestKey(claim)).values()].flatMap((claimants) => {
    if (claimants.length < 2) return [];
    const { kind, id } = claimants[0]!.claim;
    const places = claimants.map(({ environment, claim }) => `${claim.address} of environment "${environment}"`);
    return [{
      environments: [...new Set(claimants.map(({ environment }) => environment))],
      warning: {
        severity: "warning",
        summary: `${kind === "qemu" ? "VM" : "Container"} ${id} is claimed by ${claimants.length} resources`,
        detail:
          `They are ${places.join(" and ")}. Each apply of one undoes what the other did: remove it from one of them ` +
          "with a `removed` block.",
      },
    }];
  });
}
