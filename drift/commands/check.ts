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
import { lockStateDir } from "../run/state_lock.ts";
import type { World } from "../world.ts";

/** Checks the asked environments; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const config = await loadConfig(cli, { environments: true, terraform: true, sinks: "configured" }, world);
  const asked = await equip(selectEnvironments(config, cli), config.terraform, world);
  using signals = installSignalHandlers();
  const lock = await lockStateDir(config, world, signals.interrupt);
  if (!lock) return signals.exitCode(1);
  try {
    const sinks = await openSinks(config.sinks, sinkHost(config, world, false));
    const report = await runChecks(config, asked, { world, signals, progress: openProgress(world, cli.quiet) });
    const { json } = cli;
    return signals.exitCode(
      await deliver(report, sinks, world, { json, values: config.values, stop: signals.giveUp() }),
    );
  } finally {
    lock.release();
  }
}
