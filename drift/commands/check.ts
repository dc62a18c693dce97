/**
 * The check of real environments.
 *
 * @module
 */

import type { CliOptions } from "../cli/parse.ts";
import { equip } from "../config/equip.ts";
import { loadConfig } from "../config/load.ts";
import { selectEnvironments } from "../config/select.ts";
import { deliver } from "../run/deliver.ts";
import { openSinks } from "../run/dispatch.ts";
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
  await using state = await openStateDir(config, world, signals.interrupt);
  if (!state) return signals.exitCode(1);
  const sinks = await openSinks(config.sinks, sinkHost({ ...config, stateDir: state.path }, world, false));
  const report = state.problem === undefined
    ? await runChecks(config, asked, {
      world,
      signals,
      progress: openProgress(world, cli.quiet),
      ...cli.failOn ? { failOn: cli.failOn } : {},
    })
    : unwritableReport(config, asked, state.problem, world);
  return signals.exitCode(
    await deliver(report, sinks, world, {
      json: cli.json,
      values: config.values,
      surroundings: {
        failOn: cli.failOn,
        clusterOf: new Map(config.environments.flatMap(({ name, cluster }) => cluster ? [[name, cluster.name]] : [])),
      },
      stop: signals.giveUp(),
    }),
  );
}
