/**
 * When an answer is not believable: a provider can take an outage, a missing privilege or a move for a deletion. Pure.
 *
 * @module
 */

import type { Plan } from "../terraform/plan.ts";
import { contradicted } from "../providers/proxmox/proxmox.ts";

/** Why a plan is not believed, and which of its objects that concerns. */
export interface Suspicion {
  /** One line. */
  summary: string;
  /** A line for each object that speaks for it. */
  detail: string;
}

/**
 * Addresses of the objects that were in the state and were not found, be they still in the code or not: of one that is
 * hidden and no longer in the code nothing else would ever be said.
 */
export function vanishedIn(plan: Plan): Set<string> {
  return new Set(
    (plan.resource_drift ?? [])
      .filter((drift) => drift.mode === "managed" && drift.change.actions.includes("delete"))
      .map((drift) => drift.address),
  );
}

/**
 * Whether the deletions in a plan are to be believed. They are not where
 * (a) at least two objects of one type vanished and they are more than half of that type,
 * (b) a vanished guest's `vm_id` stands in a refreshed `pool.members`, or
 * (c) a vanished guest's `firewall_rules` were read unchanged and not empty.
 *
 * One guest that somebody really deleted is none of these. That the state holds nothing although the last run knew
 * resources, rule (d), needs the memory and is asked in `verdict.ts`.
 */
export function suspicion(plan: Plan, vanished: ReadonlySet<string>): Suspicion | undefined {
  if (vanished.size === 0) return undefined;
  const contradictions = contradicted(plan, vanished);
  if (contradictions.size > 0) {
    return {
      summary: `${contradictions.size} guest(s) look deleted, but Proxmox still knows them`,
      detail: [...contradictions].map(([address, why]) => `${address}: ${why}`).join("\n"),
    };
  }
  const known = new Map<string, Set<string>>();
  const gone = new Map<string, string[]>();
  for (const object of [...plan.resource_drift ?? [], ...plan.resource_changes ?? []]) {
    if (object.mode !== "managed" || object.deposed !== undefined) continue;
    if ((object.change.before ?? null) === null) continue;
    const addresses = known.get(object.type) ?? new Set();
    known.set(object.type, addresses.add(object.address));
  }
  for (const drift of plan.resource_drift ?? []) {
    if (vanished.has(drift.address)) gone.set(drift.type, [...gone.get(drift.type) ?? [], drift.address]);
  }
  const masses = [...gone].filter(([type, addresses]) =>
    addresses.length >= 2 && addresses.length * 2 > known.get(type)!.size
  );
  if (masses.length === 0) return undefined;
  return {
    summary: masses.map(([type, addresses]) => `${addresses.length} of ${known.get(type)!.size} ${type}`).join(", ") +
      " vanished at once",
    detail: masses.flatMap(([, addresses]) => addresses).join("\n"),
  };
}
