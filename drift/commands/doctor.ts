/**
 * The command `doctor`: what would keep a check from working, and what to do about it. It tries what a check does: each
 * environment is planned once, nothing is remembered, each sink is asked and nothing is delivered.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { messageOf } from "../../lib/message_of.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { Config, Environment } from "../config/config.ts";
import { equip } from "../config/equip.ts";
import { loadConfig } from "../config/load.ts";
import { selectEnvironments } from "../config/select.ts";
import { openProgress } from "../run/progress.ts";
import { installSignalHandlers } from "../run/signals.ts";
import { sinkHost } from "../run/sink_host.ts";
import { lockHolder } from "../run/state_dir.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";
import { aboutClock } from "./doctor_clock.ts";
import type { DoctorDeps } from "./doctor_deps.ts";
import { aboutEnvironments, aboutNothing } from "./doctor_environments.ts";
import { aboutPrograms } from "./doctor_programs.ts";
import { aboutSinks } from "./doctor_sinks.ts";
import { openTrialState } from "./doctor_state.ts";
import { type DoctorFinding, render } from "./doctor_text.ts";

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const config = await loadConfig(cli, { environments: true, terraform: true, sinks: "configured" }, world);
  if (cli.dryRun) throw new UsageError('Command "doctor" has no "--dry-run": it sends and remembers nothing as it is');
  const isEmpty = config.environments.length === 0 && cli.env.length === 0 && !config.shard;
  const asked = isEmpty
    ? []
    : await equip(selectEnvironments(config, { env: cli.env, all: cli.env.length === 0 }), config.terraform, world);
  using signals = installSignalHandlers();
  return signals.exitCode(
    await runDoctor(config, asked, {
      run: { world, signals },
      // Its own lines say how each environment fared: besides only what will be erased again.
      openProgress: () => openProgress(world, cli.quiet || !world.isLive),
      sinks: sinkHost(config, world, false),
      holder: lockHolder(world),
      print: world.print,
    }),
  );
}

/**
 * Looks at everything that a check of these environments needs, and prints a line for each thing as soon as it is known.
 *
 * @returns 0 where a check can succeed and every sink would deliver, else 1
 */
export async function runDoctor(config: Config, asked: Environment[], deps: DoctorDeps): Promise<number> {
  const counts = { ok: 0, warning: 0, failed: 0 };
  const tell = async (...findings: DoctorFinding[]) => {
    for (const finding of findings) {
      counts[finding.state]++;
      await deps.print(render(finding, deps.sinks.view));
    }
  };
  const { interrupt } = deps.run.signals;
  await tell({
    state: "ok",
    text: config.file
      ? `Configuration: "${config.file}"`
      : `Configuration: none, environments are below "${config.root}"`,
  });
  await using state = await openTrialState(config, deps);
  await tell(state.finding);
  const programs = await aboutPrograms(config, asked, deps);
  await tell(...programs);
  if (programs.every(({ state }) => state === "failed") || state.finding.state === "failed") {
    await tell({ state: "warning", text: "Environments: not looked at, since what they need is missing" });
  } else if (config.environments.length === 0 && !config.shard) {
    await tell(aboutNothing(config));
  } else if (!interrupt.aborted) {
    await tell(...await aboutEnvironments({ ...config, stateDir: state.stateDir }, asked, deps));
  }
  await tell(...await aboutSnoozes(config, deps));
  const clocks: Record<string, number> = {};
  if (!interrupt.aborted) await tell(...await aboutSinks(config, state.stateDir, deps, clocks));
  if (!interrupt.aborted) await tell(...await aboutWitnesses(config, deps, clocks));
  if (!interrupt.aborted) await tell(await aboutClock(config.stateDir, clocks, deps.run.world.now));
  if (interrupt.aborted) return 1;
  await deps.print(`\n${conclusion(counts)}\n`);
  return counts.failed > 0 ? 1 : 0;
}

/** What messages leave out, and may be looked for in vain. */
async function aboutSnoozes(config: Config, { run }: DoctorDeps): Promise<DoctorFinding[]> {
  const { snoozeLines } = await import("../run/snooze_list.ts");
  try {
    return (await snoozeLines(config, run.world.now())).map((line) => ({ state: "ok", text: `Snoozed: ${line}` }));
  } catch (error) {
    return [{ state: "warning", text: messageOf(error) }];
  }
}

/** Loaded only where there is one. */
async function aboutWitnesses(
  { clusters }: Config,
  { run }: DoctorDeps,
  clocks: Record<string, number>,
): Promise<DoctorFinding[]> {
  if (clusters.length === 0) return [];
  const { aboutWitness } = await import("./doctor_witness.ts");
  return (await Promise.all(clusters.map((one) => aboutWitness(one, run.world, run.signals.interrupt, clocks)))).flat();
}

/** How many problems and warnings there are, and what that means. */
function conclusion({ failed, warning }: Record<DoctorFinding["state"], number>): string {
  const warnings = warning > 0 ? many(warning, "warning") : "";
  if (failed === 0) return `Checks can succeed${warnings && ` (${warnings})`}`;
  return `${many(failed, "problem")}${warnings && `, ${warnings}`}: checks cannot succeed yet`;
}
