/**
 * All environments: bounded in number, each with its own deadline, all under the run's; then the report.
 *
 * @module
 */

import { join } from "node:path";
import type { Config, Environment } from "../config/config.ts";
import { layoutWarnings } from "../config/discovery.ts";
import type { Diagnostic, DriftReport } from "../report.ts";
import type { StopReason } from "../terraform/obstacle.ts";
import type { FailOn } from "../verdict/verdict.ts";
import type { World } from "../world.ts";
import { acceptWarnings } from "./accept_warnings.ts";
import { buildReport, newRunId } from "./build_report.ts";
import type { Clusters } from "./clusters.ts";
import { type CheckDeps, checkEnvironment } from "./check.ts";
import type { CheckResult } from "./check_result.ts";
import type { Looked } from "./looks.ts";
import type { Progress } from "./progress.ts";
import type { RunSignals } from "./signals.ts";
import { givenUp, notChecked } from "./unchecked.ts";
import { serialize, startDeadline, withGracePeriod } from "./time_limits.ts";

/** What a run needs of the process it runs in. */
export interface RunDeps {
  /** The process and its machine. */
  world: Pick<World, "env" | "uid" | "gid" | "host" | "version" | "now" | "isLive">;
  /** The operator's wish to stop; `interrupt` aborts with the {@linkcode StopReason} `interrupted`. */
  signals: Pick<RunSignals, "interrupt" | "kill">;
  /** Where to show how far it is. */
  progress: Progress;
  /** Waits before each retry of a transient error, in milliseconds. */
  retryDelays?: number[];
  /** Which drift makes the exit code 2. Default: any. */
  failOn?: FailOn;
  /** Remember nothing: for `doctor`. */
  isTrial?: boolean;
  /** Plan only what has changed since its last verdict, as far as a look can tell. */
  isIfChanged?: boolean;
  /** Hears what came of each look. */
  onLook?: (environment: string, looked: Looked) => void;
  /** Hears of each check that ended. */
  onResult?: (result: CheckResult) => void;
}

/** Checks the asked environments side by side and builds the report, in the order asked. */
export async function runChecks(config: Config, asked: Environment[], deps: RunDeps): Promise<DriftReport> {
  const { world, signals, progress } = deps;
  const startedAt = new Date(world.now()).toISOString();
  const runId = newRunId(startedAt);
  const runs = join(config.stateDir, "run");
  // Left behind by a run that was killed: the run lock is ours, so nobody is using them.
  await removeRuns(runs);
  const runTimer = new AbortController();
  const runTimeout = setTimeout(() => runTimer.abort("run-timeout" satisfies StopReason), config.runTimeoutMs);
  using clusters = await openedClusters(config, asked, deps);
  const check = checker(config, { ...deps, runDir: join(runs, runId), runTimer: runTimer.signal, clusters });
  const results: CheckResult[] = new Array(asked.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < asked.length; i = next++) {
      const environment = asked[i]!;
      const over = signals.interrupt.aborted ? "interrupted" : runTimer.signal.aborted ? "run-timeout" : undefined;
      if (over) {
        results[i] = await notChecked(environment, over, { stateDir: config.stateDir, now: world.now });
      } else {
        results[i] = await check(environment);
        progress.done(environment.name, results[i]!.report.status);
        deps.onResult?.(results[i]!);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(config.concurrency, asked.length) }, worker));
  } finally {
    clearTimeout(runTimeout);
    progress.close();
    await removeRuns(runs);
  }
  const rules = acceptWarnings(config, asked, results, world.now());
  const folders = layoutWarnings(config.passedOver, config.root).map((one): Diagnostic => ({
    severity: "warning",
    ...one,
  }));
  const terraform = results.find((result) => result.terraform)?.terraform;
  const { proxmox, environments } = await clusters?.conclude(results) ??
    { proxmox: [], environments: results.map(({ report }) => report) };
  return buildReport({
    runId,
    startedAt,
    environments: environments.map((report, at) =>
      report.skipped ? report : { ...report, warnings: [...report.warnings, ...rules[at]!, ...folders] }
    ),
    configured: config.environments.map((environment) => environment.name),
    ...(config.shard ? { shard: config.shard } : {}),
    clusters: config.clusters.map(({ name }) => name),
    proxmox,
    dryRun: false,
    host: world.host,
    toolVersion: world.version,
    finishedAt: new Date(world.now()).toISOString(),
    ...(terraform ? { terraform } : {}),
    ...(deps.failOn ? { failOn: deps.failOn } : {}),
  });
}

/** Checks one environment after the other, or several at a time, each until its own deadline or the run's end. */
function checker(
  config: Config,
  deps: RunDeps & { runDir: string; runTimer: AbortSignal; clusters: Clusters | undefined },
) {
  const { world: { env, now, isLive }, signals, progress, runDir, runTimer, clusters } = deps;
  const initsInTurn = serialize();
  return async (environment: Environment): Promise<CheckResult> => {
    const deadline = startDeadline(environment.timeoutMs);
    const stop = AbortSignal.any([deadline.signal, signals.interrupt, runTimer]);
    const started = now();
    const witness = clusters?.witnessOf(environment);
    try {
      const check = checkEnvironment(environment, {
        terraform: {
          ...config.terraform,
          bin: environment.bin ?? config.terraform.bin,
          env: { ...config.terraform.env, ...environment.env },
        },
        accept: config.accept,
        noise: config.noise,
        stateDir: config.stateDir,
        hideText: config.values === "hide",
        runDir,
        inherited: env,
        now,
        stop,
        kill: signals.kill,
        checkedWorkspaces: config.environments.filter(({ dir }) => dir === environment.dir)
          .map(({ workspace = "default" }) => workspace),
        // The time in which it waits for the init of another is not its own.
        initInTurn: (work) => {
          deadline.pause();
          return initsInTurn(() => {
            deadline.resume();
            return work();
          }, stop);
        },
        remainingMs: deadline.remainingMs,
        isWatched: isLive,
        progress: (step) => progress.update(environment.name, step),
        retryDelays: deps.retryDelays ?? [1_000, 5_000],
        isTrial: deps.isTrial ?? false,
        ...lookOf(environment, config, deps),
        ...(witness ? { witness } : {}),
        ...(clusters ? { runSecrets: clusters.secrets } : {}),
      });
      const instead = () => givenUp(environment, stop.reason, started, now());
      return await withGracePeriod(check, instead, stop, signals.kill);
    } finally {
      deadline.close();
    }
  };
}

/** How an environment is looked at before it is planned; nothing where neither a look is asked for nor one can be prepared. */
function lookOf(
  environment: Environment,
  config: Config,
  { clusters, isIfChanged = false, onLook, world }: RunDeps & { clusters: Clusters | undefined },
): Pick<CheckDeps, "look"> {
  const cluster = clusters?.lookOf(environment);
  if (!cluster && !isIfChanged) return {};
  return {
    async look(memory, salt) {
      if (!isIfChanged && !memory?.look) return undefined;
      const { lookBefore } = await import("./looks.ts");
      const looked = await lookBefore(environment, memory, salt, {
        isIfChanged,
        ...(cluster ? { cluster } : {}),
        bin: environment.bin ?? config.terraform.bin,
        path: environment.env?.PATH ?? config.terraform.env.PATH ?? world.env.PATH,
        planAtLeastMs: config.planAtLeastMs,
        now: world.now,
      });
      onLook?.(environment.name, looked);
      if (!looked.skipped) clusters?.begin(environment);
      return looked;
    },
  };
}

/** The clusters of a second witness, where there are some. A trial remembers nothing, and what it says is not told. */
async function openedClusters(
  config: Config,
  asked: Environment[],
  { world, signals, isTrial, isIfChanged = false }: RunDeps,
): Promise<Clusters | undefined> {
  if (isTrial || !asked.some(({ cluster }) => cluster)) return undefined;
  const { openClusters } = await import("./clusters.ts");
  return await openClusters(config, asked, { world, stop: signals.interrupt, isIfChanged });
}

/** Removes the folders of runs, and what they lie in where nothing else is there. */
async function removeRuns(runs: string): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(runs), ({ name }) => name).catch(() => []);
  const ours = names.filter((name) => /^\d{8}T\d{6}Z-[0-9a-f]{8}$/.test(name));
  await Promise.all(ours.map((name) => Deno.remove(join(runs, name), { recursive: true }).catch(() => {})));
  await Deno.remove(runs).catch(() => {});
}
