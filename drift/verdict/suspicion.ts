/**
 * When an answer is not believable: a provider can take an outage, a missing privilege or a move for a deletion. Pure.
 *
 * @module
 */

import {
  existed,
  isDeposed,
  managedChanges,
  managedDrifts,
  type Plan,
  type PlannedObject,
  vanished,
} from "../terraform/plan.ts";
import type { ProviderKnowledge } from "./knowledge.ts";

/** Why a plan is not believed, and which of its objects that concerns. */
export interface Suspicion {
  /** One line. */
  summary: string;
  /** A line for each object that speaks for it. */
  detail: string;
  /** Addresses of those objects. */
  addresses: string[];
}

/**
 * Whether the claims of a plan are to be believed. They are not where
 * (a) at least two objects of one type vanished and they are more than half of that type,
 * (b) something else in the plan speaks against one, as far as the provider is known: a vanished guest that a pool still
 * lists or whose firewall rules were read unchanged and not empty, a guest without the pool that still lists it.
 *
 * One guest that somebody really deleted is none of these. That the state holds nothing although the last run knew
 * resources needs the memory and is asked in `verdict.ts`.
 */
export function suspicion(plan: Plan, providers: Pick<ProviderKnowledge, "contradictions">): Suspicion | undefined {
  const contradictions = providers.contradictions(plan);
  if (contradictions.length > 0) {
    const claims = [...Map.groupBy(contradictions, ({ claim }) => claim)];
    return {
      summary: claims.map(([claim, { length }]) => `${length} ${claim}`).join("; "),
      detail: contradictions.map(({ address, why }) => `${address}: ${why}`).join("\n"),
      addresses: contradictions.map(({ address }) => address),
    };
  }
  const gone = vanished(plan);
  if (gone.length === 0) return undefined;
  const there = [...managedDrifts(plan), ...managedChanges(plan)].filter((one) => !isDeposed(one) && existed(one));
  const known = addressesByType(there);
  const masses = [...addressesByType(gone)].filter(([type, addresses]) =>
    addresses.size >= 2 && addresses.size * 2 > known.get(type)!.size
  );
  if (masses.length === 0) return undefined;
  const addresses = masses.flatMap(([, some]) => [...some]);
  return {
    summary: masses.map(([type, some]) => `${some.size} of ${known.get(type)!.size} ${type}`).join(", ") +
      " vanished at once",
    detail: addresses.join("\n"),
    addresses,
  };
}

function addressesByType(objects: PlannedObject[]): Map<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const { type, address } of objects) {
    const addresses = types.get(type) ?? new Set();
    types.set(type, addresses.add(address));
  }
  return types;
}
