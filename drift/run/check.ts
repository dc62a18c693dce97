/**
 * The check of one environment: plan and judge, compare with the last run, remember, report.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { Secrets } from "../../lib/secrets.ts";
import type { Environment } from "../config/config.ts";
import type { CheckError, Diagnostic } from "../report.ts";
import { providers } from "../providers/registry.ts";
import { lockedProviders } from "../terraform/lock_file.ts";
import { SessionEnded } from "../terraform/obstacle.ts";
import { type SessionDeps, TerraformSession } from "../terraform/session.ts";
import { adviceFor } from "../terraform/tool.ts";
import { failureText, type FailureTextOptions } from "../verdict/failure_text.ts";
import { type Failure, failure } from "../verdict/failures.ts";
import { emptyVerdict, scrubDiagnostic, type Verdict } from "../verdict/verdict.ts";
import type { RememberedGuests } from "../witness/claims.ts";
import { type AttemptDeps, Attempts } from "./attempts.ts";
import { codeVersion } from "./code_version.ts";
import { recallDeprecations } from "./deprecations.ts";
import { environmentReport } from "./environment_report.ts";
import { settledFindings, settlingIn } from "./flapping.ts";
import { heedSnoozes } from "./heed_snoozes.ts";
import {
  flapsAfter,
  history,
  isOfOtherState,
  type Memory,
  memoryOf,
  type MemoryStore,
  newSalt,
  remember,
  resolvedSince,
} from "./memory.ts";
import type { CheckResult } from "./check_result.ts";
import type { CheckedGuests } from "./check_witness.ts";
import type { Looked } from "./looks.ts";
import { failureOf } from "./obstacle_failure.ts";
import { notPlanned } from "./unchecked.ts";
import { upgradeWarnings } from "./upgrades.ts";

/** What a check needs of the run that it is part of. */
export interface CheckDeps extends SessionDeps, AttemptDeps {
  /** How terraform is run, and when its lock is taken. */
  terraform: AttemptDeps["terraform"];
  /** Remember nothing: for `doctor`. */
  isTrial: boolean;
  /** Looks at the environment before it is planned, which may make a plan unnecessary; absent where nobody looks. */
  look?: (memory: Memory | undefined, salt: string) => Promise<Looked | undefined>;
}

/** Checks one environment. Never throws for what goes wrong in the check: that is an error of the report. */
export async function checkEnvironment(environment: Environment, deps: CheckDeps): Promise<CheckResult> {
  const started = deps.now();
  const startedAt = new Date(started).toISOString();
  const store = memoryOf(environment.name, deps);
  const { memory, warnings: memoryWarnings } = await loadMemory(store);
  const salt = memory?.salt ?? newSalt();
  const looked = deps.isTrial ? undefined : await deps.look?.(memory, salt);
  if (looked?.skipped) return notPlanned(environment, looked.skipped, memory, startedAt);
  const session = new TerraformSession(environment, {
    ...deps,
    readsBesides: (messages) =>
      (deps.witness?.readsPlan(messages, memory?.guests) ?? false) ||
      (looked?.readsPlan?.(messages) ?? false),
  });
  const text: FailureTextOptions = {
    knowledge: providers.failures,
    scrub: (text) => session.secrets.scrub(text),
    hideText: deps.hideText,
  };
  // Git looks while terraform plans.
  const ofCode = codeVersion(environment, deps);
  const versions = await lockedProviders(environment.dir);
  const known = { memory, salt, startedAt, versions };
  const attempts = new Attempts(environment, deps, session, known, (failure) => failureText(failure, text));
  const { verdict, warnings: droppedWarnings } = await planned(environment, deps, session, attempts);
  const error = verdict.failure && await errorOf(verdict.failure, deps, session, text);
  await session.close();
  const { code, warnings: codeWarnings } = await ofCode;
  const state = attempts.state?.identity;
  const isElsewhere = state !== undefined && isOfOtherState(memory, state);
  const own = isElsewhere ? undefined : memory;
  const warnings = [
    ...memoryWarnings,
    ...isElsewhere ? [otherStateWarning(memory!.state!, state)] : [],
    ...droppedWarnings,
    ...await attempts.mayHaveLeftLock(verdict.failure) ? [lockLeft(deps.terraform.bin)] : [],
    ...attempts.witnessWarnings,
    ...upgradeWarnings(own, versions),
    ...codeWarnings,
  ].map((one) => scrubDiagnostic(one, session.secrets));
  const isVerdict = verdict.status !== "error";
  const { flaps, settled } = isVerdict
    ? flapsAfter(own, verdict.findings, verdict.accepted, known)
    : { flaps: [], settled: [] };
  const told = recallDeprecations(verdict.warnings, memory, versions, salt);
  const snoozes = await heedSnoozes(environment.name, verdict, { ...deps, salt });
  const heeded = { ...verdict, changes: snoozes.changes, warnings: [...warnings, ...told, ...snoozes.warnings] };
  const report = environmentReport(heeded, {
    name: environment.name,
    dir: environment.dir,
    startedAt,
    durationMs: Math.max(0, Math.round(deps.now() - started)),
    ...history(own, verdict.status),
    resolved: isVerdict
      ? snoozes.resolved([...resolvedSince(own, verdict.findings, verdict.accepted), ...settledFindings(settled)])
      : [],
    settling: settlingIn(flaps),
    providers: versions,
    ...code ? { code } : {},
  }, error);
  const guests = isVerdict ? attempts.guests : undefined;
  const found = {
    ...verdict,
    flaps,
    state,
    hideText: deps.hideText,
    guests: guests && withoutValues(guests, memory?.guests, session.secrets),
    // Where this check did not look, the next look calls for a plan.
    look: looked?.seen ?? (memory?.look && {}),
  };
  const unsaved = await saveMemory(store, remember(report, found, memory, salt));
  return {
    report: { ...report, warnings: [...report.warnings, ...unsaved] },
    matchedRules: attempts.matchedRules,
    ...(session.version ? { terraform: session.version } : {}),
    ...(attempts.state ? { place: session.secrets.scrub(attempts.state.text) } : {}),
    ...(guests ? { guests } : {}),
    secrets: session.secrets,
  };
}

/** What is remembered of guests: which they are, and nothing that could be a secret. */
function withoutValues(
  { at, cluster, claims, watched }: CheckedGuests,
  before: RememberedGuests | undefined,
  secrets: Secrets,
): RememberedGuests {
  const stillWatched = watched ?? before?.watched;
  return {
    at,
    ...(cluster === undefined ? {} : { cluster }),
    claims: claims.map(({ kind, id, address }) => ({ kind, id, address: secrets.scrubPath(address) })),
    ...(stillWatched ? { watched: stillWatched } : {}),
  };
}

function lockLeft(bin: string): Diagnostic {
  return {
    severity: "warning",
    summary: "The plan that was ended may have left its lock on the state",
    detail: adviceFor(
      bin,
      "`terraform plan -lock-timeout=0s` in the environment's folder shows whether it is still there. If it names this " +
        "check as the holder, and no check is running: `terraform force-unlock ID`, with the ID that it names.",
    ),
    lock: {},
  };
}

/** Prepares and plans; an exception of our own is a failure as well. */
async function planned(
  environment: Environment,
  { stateDir }: CheckDeps,
  session: TerraformSession,
  attempts: Attempts,
): Promise<{ verdict: Verdict; warnings: Diagnostic[] }> {
  let warnings: Diagnostic[] = [];
  try {
    warnings = (await session.prepare()).map(([summary, detail]) => ({ severity: "warning", summary, detail }));
    return { verdict: await attempts.run(), warnings };
  } catch (error) {
    const failed = error instanceof SessionEnded
      ? failureOf(error.obstacle, { environment, stateDir, secrets: session.secrets })
      : failure("fault", { problem: messageOf(error) });
    return { verdict: { ...emptyVerdict(), failure: failed }, warnings };
  }
}

/** The failure in sentences. What nothing explains is put down to a disk that is nearly full, where it is. */
async function errorOf(
  failed: Failure,
  { stateDir }: CheckDeps,
  session: TerraformSession,
  text: FailureTextOptions,
): Promise<CheckError> {
  const error = failureText(failed, text);
  // Measured before the run folder is deleted, which frees space.
  const freeKiB = failed.class === "unknown" ? await session.scarceKiB() : undefined;
  if (freeKiB === undefined) return error;
  const facts = { freeKiB, stateDir, besides: error.summary, said: { quoted: error.detail } };
  return failureText(failure("disk-nearly-full", facts), text);
}

async function loadMemory(store: MemoryStore): Promise<{ memory?: Memory; warnings: Diagnostic[] }> {
  try {
    const { memory, problem } = await store.load();
    const warnings: Diagnostic[] = problem ? [{ severity: "warning", summary: problem, detail: "" }] : [];
    return { ...(memory ? { memory } : {}), warnings };
  } catch (error) {
    return {
      warnings: [{ severity: "warning", summary: messageOf(error), detail: "Everything counts as new." }],
    };
  }
}

async function saveMemory(store: MemoryStore, memory: Memory): Promise<Diagnostic[]> {
  try {
    await store.save(memory);
    return [];
  } catch (error) {
    return [{
      severity: "warning",
      summary: `Cannot write the memory of this run: ${messageOf(error)}`,
      detail: "The next run will count what it finds as new, or not notice what is gone.",
    }];
  }
}

function otherStateWarning(theirs: string, ours: string): Diagnostic {
  return {
    severity: "warning",
    summary: "The memory of the last run was written about another state",
    detail: `It is of ${theirs}; this check looks at ${ours}. So everything counts as new, and nothing as resolved. ` +
      'If two configurations share a "stateDir", give each its own.',
  };
}
