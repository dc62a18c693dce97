/**
 * The hidden command `__environments`: what completion scripts ask for.
 *
 * @module
 */

import type { CliOptions } from "../cli/parse.ts";
import { loadConfig } from "../config/load.ts";
import type { World } from "../world.ts";

/** Prints the names of the environments, one a line; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const { environments } = await loadConfig(cli, { environments: true, terraform: false, sinks: "none" }, world);
  await world.print(environments.map(({ name }) => `${name}\n`).join(""));
  return 0;
}
