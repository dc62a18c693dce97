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
  /** The same as the user named it; absent where nobody did. */
  named?: string;
  /** Absolute folder that holds the configuration file. */
  base: string;
  /** The most time for a check, in milliseconds, given what the environment's own entry says. */
  timeoutMs: (own?: number) => number;
  /** Folders that discovery gives one name are listed all the same: whoever asks finds names for them. */
  mayShareNames?: true;
}

/** The entries of `environments` in the file. */
export type Entries = NonNullable<ConfigFile["environments"]>;
type Entry = Exclude<Entries[string], false>;

/** Every environment there is, what looks like one, and the names of those that the configuration leaves out on purpose. */
export type FoundOrListed = Pick<Config, "environments" | "passedOver"> & { leftOut: string[] };

/**
 * Every environment, in the file's order or sorted by path, and the folders that look like one and are none.
 *
 * @throws {UsageError} Where root cannot be read, or two environments have one name.
 */
export async function environmentsOf(
  entries: Entries,
  place: EnvironmentPlace,
): Promise<FoundOrListed> {
  const { root, timeoutMs } = place;
  const folders = await scanFolders(root).catch((error) => {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot look for environments in "${place.named ?? root}": ${messageOf(error)}`);
  });
  const discovery = discover(folders, root);
  const passedOver = [...discovery.passedOver, ...await missingSubmodules(root)];
  const found = leaveOut({ ...discovery, passedOver }, entries);
  const wanted = Object.entries(entries).filter((entry): entry is [string, Entry] => entry[1] !== false);
  if (wanted.length > 0) return await listed(wanted, { ...found, modules: discovery.modules }, place);
  if (!place.mayShareNames) refuseSameNames(found.environments, root);
  const environments = found.environments.map(({ name, path }): Environment => ({
    name,
    dir: join(root, path),
    varFiles: [],
    backendConfig: [],
    timeoutMs: timeoutMs(),
  }));
  const leftOut = discovery.environments.filter((one) => !found.environments.includes(one)).map(({ name }) => name);
  return { environments, passedOver: found.passedOver, leftOut };
}

/** What is left without the folders that the configuration leaves out on purpose, by name or by path. */
function leaveOut({ environments, passedOver }: Discovery, entries: Entries) {
  const isLeft = ({ name, path }: { name: string; path: string }) => entries[name] !== false && entries[path] !== false;
  return { environments: environments.filter(isLeft), passedOver: passedOver.filter(isLeft) };
}

/** Where entries name environments, they alone are checked; what else was found is passed over. */
async function listed(
  entries: [string, Entry][],
  found: Discovery,
  place: EnvironmentPlace,
): Promise<FoundOrListed> {
  const byNameAlone = new Set(entries.flatMap(([name, { dir }]) => dir === undefined ? [name] : []));
  refuseSameNames(found.environments.filter(({ name }) => byNameAlone.has(name)), place.root);
  const pathOf = new Map(found.environments.map(({ name, path }) => [name, path]));
  const environments = await Promise.all(
    entries.map(([name, entry]) => fromEntry(name, entry, pathOf.get(name) ?? name, place)),
  );
  refuseTwins(environments);
  const real = await Promise.all(environments.map(({ dir }) => Deno.realPath(dir).catch(() => dir)));
  const unlisted = found.environments.map((one): PassedOver => ({ ...one, why: "unlisted" }));
  const misnamed = found.modules.filter((path) => path.includes("/")).map((path): PassedOver => ({
    ...{ name: path.replaceAll("/", "."), path, real: join(place.root, path), why: "misnamed" },
  })).filter(({ name }) => entries.some(([listed, { dir }]) => listed === name && dir === undefined));
  const passedOver = [...unlisted, ...found.passedOver, ...misnamed].filter((one) => !real.includes(one.real));
  return { environments, passedOver, leftOut: [] };
}

/**
 * Refuses two entries that would check the same twice: each would tell of every drift.
 *
 * @throws {UsageError} that names both.
 */
function refuseTwins(environments: Environment[]): void {
  const seen = new Map<string, string>();
  for (const { name, timeoutMs: _, ...what } of environments) {
    const key = JSON.stringify(what), other = seen.get(key);
    if (other !== undefined) {
      throw new UsageError(
        `Cannot tell environments "${other}" and "${name}" apart: both check "${what.dir}" with the same workspace, ` +
          `variables, backend and program; take one of them out of "environments"`,
      );
    }
    seen.set(key, name);
  }
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
