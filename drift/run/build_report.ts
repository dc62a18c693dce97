/**
 * The report around its environments. Pure, but for the name of the run.
 *
 * @module
 */

import type { DriftReport, EnvironmentReport, Status, WitnessReport } from "../report.ts";
import { exitCodeOf, type FailOn } from "../verdict/verdict.ts";

/** A name for a run that sorts by its start, ISO 8601. */
export function newRunId(startedAt: string): string {
  return `${startedAt.replace(/[-:]|\.\d+/g, "")}-${crypto.randomUUID().slice(0, 8)}`;
}

/** What environments come to together; those that were skipped take no part. */
export function outcomeOf(
  environments: readonly EnvironmentReport[],
  failOn: FailOn = "any",
): Pick<DriftReport, "status" | "exitCode" | "summary"> {
  const checked = environments.filter(({ skipped }) => !skipped);
  const count = (status: Status) => checked.filter((one) => one.status === status).length;
  return {
    status: count("error") > 0 ? "error" : count("drift") > 0 ? "drift" : "ok",
    exitCode: exitCodeOf(checked, failOn),
    summary: {
      environments: checked.length,
      ok: count("ok"),
      drift: count("drift"),
      error: count("error"),
      resourcesChanged: checked.reduce((sum, one) => sum + one.resourcesChanged, 0),
    },
  };
}

/**
 * The report around its environments: status, exit code, summary, in which those that were skipped take no part. Times are
 * ISO 8601 in UTC.
 */
export function buildReport(parts: {
  runId: string;
  startedAt: string;
  finishedAt: string;
  environments: EnvironmentReport[];
  configured: string[];
  shard?: { index: number; of: number };
  /** Every cluster that a second witness speaks about; empty where there is none. */
  clusters?: string[];
  /** What it says of those that were asked. */
  proxmox?: WitnessReport[];
  dryRun: boolean;
  /** Name of this machine. */
  host: string;
  /** Version of this program. */
  toolVersion: string;
  terraform?: { bin: string; version: string };
  /** Which drift makes the exit code 2. Default: any. */
  failOn?: FailOn;
}): DriftReport {
  const { environments } = parts;
  return {
    schemaVersion: 1,
    runId: parts.runId,
    host: parts.host,
    startedAt: parts.startedAt,
    finishedAt: parts.finishedAt,
    tool: { name: "pve-drift", version: parts.toolVersion },
    ...(parts.terraform ? { terraform: parts.terraform } : {}),
    dryRun: parts.dryRun,
    ...outcomeOf(environments, parts.failOn),
    configured: parts.configured,
    ...(parts.shard ? { shard: { index: parts.shard.index, of: parts.shard.of } } : {}),
    ...(parts.clusters?.length ? { clusters: parts.clusters, proxmox: parts.proxmox ?? [] } : {}),
    environments,
  };
}
