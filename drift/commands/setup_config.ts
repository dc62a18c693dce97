/**
 * The configuration as `setup` finds it.
 *
 * @module
 */

import { dirname } from "node:path";
import { refuseIfUntrusted } from "../../lib/ownership.ts";
import { regularFile } from "../../lib/settings_file.ts";
import type { ConfigFile } from "../config/schema.ts";
import { UsageError } from "../usage_error.ts";
import type { Setup } from "./setup_step.ts";

/** What stands in a configuration. */
export interface FoundConfig {
  /** As it stands there. */
  text: string;
  /** As it is read. */
  raw: ConfigFile;
}

/** Everybody may read a configuration: secrets stand elsewhere. */
export const CONFIG_MODE = 0o644;

/**
 * Reads the configuration; nothing where there is none.
 *
 * @throws {UsageError} Where it is wrong.
 * @throws {Error} Where it is a link, cannot be read or cannot be trusted.
 */
export async function readConfig({ places, world }: Pick<Setup, "places" | "world">): Promise<FoundConfig | undefined> {
  const { config } = places;
  if (await regularFile(config) === undefined) return undefined;
  await refuseIfUntrusted(config, world.uid).catch((error) => {
    throw new UsageError((error as Error).message);
  });
  const text = await Deno.readTextFile(config);
  return { text, raw: (await import("../config/schema.ts")).parseConfigFile(text, config) };
}

/** Makes the folder of a file, and those above it, where they are missing; the umask takes its part of the mode. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const folder = dirname(path);
  try {
    await Deno.mkdir(folder, { recursive: true, mode });
  } catch (cause) {
    throw new Error(`Cannot make folder "${folder}": ${(cause as Error).message}`, { cause });
  }
}
