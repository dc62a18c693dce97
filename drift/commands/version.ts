/**
 * The command `version`.
 *
 * @module
 */

import type { CliOptions } from "../cli/parse.ts";
import type { World } from "../world.ts";

/** Runs the command; gives the exit code. */
export async function run(_: CliOptions, { print, version }: World): Promise<number> {
  await print(`pve-drift ${version}\n`);
  return 0;
}
