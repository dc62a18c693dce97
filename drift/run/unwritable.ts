/**
 * A run whose state directory cannot be written: nothing can be checked, and whoever reads the reports must hear of it.
 *
 * @module
 */

import type { Config, Environment } from "../config/config.ts";
import type { DriftReport } from "../report.ts";
import type { World } from "../world.ts";
import { buildReport, newRunId } from "./build_report.ts";
import { withoutStateDir } from "./unchecked.ts";

/** The report of such a run: each asked environment is in error. `problem`: why the directory cannot be written. */
export function unwritableReport(
  config: Pick<Config, "environments" | "shard" | "stateDir">,
  asked: Environment[],
  problem: string,
  { now, host, version }: Pick<World, "now" | "host" | "version">,
): DriftReport {
  const startedAt = new Date(now()).toISOString();
  const deps = { stateDir: config.stateDir, now };
  return buildReport({
    runId: newRunId(startedAt),
    startedAt,
    finishedAt: startedAt,
    environments: asked.map((environment) => withoutStateDir(environment, problem, deps).report),
    configured: config.environments.map(({ name }) => name),
    ...(config.shard ? { shard: config.shard } : {}),
    dryRun: false,
    host,
    toolVersion: version,
  });
}
