/**
 * pve-drift.json as a file: where it is, whether it can be trusted, and what stands in it.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { refuseIfUntrusted } from "../../lib/ownership.ts";
import type { ConfigFile } from "./schema.ts";
import { UsageError } from "../usage_error.ts";

/** What the configuration is called, in whichever folder. */
export const CONFIG_NAME = "pve-drift.json";

/** The user's own folder of configuration; undefined where the environment names none. */
export function userConfigDir({ XDG_CONFIG_HOME, HOME }: Record<string, string>): string | undefined {
  if (XDG_CONFIG_HOME?.startsWith("/")) return join(XDG_CONFIG_HOME, "pve-drift");
  return HOME?.startsWith("/") ? join(HOME, ".config/pve-drift") : undefined;
}

/**
 * Finds the configuration: the one that is asked for, else the first of the working directory and the usual folders.
 *
 * @param asked Path as given on the command line.
 * @param folders The usual ones: the system's, the user's.
 * @returns Absolute path; nothing where nobody asked for one and there is none.
 * @throws {UsageError} Where it is missing though asked for, cannot be reached, or cannot be trusted.
 */
export async function findConfigFile(
  asked: string | undefined,
  cwd: string,
  folders: readonly string[],
  uid: number,
): Promise<string | undefined> {
  for (
    const path of asked === undefined
      ? [cwd, ...folders].map((folder) => join(folder, CONFIG_NAME))
      : [resolve(cwd, asked)]
  ) {
    try {
      await Deno.lstat(path);
    } catch (error) {
      if (asked === undefined && error instanceof Deno.errors.NotFound) continue;
      throw await unreadable(path, asked ?? path, error);
    }
    try {
      await refuseIfUntrusted(path, uid);
    } catch (error) {
      throw error instanceof Deno.errors.NotFound
        ? await unreadable(path, asked ?? path, error)
        : new UsageError(messageOf(error));
    }
    return path;
  }
  return undefined;
}

/**
 * Reads the configuration, which loads the schema library.
 *
 * @param named Its path as the user gave it, for messages.
 * @throws {UsageError} Where it cannot be read, or with everything that is wrong with it.
 */
export async function readConfigFile(path: string, named = path): Promise<ConfigFile> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw await unreadable(path, named, error);
  }
  return (await import("./schema.ts")).parseConfigFile(text, named);
}

/**
 * Refuses to write a configuration into the folder of an environment: those are the operator's.
 *
 * @param file Absolute path of the configuration.
 * @throws {UsageError} that names the environment.
 */
export async function refuseEnvironmentsFolder(
  file: string,
  environments: readonly { name: string; dir: string }[],
): Promise<void> {
  const folder = await Deno.realPath(dirname(file)).catch(() => dirname(file));
  for (const { name, dir } of environments) {
    if (await Deno.realPath(dir).catch(() => dir) !== folder) continue;
    throw new UsageError(
      `Cannot write "${file}": that is the folder of environment "${name}"; leave --config out, or name a file elsewhere`,
    );
  }
}

async function unreadable(path: string, named: string, error: unknown): Promise<UsageError> {
  const isBarred = error instanceof Deno.errors.PermissionDenied;
  const cure = isBarred ? await (await import("../../lib/access.ts")).wayIn(path, "read") : undefined;
  return new UsageError(`Cannot read config "${named}": ${messageOf(error)}${cure === undefined ? "" : `; ${cure}`}`);
}
