/**
 * The environments there are: what the configuration says of each, and what discovery finds.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { environmentName } from "../../lib/names.ts";
import type { Config, Environment } from "./config.ts";
import { environmentFolders } from "./environment_folders.ts";
import type { ConfigFile } from "./schema.ts";
import { UsageError } from "../usage_error.ts";

/** Where environments are looked for, and how long a check of one may take. */
export interface EnvironmentPlace {
  /** Absolute folder whose sub-folders are the environments. */
  root: string;
  /** Absolute folder that holds the configuration file. */
  base: string;
  /** The most time for a check, in milliseconds, given what the environment's own entry says. */
  timeoutMs: (own?: number) => number;
}

/**
 * Every environment, in the file's order or sorted by name, and the folders below root that are none.
 *
 * @throws {UsageError} Where root cannot be read.
 */
export async function environmentsOf(
  entries: ConfigFile["environments"],
  place: EnvironmentPlace,
): Promise<Pick<Config, "environments" | "unlisted">> {
  const folders = await environmentFolders(place.root).catch((error) => {
    throw new UsageError(`Cannot look for environments in "${place.root}": ${(error as Error).message}`);
  });
  return entries === undefined ? discovered(folders, place) : await listed(entries, folders, place);
}

function discovered(
  folders: string[],
  { root, timeoutMs }: EnvironmentPlace,
): Pick<Config, "environments" | "unlisted"> {
  const environments = folders.filter((name) => environmentName.test(name)).map((name): Environment => ({
    name,
    dir: join(root, name),
    varFiles: [],
    backendConfig: [],
    timeoutMs: timeoutMs(),
  }));
  return { environments, unlisted: folders.filter((name) => !environmentName.test(name)) };
}

type Entry = Exclude<NonNullable<ConfigFile["environments"]>[string], false>;

async function listed(
  entries: NonNullable<ConfigFile["environments"]>,
  folders: string[],
  place: EnvironmentPlace,
): Promise<Pick<Config, "environments" | "unlisted">> {
  const wanted = Object.entries(entries).filter((entry): entry is [string, Entry] => entry[1] !== false);
  const environments = await Promise.all(wanted.map(([name, entry]) => fromEntry(name, entry, place)));
  const known = new Set([
    ...environments.map(({ dir }) => dir),
    ...Object.keys(entries).map((name) => join(place.root, name)),
  ]);
  return { environments, unlisted: folders.filter((name) => !known.has(join(place.root, name))) };
}

async function fromEntry(name: string, entry: Entry, place: EnvironmentPlace): Promise<Environment> {
  const dir = entry.dir === undefined ? join(place.root, name) : await folderOf(entry.dir, place);
  return {
    name,
    dir,
    varFiles: (entry.varFiles ?? []).map((path) => resolve(dir, path)),
    backendConfig: await Promise.all((entry.backendConfig ?? []).map((setting) => backendSetting(dir, setting))),
    ...entry.workspace === undefined ? {} : { workspace: entry.workspace },
    timeoutMs: place.timeoutMs(entry.timeout),
  };
}

/** A folder's name as people mean it: below root, or else from where the configuration file is. */
async function folderOf(dir: string, { root, base }: EnvironmentPlace): Promise<string> {
  const isFolder = (path: string) => Deno.stat(path).then((info) => info.isDirectory, () => false);
  const [below, beside] = [resolve(root, dir), resolve(base, dir)];
  return !await isFolder(below) && await isFolder(beside) ? beside : below;
}

/** An absolute path where the setting names a file, else `key=value` as it stands. */
async function backendSetting(dir: string, setting: string): Promise<string> {
  const path = resolve(dir, setting);
  if (!setting.includes("=")) return path;
  return await Deno.lstat(path).then(() => path, () => setting);
}
