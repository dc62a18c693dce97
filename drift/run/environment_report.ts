/**
 * From a verdict to what the report says of the environment. Pure.
 *
 * @module
 */

import type { Change, CheckError, EnvironmentReport } from "../report.ts";
import type { Verdict } from "../verdict/verdict.ts";

/** What a verdict does not know. */
export type Circumstances =
  & Pick<EnvironmentReport, "name" | "dir" | "startedAt" | "durationMs">
  & Partial<
    Pick<EnvironmentReport, "previousStatus" | "since" | "code" | "resolved" | "settling" | "providers" | "replayed">
  >;

/**
 * The environment's part of the report. Without memory its status is since now, and nothing is resolved. `error` is the
 * verdict's failure in sentences.
 */
export function environmentReport(
  verdict: Verdict,
  { settling = [], ...circumstances }: Circumstances,
  error?: CheckError,
): EnvironmentReport {
  const { status, changes, accepted, observed, bookkeeping, outputs, warnings } = verdict;
  return {
    since: circumstances.startedAt,
    resolved: [],
    providers: {},
    ...circumstances,
    ...(settling.length > 0 ? { settling } : {}),
    status,
    resourcesChanged: changedResources(changes),
    counts: actionCounts(changes),
    changes,
    accepted,
    observed,
    bookkeeping,
    outputs,
    warnings: [...warnings],
    ...(error ? { error } : {}),
  };
}

/** How many resource instances differ; one that is replaced counts once. */
export function changedResources(changes: readonly Change[]): number {
  return new Set(changes.map(({ address }) => address)).size;
}

/** The number of changes by action. */
export function actionCounts(changes: readonly Change[]): EnvironmentReport["counts"] {
  const counts = { create: 0, update: 0, delete: 0, replace: 0 };
  for (const { action } of changes) if (action in counts) counts[action as keyof typeof counts]++;
  return counts;
}
