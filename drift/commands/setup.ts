/**
 * The command `setup`: leads from an installed program to the first check, a step at a time. It shows what it would write
 * and asks before it does, keeps what is there, and ends with `doctor`.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { CliOptions } from "../cli/parse.ts";
import { readSpec, sinkProblems } from "../config/sink_entries.ts";
import { installSignalHandlers } from "../run/signals.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";
import { access } from "./setup_access.ts";
import { Stopped, terminalDialog, unattendedDialog } from "./setup_dialog.ts";
import { doctor, firstCheck } from "./setup_doctor.ts";
import { environments } from "./setup_environments.ts";
import { login } from "./setup_login.ts";
import { realMachine } from "./setup_machine.ts";
import { setupPlaces } from "./setup_places.ts";
import { program } from "./setup_program.ts";
import type { Setup, SetupStep } from "./setup_step.ts";
import { telegram } from "./setup_telegram.ts";
import { timer } from "./setup_timer.ts";
import { witness } from "./setup_witness.ts";

/** The steps, in their order: a new one is its file, a name in commands/table.ts and a row here. */
const STEPS: Record<CliOptions["skip"][number], SetupStep> = {
  environments,
  access,
  program,
  login,
  witness,
  telegram,
  timer,
};

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  refuseWrongOptions(cli);
  if (!cli.yes && !(Deno.stdin.isTerminal() && Deno.stdout.isTerminal())) {
    throw new UsageError(
      'Command "setup" asks in a terminal, and this is none: run it in one, or give "--yes" and what it needs as options',
    );
  }
  using signals = installSignalHandlers();
  const stop = signals.interrupt;
  const dialog = cli.yes ? unattendedDialog(world) : await terminalDialog(world, stop);
  const places = setupPlaces(cli.config, world);
  const setup: Setup = { cli, dialog, places, machine: realMachine, world, readFile, stop };
  try {
    const steps = Object.entries(STEPS).filter(([name, { isOfService }]) =>
      !cli.skip.some((skipped) => skipped === name) && (places.isService || !isOfService)
    );
    return signals.exitCode(await runSetup(steps, setup));
  } catch (error) {
    if (error instanceof Stopped || stop.aborted) {
      await dialog.title("Stopped");
      await dialog.say("What was written is whole, and stays. Run setup again to go on.");
      return signals.exitCode(130);
    }
    throw error;
  }
}

/** Runs the steps, says what only root can do, and calls the doctor. Gives the exit code. */
async function runSetup(steps: [name: string, step: SetupStep][], setup: Setup): Promise<number> {
  const { dialog, stop } = setup;
  if (dialog.isUnattended) await refuseIfMissing(steps, setup);
  await introduce(setup);
  const forRoot: string[] = [];
  let checksNow = false;
  for (const [index, [, step]] of steps.entries()) {
    if (stop.aborted) throw new Stopped();
    await dialog.title(`${index + 1}/${steps.length} ${step.title}`);
    const end = await step.run(setup);
    forRoot.push(...end.forRoot ?? []);
    checksNow ||= end.checksNow ?? false;
  }
  if (setup.world.uid !== 0 && forRoot.length > 0) {
    await dialog.title("For root");
    await dialog.say(
      'These lines need root. They make the service check the same; so does "pve-drift setup", run by root:',
    );
    await dialog.show(forRoot);
  }
  await dialog.title("Doctor: what a check would meet now");
  const code = await doctor(setup);
  if (stop.aborted) throw new Stopped();
  if (checksNow) await firstCheck(setup, code === 0);
  return code;
}

async function introduce({ dialog, places, world }: Setup): Promise<void> {
  const whose = places.isService
    ? "checks by the service"
    : `checks of your own${world.uid === 0 ? "" : "; as root it sets up the service"}`;
  await dialog.say(
    `This sets up ${whose}. It asks before it writes anything, keeps what is there, and can be run again. Ctrl-C leaves.`,
  );
}

/** All that is missing at once, before anything is written. */
async function refuseIfMissing(steps: [name: string, step: SetupStep][], setup: Setup): Promise<void> {
  const missing: string[] = [];
  for (const [name, step] of steps) {
    const wanted = await step.missing?.(setup) ?? [];
    missing.push(...wanted.map((one) => `${one}${name === "environments" ? "" : ` (or --skip ${name})`}`));
  }
  if (missing.length === 0) return;
  throw new UsageError(['Cannot set up with "--yes" alone: give also', ...missing].join("\n"));
}

function refuseWrongOptions({ sinks, loginFile, telegramTokenFile, proxmoxTokenFile }: CliOptions): void {
  const other = sinks.find((spec) => !/^\+?telegram(?:\?|$)/.test(spec));
  if (other !== undefined) {
    throw new UsageError(
      `Option "--sink" of "setup" must be "+telegram?key=value", got "${other}": name other sinks in the configuration`,
    );
  }
  for (const spec of sinks) {
    try {
      const [problem] = sinkProblems(readSpec(spec.replace(/^\+/, "")));
      if (problem) throw new Error(`"${problem[0]}" ${problem[1]}`);
    } catch (error) {
      throw new UsageError(`Cannot use sink "+telegram": ${messageOf(error)}`);
    }
  }
  if ([loginFile, telegramTokenFile, proxmoxTokenFile].filter((file) => file === "-").length > 1) {
    throw new UsageError(
      'Only one of "--login-file", "--telegram-token-file" and "--proxmox-token-file" can be standard input',
    );
  }
}

async function readFile(path: string): Promise<string> {
  if (path === "-") {
    if (Deno.stdin.isTerminal()) {
      throw new UsageError('"-" is standard input, and that is a terminal: use a pipe or a file');
    }
    return await new Response(Deno.stdin.readable).text();
  }
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read "${path}": ${(error as Error).message}`);
  }
}
