/**
 * From a verdict to what the report says of the environment. Pure.
 *
 * @module
 */

import type { CheckError, EnvironmentReport } from "../report.ts";
import type { Verdict } from "../verdict/verdict.ts";

/** What a verdict does not know. */
export type Circumstances =
  & Pick<EnvironmentReport, "name" | "dir" | "startedAt" | "durationMs">
  & Partial<Pick<EnvironmentReport, "previousStatus" | "since" | "resolved" | "providers" | "replayed">>;

/**
 * The environment's part of the report. Without memory its status is since now, and nothing is resolved. `error` is the
 * verdict's failure in sentences.
 */
export function environmentReport(
  verdict: Verdict,
  circumstances: Circumstances,
  error?: CheckError,
): EnvironmentReport {
  const { status, changes, accepted, observed, bookkeeping, outputs, warnings } = verdict;
  const counts = { create: 0, update: 0, delete: 0, replace: 0 };
  for (const { action } of changes) if (action in counts) counts[action as keyof typeof counts]++;
  return {
    since: circumstances.startedAt,
    resolved: [],
    providers: {},
    ...circumstances,
    status,
    resourcesChanged: new Set(changes.map((change) => change.address)).size,
    counts,
    changes,
    accepted,
    observed,
    bookkeeping,
    outputs,
    warnings: [...warnings],
    ...(error ? { error } : {}),
  };
}
