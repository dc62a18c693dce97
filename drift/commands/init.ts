/**
 * The command `init`: writes a first configuration from what it sees, asks nothing and overwrites nothing.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { writeNewFile } from "../../lib/new_file.ts";
import type { CliOptions } from "../cli/parse.ts";
import { CONFIG_NAME, refuseEnvironmentsFolder, userConfigDir } from "../config/file.ts";
import { configText, type FirstConfig, firstConfig, type SeenEnvironment } from "../config/first_config.ts";
import { SYSTEM } from "../config/load.ts";
import { seenNearby } from "../config/nearby.ts";
import { noneThere, toldInLines } from "../config/select.ts";
import {
  lookInto,
  notesOn,
  rootOf,
  seeEnvironments,
  type SeenPrograms,
  seePrograms,
  seeSinks,
  warningsOf,
} from "../run/first_look.ts";
import { installSignalHandlers } from "../run/signals.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

/** Everybody may read it: secrets stand elsewhere. */
const MODE = 0o644;

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const { file, others } = placesOf(cli.config, world);
  for (const place of [file, ...others]) await refuseIfThere(place);
  const root = await rootOf(cli.root, world.cwd);
  const found = await seeEnvironments(root, world.cwd, cli.root);
  if (found.environments.length === 0) {
    const nearby = await seenNearby(root, cli.root, world.cwd);
    throw new UsageError(toldInLines(noneThere({ passedOver: found.passedOver, nearby })));
  }
  await refuseEnvironmentsFolder(file, found.environments);
  using signals = installSignalHandlers();
  const programs = await seePrograms(world);
  const seen = await lookInto(found, root, programs, world, signals.interrupt);
  const sinks = await seeSinks(world, signals.interrupt);
  const config = firstConfig(root, seen, programs, sinks.flatMap(({ entry }) => entry ?? []));
  if (signals.interrupt.aborted) return signals.exitCode(1);
  await writeNewFile(file, configText(config), MODE);
  const isFound = cli.config === undefined || file === join(world.cwd, CONFIG_NAME);
  const next = `Next: pve-drift doctor${isFound ? "" : ` --config ${file}`}`;
  const warnings = warningsOf(found.passedOver, root);
  await world.print(
    [...story(file, config, seen, programs, sinks.map(({ why }) => why), warnings), next, ""].join("\n"),
  );
  return signals.exitCode(0);
}

/** Where to write, and the places that a run would take a configuration from all the same. */
function placesOf(asked: string | undefined, { cwd, uid, env }: World): { file: string; others: string[] } {
  if (asked !== undefined) return { file: resolve(cwd, asked), others: [] };
  const own = userConfigDir(env);
  const folder = uid === 0 ? SYSTEM.config : own;
  if (folder === undefined) {
    throw new UsageError("Cannot tell where to write: name a file with --config FILE, or set HOME");
  }
  const others = [cwd, SYSTEM.config, ...own === undefined ? [] : [own]].map((folder) => join(folder, CONFIG_NAME));
  return { file: join(folder, CONFIG_NAME), others };
}

async function refuseIfThere(file: string): Promise<void> {
  if (!await Deno.lstat(file).then(() => true, () => false)) return;
  throw new UsageError(
    `Cannot write a first configuration: there is one, "${file}"; name another file with --config FILE`,
  );
}

function story(
  file: string,
  config: FirstConfig,
  seen: SeenEnvironment[],
  programs: SeenPrograms,
  sinks: string[],
  warnings: string[],
): string[] {
  const entries = Object.keys(config.environments ?? {});
  const names = entries.length > 0 ? entries : seen.map(({ name }) => name);
  const program = config.terraform?.bin ?? "terraform";
  const isInstalled = program === "tofu" ? programs.tofu : programs.terraform;
  return [
    `Wrote "${file}"`,
    `Root: "${config.root}"`,
    `Environments: ${names.map((name) => `"${name}"`).join(", ")}`,
    ...notesOn(seen).map((note) => `  ${note}`),
    `Program: ${program}${isInstalled ? "" : ", which is not on the PATH: install it"}`,
    ...sinks,
    ...warnings.map((warning) => `Warning: ${warning}`),
  ];
}
