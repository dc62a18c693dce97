/**
 * What a run goes by: pve-drift.json, the command line and the defaults, put together.
 *
 * @module
 */

import { access, constants } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { refuseIfUntrusted } from "../../lib/ownership.ts";
import type { SinkEntry } from "../../sinks/load.ts";
import { resolveBinary } from "../terraform/command.ts";
import type { CliOptions } from "../cli/parse.ts";
import { type ConfigFile, findConfigFile, readConfigFile } from "./file.ts";
import { environmentFolders, environmentName } from "./environments.ts";
import { chooseSinks, readSpec, sinkEntry, type SinkWords, unconfigured } from "./sink_entries.ts";
import type { Shard } from "./shard.ts";
import { UsageError } from "../usage_error.ts";

/** One Terraform root module to check. */
export interface Environment {
  /** What people call it: in reports, file names and labels. */
  name: string;
  /** Absolute path. Nothing says that it exists. */
  dir: string;
  /** Absolute paths. */
  varFiles: string[];
  /** Absolute paths of files, or `key=value`. */
  backendConfig: string[];
  /** Absent where the configuration names none. */
  workspace?: string;
  /** Milliseconds. */
  timeoutMs: number;
}

/** A difference of an attribute that somebody decided to live with. */
export interface AcceptRule {
  /** Name of an environment; absent: every one. */
  env?: string;
  /** Resource address with `*` for anything. */
  address: string;
  /** Attribute path, as `tags`. */
  path: string;
  /** Why. */
  reason: string;
  /** The last day it holds, `YYYY-MM-DD`, in the local time of the host. */
  until?: string;
}

/** What a run goes by. Times are milliseconds, paths absolute. */
export interface Config {
  /** The configuration file, where there is one. */
  file?: string;
  /** The folder whose sub-folders are the environments. */
  root: string;
  /** Every environment there is, in the file's order or sorted by name; those of the shard where there is one. */
  environments: Environment[];
  /** The share that this run takes, and the names of the environments of all others. */
  shard?: Shard & { others: string[] };
  /** Folders under root that hold code and are no environment: `environments` does not name them, or no name may look so. */
  unlisted: string[];
  /** How terraform is run. `bin` is a bare name only where PATH has no such program. */
  terraform: {
    bin: string;
    lock: "confirm" | "none" | "always";
    lockTimeoutMs: number;
    parallelism: number;
    env: Record<string, string>;
  };
  /** Environments at a time. */
  concurrency: number;
  /** Of one environment, where it says nothing else. */
  timeoutMs: number;
  /** Of all checks together. */
  runTimeoutMs: number;
  /** Whether values of attributes are shown at all. */
  values: "show" | "hide";
  /** Need not exist yet. */
  stateDir: string;
  /** In the order of delivery. */
  sinks: SinkEntry[];
  /** In the file's order. */
  accept: AcceptRule[];
}

/** What of the process and the machine a configuration depends on. */
export interface Host {
  /** Absolute working directory. */
  cwd: string;
  /** Environment variables. */
  env: Record<string, string>;
  /** The caller's user number. */
  uid: number;
  /** Processor cores. */
  cores: number;
  /** Names of the sinks of a run that configures none. */
  defaultSinks: readonly string[];
  /** Folders of the system; only tests have others than `/etc/pve-drift` and `/var/lib/pve-drift`. */
  system?: { config: string; state: string };
}

const SYSTEM = { config: "/etc/pve-drift", state: "/var/lib/pve-drift" };

/**
 * Finds and reads the configuration, fills in the defaults, and lets the command line have the last word. Environments
 * are looked for only by commands that check some.
 *
 * @throws {UsageError} that says what is wrong with the configuration, a SPEC, or the owner of a file that is to be trusted.
 */
export async function loadConfig(cli: CliOptions, host: Host): Promise<Config> {
  const system = host.system ?? SYSTEM;
  const file = await findConfigFile(cli.config, host.cwd, system.config, host.uid);
  const raw = file === undefined ? {} : await readConfigFile(file);
  const base = file === undefined ? host.cwd : dirname(file);
  const root = cli.root === undefined
    ? resolve(base, raw.root ?? "infrastructure/proxmox/environments")
    : resolve(host.cwd, cli.root);
  const timeoutMs = cli.timeoutMs ?? raw.timeout ?? 15 * 60_000;
  const recorded = cli.dryRun || cli.command === "replay";
  const { environments: all, unlisted } = recorded
    ? { environments: [], unlisted: [] }
    : await environmentsOf(raw, root, base, (own) => cli.timeoutMs ?? own ?? timeoutMs);
  const { environments, ...shard } = await shareOf(all, cli, host.env);
  const configured = raw.sinks?.map((sink) => sinkEntry(wordsOf(sink), "configuration", base));
  const config: Config = {
    ...file === undefined ? {} : { file },
    root,
    environments,
    ...shard,
    unlisted,
    terraform: {
      bin: await findTerraform(
        raw.terraform?.bin ?? "terraform",
        base,
        raw.terraform?.env?.PATH ?? host.env.PATH ?? "",
      ),
      lock: raw.terraform?.lock ?? "confirm",
      lockTimeoutMs: cli.lockTimeoutMs ?? raw.terraform?.lockTimeout ?? 60_000,
      parallelism: raw.terraform?.parallelism ?? 10,
      env: raw.terraform?.env ?? {},
    },
    concurrency: cli.concurrency ?? raw.concurrency ??
      Math.max(1, Math.min(environments.length, Math.max(2, host.cores))),
    timeoutMs,
    runTimeoutMs: raw.runTimeout ?? 60 * 60_000,
    values: raw.values ?? "show",
    stateDir: raw.stateDir === undefined
      ? await stateFolder(host.env, system.state, recorded)
      : resolve(base, raw.stateDir),
    sinks: chooseSinks(configured ?? unconfigured(host.defaultSinks, host.cwd), cli, host.cwd),
    accept: raw.accept ?? [],
  };
  if (cli.command === "__environments") return config;
  const { bin } = config.terraform;
  const runsTerraform = !recorded && (cli.command === "check" || cli.command === "doctor");
  if (runsTerraform && bin.startsWith("/")) await trustIfThere(bin, host.uid);
  for (const { use } of config.sinks) {
    if (use.kind !== "built-in") await trustIfThere(use.path, host.uid);
  }
  return config;
}

/** What is missing is no error here: the check has a class for it, and the sink fails alone. */
async function trustIfThere(path: string, uid: number): Promise<void> {
  try {
    await refuseIfUntrusted(path, uid);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw new UsageError((error as Error).message);
  }
}

async function environmentsOf(
  { environments }: ConfigFile,
  root: string,
  base: string,
  timeoutMs: (own?: number) => number,
): Promise<Pick<Config, "environments" | "unlisted">> {
  let folders: string[];
  try {
    folders = await environmentFolders(root);
  } catch (error) {
    throw new UsageError(`Cannot look for environments in "${root}": ${(error as Error).message}`);
  }
  if (environments === undefined) {
    const bare = (name: string) => ({
      name,
      dir: join(root, name),
      varFiles: [],
      backendConfig: [],
      timeoutMs: timeoutMs(),
    });
    return {
      environments: folders.filter((name) => environmentName.test(name)).map(bare),
      unlisted: folders.filter((name) => !environmentName.test(name)),
    };
  }
  const listed: Environment[] = [];
  for (const [name, entry] of Object.entries(environments)) {
    if (entry === false) continue;
    const dir = entry.dir === undefined ? join(root, name) : await folderOf(entry.dir, root, base);
    listed.push({
      name,
      dir,
      varFiles: (entry.varFiles ?? []).map((path) => resolve(dir, path)),
      backendConfig: await Promise.all((entry.backendConfig ?? []).map((setting) => backendSetting(dir, setting))),
      ...entry.workspace === undefined ? {} : { workspace: entry.workspace },
      timeoutMs: timeoutMs(entry.timeout),
    });
  }
  const named = new Set([
    ...listed.map(({ dir }) => dir),
    ...Object.keys(environments).map((name) => join(root, name)),
  ]);
  return { environments: listed, unlisted: folders.filter((name) => !named.has(join(root, name))) };
}

/** A folder's name as people mean it: below root, or else from where the configuration file is. */
async function folderOf(dir: string, root: string, base: string): Promise<string> {
  const isFolder = (path: string) => Deno.stat(path).then((info) => info.isDirectory, () => false);
  const [below, beside] = [resolve(root, dir), resolve(base, dir)];
  return !await isFolder(below) && await isFolder(beside) ? beside : below;
}

/** The environments of the shard that is asked for, if one is. */
async function shareOf(
  all: Environment[],
  cli: CliOptions,
  env: Record<string, string>,
): Promise<Pick<Config, "environments" | "shard">> {
  if (!cli.shard) return { environments: all };
  const { namesOf, resolveShard } = await import("./shard.ts");
  const shard = resolveShard(cli.shard, env);
  const ours = new Set(namesOf(shard, all.map(({ name }) => name)));
  const environments = all.filter(({ name }) => ours.has(name));
  const others = all.filter(({ name }) => !ours.has(name)).map(({ name }) => name);
  return { environments, shard: { ...shard, others } };
}

async function backendSetting(dir: string, setting: string): Promise<string> {
  const path = resolve(dir, setting);
  if (!setting.includes("=")) return path;
  return await Deno.lstat(path).then(() => path, () => setting);
}

function wordsOf(sink: NonNullable<ConfigFile["sinks"]>[number]): SinkWords {
  if (typeof sink === "string") return readSpec(sink);
  const { use, timeout, allow = [], env = [], ...options } = sink;
  return { use, ...timeout === undefined ? {} : { timeout }, allow, env, options };
}

/** The program that PATH means, so that the one that is trusted is the one that is run. */
async function findTerraform(bin: string, base: string, path: string): Promise<string> {
  if (bin.includes("/")) return resolve(base, bin);
  return await resolveBinary(bin, path).catch(() => bin);
}

/** `isUnused`: recorded plans have no memory, and go without a place for it. */
async function stateFolder(env: Record<string, string>, state: string, isUnused: boolean): Promise<string> {
  const [given] = (env.STATE_DIRECTORY ?? "").split(":");
  if (given?.startsWith("/")) return given;
  if (given) {
    throw new UsageError(
      `Cannot keep the state in "${given}": STATE_DIRECTORY must be an absolute path, as systemd sets it`,
    );
  }
  const writable = await access(state, constants.W_OK).then(() => true, () => false);
  if (writable) return state;
  const home = env.HOME?.startsWith("/") ? join(env.HOME, ".local/state") : undefined;
  const folder = env.XDG_STATE_HOME?.startsWith("/") ? env.XDG_STATE_HOME : home;
  if (folder !== undefined) return join(folder, "pve-drift");
  if (isUnused) return state;
  throw new UsageError('Cannot tell where to keep memory: set "stateDir" in pve-drift.json, or HOME');
}
