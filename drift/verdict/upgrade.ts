/**
 * What is known of findings from earlier checks, and the upgrade of a provider that came before all of them. Pure.
 *
 * @module
 */

import type { Change, Flapping, ProviderUpgrade } from "../report.ts";

/** What is known of a finding from earlier checks. Times are ISO 8601 in UTC. */
export interface Recalled {
  /** The last run did not have it, or with another value. */
  isNew: boolean;
  /** When a check first saw it. */
  firstSeenAt: string;
  /** The first check after this upgrade of its provider saw it first. */
  sinceUpgrade?: ProviderUpgrade;
  /** Its value comes and goes. */
  flapping?: Flapping;
}

/** The upgrade that all of these findings were first seen after, if there is one. */
export function upgradeIn(known: readonly Recalled[], isExplained: boolean): Pick<Change, "sinceUpgrade"> {
  const [first, ...others] = known.map(({ sinceUpgrade }) => sinceUpgrade);
  if (!first || others.some((one) => one?.from !== first.from || one.to !== first.to)) return {};
  return { sinceUpgrade: { ...first, ...(isExplained ? { explains: true } : {}) } };
}
