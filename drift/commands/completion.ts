/**
 * The command `completion`: the completion script of a shell.
 *
 * @module
 */

import { completion } from "../cli/completion.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { World } from "../world.ts";

/** Runs the command; gives the exit code. */
export async function run({ words: [shell] }: CliOptions, { print }: World): Promise<number> {
  await print(completion(shell!));
  return 0;
}
