/**
 * All environments: bounded in number, each with its own deadline, all under the run's; then the report.
 *
 * @module
 */

import { join } from "node:path";
import { appliesTo, hasExpired } from "../config/accept.ts";
import { checkEnvironment, type CheckResult, givenUp, notChecked } from "./check.ts";
import type { AcceptRule, Config, Environment } from "../config/load.ts";
import type { DriftReport, EnvironmentReport, Status } from "../report.ts";
import type { StopReason } from "../terraform/session.ts";
import { exitCodeOf, HIDDEN } from "../verdict/verdict.ts";

/** What a run needs of the process it runs in. */
export interface RunDeps {
  /** Environment variables of our own process. */
  inherited: Record<string, string>;
  /** Name of this machine. */
  host: string;
  /** Of this program. */
  toolVersion: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The operator's first signal: end all checks in order, and report what is finished. */
  interrupt: AbortSignal;
  /** The second one: end them at once. */
  kill: AbortSignal;
  /** Where to show how far it is. */
  progress: Progress;
  /** Waits before each retry of a transient error, in milliseconds. */
  retryDelays?: number[];
  /** Remember nothing: for `doctor`. */
  isTrial?: boolean;
}

/** Shows how far each check has come. */
export interface Progress {
  /** A check began a step; `refreshing` names the message stream it writes. */
  update(environment: string, step: string, refreshing?: string): void;
  /** A check ended. */
  done(environment: string, status: Status): void;
  /** The run ended. */
  close(): void;
}

/** Checks the asked environments side by side and builds the report, in the order asked. */
export async function runChecks(config: Config, asked: Environment[], deps: RunDeps): Promise<DriftReport> {
  const startedAt = new Date(deps.now()).toISOString();
  const runId = newRunId(startedAt);
  const runs = join(config.stateDir, "run");
  // Left behind by a run that was killed: the run lock is ours, so nobody is using them.
  await removeRuns(runs);
  const runDir = join(runs, runId);
  const runTimer = new AbortController();
  const runTimeout = setTimeout(() => runTimer.abort("run-timeout" satisfies StopReason), config.runTimeoutMs);
  let lastInit: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> => {
    const stopped = Promise.withResolvers<void>();
    stop.addEventListener("abort", () => stopped.resolve());
    // What is stopped while it waits begins at once, and ends at once.
    const turn = Promise.race([lastInit, stopped.promise]).then(work);
    lastInit = lastInit.then(() => within(turn.catch(() => {}), LONGEST_INIT_MS));
    return turn;
  };

  const results: CheckResult[] = new Array(asked.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < asked.length; i = next++) {
      const environment = asked[i]!;
      const over = deps.interrupt.aborted ? "interrupted" : runTimer.signal.aborted ? "run-timeout" : undefined;
      if (over) {
        results[i] = await notChecked(environment, over, { stateDir: config.stateDir, now: deps.now });
        continue;
      }
      const stop = new AbortController();
      const abort = (reason: StopReason) => stop.abort(reason);
      const onInterrupt = () => abort("interrupted");
      const onRunTimeout = () => abort("run-timeout");
      deps.interrupt.addEventListener("abort", onInterrupt);
      runTimer.signal.addEventListener("abort", onRunTimeout);
      const timeout = setTimeout(() => abort("timeout"), environment.timeoutMs);
      const started = deps.now();
      try {
        const check = checkEnvironment(environment, {
          terraform: config.terraform,
          accept: config.accept,
          stateDir: config.stateDir,
          hideText: config.values === "hide",
          runDir,
          inherited: deps.inherited,
          now: deps.now,
          stop: stop.signal,
          kill: deps.kill,
          oneAtATime: (work) => oneAtATime(work, stop.signal),
          progress: (step, refreshing) => deps.progress.update(environment.name, step, refreshing),
          retryDelays: deps.retryDelays ?? [1_000, 5_000],
          isTrial: deps.isTrial ?? false,
        });
        const instead = () => givenUp(environment, stop.signal.reason, started, deps.now());
        results[i] = await unlessStuck(check, instead, stop.signal, deps.kill);
      } finally {
        clearTimeout(timeout);
        deps.interrupt.removeEventListener("abort", onInterrupt);
        runTimer.signal.removeEventListener("abort", onRunTimeout);
      }
      deps.progress.done(environment.name, results[i]!.report.status);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(config.concurrency, asked.length) }, worker));
  } finally {
    clearTimeout(runTimeout);
    deps.progress.close();
    await removeRuns(runs);
  }
  warnOfRules(config, asked, results, deps.now());
  const environments = results.map((result) => result.report);
  for (const environment of environments) {
    for (const folder of config.unlisted) {
      environment.warnings.push({
        severity: "warning",
        summary: `Folder "${folder}" below ${config.root} is in no environment`,
        detail: `Name it under "environments", or leave it out on purpose with "${folder}": false.`,
      });
    }
  }
  const terraform = results.find((result) => result.terraform)?.terraform;
  return buildReport({
    runId,
    startedAt,
    environments,
    configured: config.environments.map((environment) => environment.name),
    ...(config.shard ? { shard: config.shard } : {}),
    dryRun: false,
    host: deps.host,
    toolVersion: deps.toolVersion,
    finishedAt: new Date(deps.now()).toISOString(),
    ...(terraform ? { terraform } : {}),
  });
}

/** How long after its stop a check may take to end, and after its kill, in milliseconds: longer than terraform gets for it. */
const STOP_MS = 20_000, KILL_MS = 5_000;

/** After this time an `init` no longer holds up the next one, in milliseconds: a backend that hangs must not delay another environment. */
const LONGEST_INIT_MS = 20_000;

/** The result of `work`, or `instead` where it has not ended some time after `stop` or `kill`. */
async function unlessStuck<T>(work: Promise<T>, instead: () => T, stop: AbortSignal, kill: AbortSignal): Promise<T> {
  const stuck = Promise.withResolvers<T>();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const giveUpAfter = (ms: number) => () => timers.push(setTimeout(() => stuck.resolve(instead()), ms));
  const onStop = giveUpAfter(STOP_MS), onKill = giveUpAfter(KILL_MS);
  stop.addEventListener("abort", onStop);
  kill.addEventListener("abort", onKill);
  try {
    return await Promise.race([work, stuck.promise]);
  } finally {
    timers.forEach((timer) => clearTimeout(timer));
    stop.removeEventListener("abort", onStop);
    kill.removeEventListener("abort", onKill);
  }
}

/** Waits for `promise`, but not longer than `ms`. */
async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([promise, new Promise((resolve) => timer = setTimeout(resolve, ms))]);
  clearTimeout(timer);
}

/** Removes the folders of runs, and what they lie in where nothing else is there. */
async function removeRuns(runs: string): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(runs), ({ name }) => name).catch(() => []);
  const ours = names.filter((name) => /^\d{8}T\d{6}Z-[0-9a-f]{8}$/.test(name));
  await Promise.all(ours.map((name) => Deno.remove(join(runs, name), { recursive: true }).catch(() => {})));
  await Deno.remove(runs).catch(() => {});
}

/** A name for a run that sorts by its start, ISO 8601. */
export function newRunId(startedAt: string): string {
  return `${startedAt.replace(/[-:]|\.\d+/g, "")}-${crypto.randomUUID().slice(0, 8)}`;
}

/** The report around its environments: status, exit code, summary. Times are ISO 8601 in UTC. */
export function buildReport(parts: {
  runId: string;
  startedAt: string;
  finishedAt: string;
  environments: EnvironmentReport[];
  configured: string[];
  shard?: { index: number; of: number };
  dryRun: boolean;
  /** Name of this machine. */
  host: string;
  /** Of this program. */
  toolVersion: string;
  terraform?: { bin: string; version: string };
}): DriftReport {
  const { environments } = parts;
  const count = (status: Status) => environments.filter((one) => one.status === status).length;
  return {
    schemaVersion: 1,
    runId: parts.runId,
    host: parts.host,
    startedAt: parts.startedAt,
    finishedAt: parts.finishedAt,
    tool: { name: "pve-drift", version: parts.toolVersion },
    ...(parts.terraform ? { terraform: parts.terraform } : {}),
    dryRun: parts.dryRun,
    status: count("error") > 0 ? "error" : count("drift") > 0 ? "drift" : "ok",
    exitCode: exitCodeOf(environments),
    summary: {
      environments: environments.length,
      ok: count("ok"),
      drift: count("drift"),
      error: count("error"),
      resourcesChanged: environments.reduce((sum, one) => sum + one.resourcesChanged, 0),
    },
    configured: parts.configured,
    ...(parts.shard ? { shard: { index: parts.shard.index, of: parts.shard.of } } : {}),
    environments,
  };
}

/** Warns of `accept` rules that have expired, and of those that match nothing where that is certain: every environment they are about was asked and judged. */
function warnOfRules(config: Config, asked: Environment[], results: CheckResult[], now: number) {
  for (const rule of config.accept) {
    const about = (name: string) => appliesTo(rule, name);
    const concerned = results.filter((result) => about(result.report.name));
    const complete = !config.shard?.others.some(about) && config.environments.filter((one) =>
      about(one.name)
    ).every((one) => asked.some((other) => other.name === one.name)) &&
      concerned.every((result) =>
        result.report.status !== "error"
      );
    const idle = complete && !results.some((result) => result.matchedRules.has(rule));
    const expired = hasExpired(rule, now);
    if (!expired && !idle) continue;
    const isForNone = !config.environments.some((one) => about(one.name)) && !config.shard?.others.some(about);
    const warning = { severity: "warning" as const, ...ruleWarning(rule, expired, isForNone) };
    for (const { report } of isForNone ? results : concerned) report.warnings.push(warning);
  }
}

function ruleWarning(rule: AcceptRule, expired: boolean, isForNone: boolean): { summary: string; detail: string } {
  const name = `accept rule for "${rule.path}" of ${rule.address}`;
  if (isForNone) {
    return {
      summary: `The ${name} is for environment "${rule.env}", which there is not`,
      detail: `Correct its "env", or remove it. Its reason was: ${rule.reason}`,
    };
  }
  return expired
    ? {
      summary: `The ${name} has expired on ${rule.until}`,
      detail: `It no longer applies. Its reason was: ${rule.reason}`,
    }
    : {
      summary: `The ${name} matches nothing`,
      detail: `Remove it if it is no longer needed. Its reason was: ${rule.reason}`,
    };
}

/**
 * The report with paths and actions only, for `"values": "hide"`: no value of an attribute or output, no label or note
 * stays. What Terraform and providers say is left out where it arises, in the check.
 */
export function hideValues(report: DriftReport): DriftReport {
  const change = <T extends EnvironmentReport["changes"][number]>({ label: _label, note: _note, ...rest }: T) => ({
    ...rest,
    attributes: rest.attributes.map(({ previous, ...attribute }) => ({
      ...attribute,
      expected: HIDDEN,
      actual: HIDDEN,
      ...(previous === undefined ? {} : { previous: HIDDEN }),
    })),
  });
  return {
    ...report,
    environments: report.environments.map((environment) => ({
      ...environment,
      changes: environment.changes.map(change),
      accepted: environment.accepted.map(change),
      observed: environment.observed.map(change),
      bookkeeping: environment.bookkeeping.map(change),
      outputs: environment.outputs.map((output) => ({ ...output, expected: HIDDEN, actual: HIDDEN })),
    })),
  };
}
