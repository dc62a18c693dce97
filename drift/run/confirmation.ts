/**
 * Which changes of a verdict count as confirmed: those that a second plan has shown, of this check or of an earlier one. A
 * verdict comes with all of them confirmed but for what speaks against itself. Pure.
 *
 * @module
 */

import type { Change } from "../report.ts";
import type { Verdict } from "../verdict/verdict.ts";

/** The verdict with nothing of it confirmed. */
export function withoutConfirmation(verdict: Verdict): Verdict {
  return unconfirmedIn(withoutSecondPlan(verdict), verdict.changes);
}

/** The verdict of one plan alone. Of its changes, those may be confirmed that an earlier check has confirmed. */
export function withoutSecondPlan(verdict: Verdict): Verdict {
  const { accepted, observed, bookkeeping } = verdict;
  return {
    ...verdict,
    accepted: accepted.map(unconfirmed),
    observed: observed.map(unconfirmed),
    bookkeeping: bookkeeping.map(unconfirmed),
  };
}

function unconfirmed(change: Change): Change {
  return { ...change, confirmed: false };
}

/** The verdict without confirming these of its changes. */
export function unconfirmedIn(verdict: Verdict, doubtful: readonly Change[]): Verdict {
  const changes = verdict.changes.map((change) => doubtful.includes(change) ? unconfirmed(change) : change);
  return { ...verdict, changes };
}
