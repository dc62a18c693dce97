/**
 * The command `help`: everything, or one command.
 *
 * @module
 */

import { commandUsage, usage } from "../cli/help.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { World } from "../world.ts";

/** Runs the command; gives the exit code. */
export async function run({ words: [command] }: CliOptions, { print, view }: World): Promise<number> {
  await print(command === undefined ? usage(view.columns) : commandUsage(command, view.columns));
  return 0;
}
