/**
 * The environments there are: what the configuration says of each, and what discovery finds.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import type { Config, Environment } from "./config.ts";
import { discover, type Discovery, type PassedOver, refuseSameNames } from "./discovery.ts";
import { scanFolders } from "./folder_scan.ts";
import { missingSubmodules } from "./submodules.ts";
import type { ConfigFile } from "./schema.ts";
import { UsageError } from "../usage_error.ts";

/** Where environments are looked for, and how long a check of one may take. */
export interface EnvironmentPlace {
  /** Absolute folder at and below which the environments are. */
  root: string;
  /** Absolute folder that holds the configuration file. */
  base: string;
  /** The most time for a check, in milliseconds, given what the environment's own entry says. */
  timeoutMs: (own?: number) => number;
}

/** The entries of `environments` in the file. */
export type Entries = NonNullable<ConfigFile["environments"]>;
type Entry = Exclude<Entries[string], false>;

/**
 * Every environment, in the file's order or sorted by path, and the folders that look like one and are none.
 *
 * @throws {UsageError} Where root cannot be read, or two environments have one name.
 */
export async function environmentsOf(
  entries: Entries,
  place: EnvironmentPlace,
): Promise<Pick<Config, "environments" | "passedOver">> {
  const { root, timeoutMs } = place;
  const folders = await scanFolders(root).catch((error) => {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot look for environments in "${root}": ${messageOf(error)}`);
  });
  const discovery = discover(folders, root);
  const passedOver = [...discovery.passedOver, ...await missingSubmodules(root)];
  const found = leaveOut({ ...discovery, passedOver }, entries);
  const wanted = Object.entries(entries).filter((entry): entry is [string, Entry] => entry[1] !== false);
  if (wanted.length > 0) return await listed(wanted, found, place);
  refuseSameNames(found.environments, root);
  const environments = found.environments.map(({ name, path }): Environment => ({
    name,
    dir: join(root, path),
    varFiles: [],
    backendConfig: [],
    timeoutMs: timeoutMs(),
  }));
  return { environments, passedOver: found.passedOver };
}

/** What is left without the folders that the configuration leaves out on purpose, by name or by path. */
function leaveOut({ environments, passedOver }: Discovery, entries: Entries) {
  const isLeft = ({ name, path }: { name: string; path: string }) => entries[name] !== false && entries[path] !== false;
  return { environments: environments.filter(isLeft), passedOver: passedOver.filter(isLeft) };
}

/** Where entries name environments, they alone are checked; what else was found is passed over. */
async function listed(
  entries: [string, Entry][],
  found: Pick<Discovery, "environments" | "passedOver">,
  place: EnvironmentPlace,
): Promise<Pick<Config, "environments" | "passedOver">> {
  const pathOf = new Map(found.environments.map(({ name, path }) => [name, path]));
  const environments = await Promise.all(
    entries.map(([name, entry]) => fromEntry(name, entry, pathOf.get(name) ?? name, place)),
  );
  const real = await Promise.all(environments.map(({ dir }) => Deno.realPath(dir).catch(() => dir)));
  const unlisted = found.environments.map((one): PassedOver => ({ ...one, why: "unlisted" }));
  const passedOver = [...unlisted, ...found.passedOver].filter((one) => !real.includes(one.real));
  return { environments, passedOver };
}

/** `path`: where its folder is, from root, unless the entry says so. */
async function fromEntry(name: string, entry: Entry, path: string, place: EnvironmentPlace): Promise<Environment> {
  const dir = entry.dir === undefined ? join(place.root, path) : await folderOf(entry.dir, place);
  return {
    name,
    dir,
    varFiles: (entry.varFiles ?? []).map((path) => resolve(dir, path)),
    backendConfig: await Promise.all((entry.backendConfig ?? []).map((setting) => backendSetting(dir, setting))),
    ...entry.workspace === undefined ? {} : { workspace: entry.workspace },
    timeoutMs: place.timeoutMs(entry.timeout),
    ...entry.bin === undefined ? {} : { bin: entry.bin },
    ...entry.env === undefined ? {} : { env: entry.env },
    ...entry.envFile === undefined ? {} : { envFile: resolve(place.base, entry.envFile) },
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
