/**
 * When an answer is not believable: a provider can take an outage, a missing privilege or a move for a deletion. Pure.
 *
 * @module
 */

import type { Plan, PlannedObject } from "../terraform/plan.ts";
import { existed, isDeposed, managedChanges, managedDrifts, vanished } from "../terraform/plan_queries.ts";
import { type Failure, failure } from "./failures.ts";
import type { ProviderKnowledge } from "./knowledge.ts";
import { isProven, type Testimony } from "./testimony.ts";

/**
 * Why the claims of a plan are not to be believed, if they are not. They are not where
 * (a) at least two objects of one type vanished and they are more than half of that type,
 * (b) something else in the plan speaks against one, as far as the provider is known: a vanished guest that a pool still
 * lists or whose firewall rules were read unchanged and not empty, a guest without the pool that still lists it.
 *
 * A guest of which a second witness proves what became of it is no reason any more; one that it still lists is a reason by
 * itself. One guest that somebody really deleted is none of these. That the state holds nothing although the last run knew
 * resources needs the memory and is asked in `verdict.ts`.
 */
export function suspicion(
  plan: Plan,
  providers: Pick<ProviderKnowledge, "contradictions">,
  testimony?: Testimony,
): Failure | undefined {
  const present = vanished(plan).flatMap(({ address }) => {
    const { found, node } = testimony?.vanished.get(address) ?? {};
    return found === "exists" ? [{ address, ...(node === undefined ? {} : { node: { quoted: node } }) }] : [];
  });
  if (present.length > 0) return failure("guests-present", { guests: present });
  const contradictions = providers.contradictions(plan).filter(({ address }) => !isProven(testimony, address));
  if (contradictions.length > 0) {
    const objects = contradictions.map(({ address, claim, why }) => ({ address, claim, why: { quoted: why } }));
    return failure("objects-contradicted", { objects });
  }
  const gone = vanished(plan);
  if (gone.length === 0) return undefined;
  const there = [...managedDrifts(plan), ...managedChanges(plan)].filter((one) => !isDeposed(one) && existed(one));
  const known = addressesByType(there);
  const masses = [...addressesByType(gone)].filter(([type, addresses]) =>
    addresses.size >= 2 && addresses.size * 2 > known.get(type)!.size &&
    [...addresses].some((address) => !isProven(testimony, address))
  );
  if (masses.length === 0) return undefined;
  const types = masses.map(([type, addresses]) => ({ type, gone: [...addresses], known: known.get(type)!.size }));
  return failure("objects-vanished", { types });
}

function addressesByType(objects: PlannedObject[]): Map<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const { type, address } of objects) {
    const addresses = types.get(type) ?? new Set();
    types.set(type, addresses.add(address));
  }
  return types;
}
