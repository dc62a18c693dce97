/**
 * The check of real environments.
 *
 * @module
 */

import { RunLockHeld } from "../../lib/run_lock.ts";
import type { CliOptions } from "../cli/parse.ts";
import { equip } from "../config/equip.ts";
import { loadConfig } from "../config/load.ts";
import { selectEnvironments } from "../config/select.ts";
import { deliver } from "../run/deliver.ts";
import { openSinks } from "../run/dispatch.ts";
import type { Looked } from "../run/looks.ts";
import { openProgress } from "../run/progress.ts";
import { runChecks } from "../run/run.ts";
import { installSignalHandlers } from "../run/signals.ts";
import { sinkHost } from "../run/sink_host.ts";
import { openStateDir } from "../run/state_dir.ts";
import { unwritableReport } from "../run/unwritable.ts";
import type { World } from "../world.ts";

/** Checks the asked environments; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const config = await loadConfig(cli, { environments: true, terraform: true, sinks: "configured" }, world);
  const asked = await equip(selectEnvironments(config, cli), config.terraform, world);
  using signals = installSignalHandlers();
  const { ifChanged: isIfChanged, json, quiet } = cli;
  await using state = await openStateDir(config, world, signals.interrupt, isIfChanged ? 0 : config.runTimeoutMs)
    .catch((error) => stepAside(error, isIfChanged, world));
  if (!state) return signals.exitCode(state === null ? 0 : 1);
  const sinks = await openSinks(config.sinks, sinkHost({ ...config, stateDir: state.path }, world, false));
  const report = state.problem === undefined
    ? await runChecks(config, asked, {
      ...{ world, signals, isIfChanged },
      progress: openProgress(world, quiet),
      onLook: (environment, looked) => logLook(world, environment, looked),
      ...cli.failOn ? { failOn: cli.failOn } : {},
    })
    : unwritableReport(config, asked, state.problem, world);
  return signals.exitCode(
    await deliver(report, sinks, world, {
      ...{ json, values: config.values, isIfChanged },
      surroundings: {
        failOn: cli.failOn,
        clusterOf: new Map(config.environments.flatMap(({ name, cluster }) => cluster ? [[name, cluster.name]] : [])),
      },
      stop: signals.giveUp(),
    }),
  );
}

/** A look does not wait for a run that is under way: it would see nothing new behind it. */
function stepAside(error: unknown, isIfChanged: boolean, { log }: World): null {
  if (!isIfChanged || !(error instanceof RunLockHeld)) throw error;
  log.info("Another run is under way: this look steps aside");
  return null;
}

/** In the journal, looks that found nothing are not worth a line each few minutes. */
function logLook({ log, isLive }: World, environment: string, { skipped, why }: Looked): void {
  const { debug, info } = log.under(environment);
  if (why !== undefined) (isLive ? info : debug)(why);
  if (skipped) (isLive || skipped.lookedAt === undefined ? info : debug)(`Not planned: ${skipped.reason}`);
}
