/**
 * The reports of environments that were not checked: their turn never came, a look found them as they were, or nothing could
 * be kept or read.
 *
 * @module
 */

import type { Environment } from "../config/config.ts";
import type { EnvironmentReport, Skipped } from "../report.ts";
import { providers } from "../providers/registry.ts";
import { lockedProviders } from "../terraform/lock_file.ts";
import type { StopReason } from "../terraform/obstacle.ts";
import { failureText } from "../verdict/failure_text.ts";
import { type Failure, failure } from "../verdict/failures.ts";
import { emptyVerdict } from "../verdict/verdict.ts";
import type { CheckResult } from "./check_result.ts";
import { type Circumstances, environmentReport } from "./environment_report.ts";
import { history, type Memory, memoryOf } from "./memory.ts";
import { stopFailure } from "./obstacle_failure.ts";

/** Where memories lie, and the time in milliseconds since 1970. */
export interface UncheckedDeps {
  /** Absolute path. */
  stateDir: string;
  /** The clock. */
  now: () => number;
}

/**
 * The report of an environment whose turn never came. Its memory stays as it is. One that a signal kept from its turn is
 * skipped, with what the last run knew; where the time of the run was over, that is an error.
 */
export async function notChecked(
  environment: Environment,
  reason: StopReason,
  deps: UncheckedDeps,
): Promise<CheckResult> {
  const { memory } = await memoryOf(environment.name, { ...deps, isTrial: true }).load().catch(() => ({
    memory: undefined,
  }));
  const result = withoutVerdict(environment, stopFailure(reason, environment), {
    startedAt: new Date(deps.now()).toISOString(),
    durationMs: 0,
    ...history(memory, "error"),
    providers: await lockedProviders(environment.dir),
  });
  const why: Skipped = {
    reason: "the run was stopped before its turn",
    ...(memory && memory.status !== "error" ? { lastVerdictAt: memory.checkedAt } : {}),
  };
  return reason === "interrupted" ? { ...result, report: skipped(result.report, why, memory) } : result;
}

/** The report of an environment that was not planned: what the last run knew of it. Its memory stays as it is. */
export function notPlanned(
  environment: Environment,
  why: Skipped,
  memory: Memory | undefined,
  startedAt: string,
): CheckResult {
  const { name, dir } = environment;
  const report = environmentReport(emptyVerdict(), { name, dir, startedAt, durationMs: 0, ...history(memory, "ok") });
  return { report: skipped(report, why, memory), matchedRules: new Set() };
}

/** Status and times of the last run. Without one the environment's error stays. */
function skipped(
  { error, ...report }: EnvironmentReport,
  why: Skipped,
  memory: Memory | undefined,
): EnvironmentReport {
  const { status = error ? "error" : "ok", since = report.since, checkedAt = report.startedAt } = memory ?? {};
  return {
    ...report,
    status,
    since,
    startedAt: checkedAt,
    ...(status === "error" && error ? { error } : {}),
    skipped: why,
  };
}

/** The report of a check that was stopped and does not end: what it reads of the file system hangs. */
export function givenUp(environment: Environment, reason: StopReason, startedAt: number, now: number): CheckResult {
  const failed = failure(reason === "interrupted" ? "stop-hangs" : "check-hangs", { dir: environment.dir });
  return withoutVerdict(environment, failed, {
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(now - startedAt),
  });
}

/** The report of an environment that cannot be checked for want of a state directory. */
export function withoutStateDir(
  environment: Environment,
  problem: string,
  deps: UncheckedDeps,
): CheckResult {
  return withoutVerdict(environment, failure("state-dir-unwritable", { stateDir: deps.stateDir, problem }), {
    startedAt: new Date(deps.now()).toISOString(),
    durationMs: 0,
  });
}

function withoutVerdict(
  { name, dir }: Environment,
  failed: Failure,
  rest: Omit<Circumstances, "name" | "dir">,
): CheckResult {
  const error = failureText(failed, { knowledge: providers.failures, scrub: (text) => text, hideText: false });
  return { report: environmentReport(emptyVerdict(), { name, dir, ...rest }, error), matchedRules: new Set() };
}
