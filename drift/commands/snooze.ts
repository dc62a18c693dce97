/**
 * The command `snooze`: what is known at an address stays out of messages for a while.
 *
 * @module
 */

import { howToWrite } from "../../lib/access.ts";
import { formatDuration } from "../../lib/duration.ts";
import { many } from "../../lib/many.ts";
import { messageOf } from "../../lib/message_of.ts";
import { hintAt } from "../../lib/nearest.ts";
import { shellWord } from "../../lib/shell_word.ts";
import { visible } from "../../lib/visible.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { memoryOf } from "../run/memory.ts";
import { isActive, type SnoozedFinding } from "../run/snooze.ts";
import { SnoozeFiles } from "../run/snooze_files.ts";
import { snoozeLines } from "../run/snooze_list.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

/** What the command needs of the configuration. */
export type SnoozeConfig = Pick<Config, "environments" | "stateDir">;

/** What the command is asked for. */
export type SnoozeWords = Pick<CliOptions, "words" | "forMs" | "reason">;

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const config = await loadConfig(cli, { environments: true, terraform: false, sinks: "none" }, world);
  return await runSnooze(cli, config, world);
}

/**
 * `ENV ADDRESS` snoozes what the last check knew there, `list` lists what is snoozed, `end ENV ADDRESS` ends it.
 *
 * @returns 0
 * @throws {UsageError} where the environment or the address is not known, or it is not said for how long
 */
export async function runSnooze(
  { words, forMs, reason }: SnoozeWords,
  config: SnoozeConfig,
  world: Pick<World, "now" | "print">,
): Promise<number> {
  const [first = "", ...rest] = words;
  if (words.length === 1) return await list(config, world);
  const isEnd = words.length === 3;
  if (isEnd && (forMs ?? reason) !== undefined) {
    throw new UsageError('Options "--for" and "--reason" say how to begin a snooze: leave them out to end one');
  }
  const [environment = "", address = ""] = isEnd ? rest : words;
  refuseUnknown(environment, config);
  const files = new SnoozeFiles(config.stateDir, environment);
  if (isEnd) return await end(environment, address, files, world);
  if (forMs === undefined) {
    const line = `pve-drift snooze ${shellWord(first)} ${shellWord(address)} --for 3d`;
    throw new UsageError(`Command "snooze" must know for how long: ${line}`);
  }
  const findings = await knownAt(environment, address, config, world.now);
  const since = new Date(world.now()).toISOString();
  const until = new Date(world.now() + forMs).toISOString();
  try {
    await files.save({ version: 1, address, since, until, ...reason === undefined ? {} : { reason }, findings });
  } catch (error) {
    throw new Error(
      `Cannot write the snooze: ${messageOf(error)}; ${await howToWrite(
        config.stateDir,
      )}, or run this as the user who checks`,
      { cause: error },
    );
  }
  const what = `${many(findings.length, "finding")} at ${shellWord(address)} in ${environment}`;
  await world.print(visible(`Messages leave out ${what} until ${until} (${formatDuration(forMs)})`) + "\n");
  return 0;
}

function refuseUnknown(name: string, { environments }: SnoozeConfig): void {
  const names = environments.map((one) => one.name);
  if (names.includes(name)) return;
  const known = names.length === 0 ? "there are none" : `known are ${names.join(", ")}`;
  throw new UsageError(`Unknown environment "${name}": ${hintAt(name, names)}${known}`);
}

/** What the last check knew at an address. */
async function knownAt(
  environment: string,
  address: string,
  { stateDir }: SnoozeConfig,
  now: () => number,
): Promise<SnoozedFinding[]> {
  const { memory, problem } = await memoryOf(environment, { stateDir, now, isTrial: true }).load();
  if (problem) throw new Error(problem);
  if (!memory) {
    throw new UsageError(
      `Nothing is known of environment "${environment}" yet: check it first, pve-drift --env ${environment}`,
    );
  }
  const findings = memory.findings.filter((one) => one.address === address);
  if (findings.length === 0) {
    const addresses = [...new Set(memory.findings.map((one) => one.address))];
    const known = addresses.length === 0
      ? "the last check found nothing that could be snoozed"
      : `the last check found something at ${addresses.map(shellWord).join(" ")}`;
    throw new UsageError(
      `Nothing is known at "${address}" in environment "${environment}": ${hintAt(address, addresses)}${known}`,
    );
  }
  return findings.map(({ action, origin, path, hash }) => ({
    action,
    origin,
    ...path === undefined ? {} : { path },
    hash,
  }));
}

async function end(
  environment: string,
  address: string,
  files: SnoozeFiles,
  { now, print }: Pick<World, "now" | "print">,
): Promise<number> {
  const { snoozes } = await files.load({ now: now(), isReadOnly: true });
  const addresses = snoozes.filter((one) => isActive(one, now())).map((one) => one.address);
  if (!addresses.includes(address)) {
    const known = addresses.length === 0
      ? "nothing is snoozed there"
      : `snoozed there is ${addresses.map(shellWord).join(" ")}`;
    throw new UsageError(
      `No snooze of "${address}" in environment "${environment}": ${hintAt(address, addresses)}${known}`,
    );
  }
  await files.remove(address);
  await print(visible(`Messages tell of ${shellWord(address)} in ${environment} again`) + "\n");
  return 0;
}

async function list(config: SnoozeConfig, { now, print }: Pick<World, "now" | "print">): Promise<number> {
  const lines = await snoozeLines(config, now());
  await print(`${lines.length > 0 ? lines.join("\n") : "Nothing is snoozed"}\n`);
  return 0;
}
