/**
 * What a run goes by: pve-drift.json, the command line and the defaults, put together.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { findProgram } from "../../lib/find_program.ts";
import { refuseUnknownOnly } from "./only.ts";
import { chooseSinks, readSpec, sinkEntry, type SinkWords, unconfigured } from "./sink_entries.ts";
import type { Cluster, Config, Environment, Nearby, TerraformSettings } from "./config.ts";
import { findConfigFile, readConfigFile, userConfigDir } from "./file.ts";
import type { ConfigFile } from "./schema.ts";
import type { Shard } from "./shard.ts";
import { defaultStateDir } from "./state_dir.ts";
import { trustIfThere } from "./trust.ts";

/** The facts about the process and the machine that a configuration depends on. */
export interface Host {
  /** Absolute working directory. */
  cwd: string;
  /** Environment variables. */
  env: Record<string, string>;
  /** The caller's user number. */
  uid: number;
  /** Processor cores. */
  cores: number;
  /** Names of the sinks of a run that configures none; asked only there. */
  defaultSinks(): Promise<readonly string[]>;
  /** Folders of the system; only tests have others than `/etc/pve-drift` and `/var/lib/pve-drift`. */
  system?: { config: string; state: string };
}

/** Where environments are where nobody says so, from the configuration file or the working directory. */
export const DEFAULT_ROOT = "infrastructure/proxmox/environments";

/** The system's folders. */
export const SYSTEM = { config: "/etc/pve-drift", state: "/var/lib/pve-drift" };

/** What the command line has the last word on: paths as given, durations in milliseconds. */
export interface Overrides {
  /** Path of the configuration. */
  config?: string;
  /** Folder of the environments. */
  root?: string;
  /** Which share of the environments. */
  shard?: { index: Shard["index"] | "auto"; of: number };
  /** SPECs, a leading `+` included. */
  sinks: readonly string[];
  /** The report takes the place of the console sink. */
  json: boolean;
  /** Environments at a time. */
  concurrency?: number;
  /** The most time for one environment. */
  timeoutMs?: number;
  /** How long a plan waits for the state's lock. */
  lockTimeoutMs?: number;
}

/** What a command needs of the configuration. */
export interface Needs {
  /** Environments are looked for, and each has a memory. */
  environments: boolean;
  /** Terraform is run: its program must be trusted. */
  terraform: boolean;
  /** The sinks of a run where no SPEC replaces them: the configured ones, the console alone, or none at all. */
  sinks: "configured" | "console" | "none";
}

/**
 * Finds and reads the configuration, fills in the defaults, and lets the command line have the last word.
 *
 * @throws {UsageError} that says what is wrong with the configuration, a SPEC, or the owner of a file that is to be trusted.
 */
export async function loadConfig(overrides: Overrides, needs: Needs, host: Host): Promise<Config> {
  const system = host.system ?? SYSTEM;
  const file = await findConfigFile(overrides.config, host.cwd, configDirs(system.config, host.env), host.uid);
  const raw = file === undefined ? {} : await readConfigFile(file, overrides.config);
  const base = file === undefined ? host.cwd : dirname(file);
  const root = overrides.root === undefined
    ? resolve(base, raw.root ?? DEFAULT_ROOT)
    : resolve(host.cwd, overrides.root);
  const said = overrides.root ?? raw.root;
  const named = said === undefined ? {} : { named: said };
  const timeoutMs = (own?: number) => overrides.timeoutMs ?? own ?? raw.timeout ?? 15 * 60_000;
  const found = needs.environments
    ? await (await import("./environments.ts")).environmentsOf(raw.environments ?? {}, {
      root,
      ...named,
      base,
      timeoutMs,
    })
    : { environments: [], passedOver: [], leftOut: [] };
  const { environments, clusters } = await witnessed(found.environments, raw, base);
  const share = await shareOf(environments, overrides.shard, host.env);
  const sinks = await sinksOf(raw.sinks, overrides, needs.sinks, base, host);
  if (needs.environments) refuseUnknownOnly(sinks, found.environments.map(({ name }) => name));
  const config: Config = {
    ...file === undefined ? {} : { file },
    root,
    ...share,
    passedOver: found.passedOver,
    ...needs.environments && found.environments.length === 0
      ? { nearby: await lookNearby({ root, ...named }, found.leftOut, host.cwd) }
      : {},
    ...secretFilesOf(found.environments, clusters),
    terraform: await terraformSettings(raw.terraform, overrides.lockTimeoutMs, base, host.env.PATH),
    concurrency: overrides.concurrency ?? raw.concurrency ?? usualConcurrency(share.environments.length, host.cores),
    runTimeoutMs: raw.runTimeout ?? 60 * 60_000,
    planAtLeastMs: raw.planAtLeast ?? 26 * 60 * 60_000,
    values: raw.values ?? "show",
    stateDir: raw.stateDir === undefined
      ? await defaultStateDir(host.env, system.state, !needs.environments)
      : resolve(base, raw.stateDir),
    sinks,
    accept: raw.accept ?? [],
    noise: raw.noise ?? true,
    clusters,
  };
  await trustPrograms(config, needs, host.uid);
  return config;
}

/** Where a configuration may lie, besides the working directory. */
function configDirs(system: string, env: Record<string, string>): string[] {
  const own = userConfigDir(env);
  return own === undefined ? [system] : [system, own];
}

/** What a second witness speaks about; nothing of it is loaded where nothing is configured. */
async function witnessed(
  environments: Environment[],
  { proxmox, environments: entries = {} }: ConfigFile,
  base: string,
): Promise<Pick<Config, "environments" | "clusters">> {
  const isNamed = Object.values(entries).some((entry) => entry && entry.proxmox !== undefined);
  if (!proxmox && !isNamed) return { environments, clusters: [] };
  const { clustersOf, withClusters } = await import("./clusters.ts");
  const clusters = clustersOf(proxmox, base);
  return { environments: withClusters(environments, entries, clusters), clusters };
}

/** Loaded only where there is nothing to check. */
async function lookNearby(
  { root, named }: { root: string; named?: string },
  leftOut: string[],
  cwd: string,
): Promise<Nearby> {
  if (leftOut.length === 0) return await (await import("./nearby.ts")).seenNearby(root, named, cwd);
  return {
    where: `"${named ?? root}"`,
    seen: [`"environments" in the configuration leaves out all that there are: ${leftOut.join(", ")}`],
    cure: 'Remove "NAME": false from the configuration for each one to check',
  };
}

function secretFilesOf(environments: Environment[], clusters: Cluster[]): Pick<Config, "secretFiles" | "envFiles"> {
  const tokens = clusters.flatMap(({ token }) => token.file ?? []);
  const values = environments.flatMap(({ varFiles, backendConfig }) => [...varFiles, ...backendConfig]);
  return {
    secretFiles: [...values.filter((path) => path.startsWith("/")), ...tokens],
    envFiles: environments.flatMap(({ envFile }) => envFile ?? []),
  };
}

/** As many environments at a time as there are cores, two at least. */
function usualConcurrency(environments: number, cores: number): number {
  return Math.max(1, Math.min(environments, Math.max(2, cores)));
}

/** The environments of the shard that is asked for, if one is. */
async function shareOf(
  all: Environment[],
  asked: Overrides["shard"],
  env: Record<string, string>,
): Promise<Pick<Config, "environments" | "shard">> {
  if (!asked) return { environments: all };
  const { namesOf, resolveShard } = await import("./shard.ts");
  const shard = resolveShard(asked, env);
  const ours = new Set(namesOf(shard, all.map(({ name }) => name)));
  const environments = all.filter(({ name }) => ours.has(name));
  const others = all.filter(({ name }) => !ours.has(name)).map(({ name }) => name);
  return { environments, shard: { ...shard, others } };
}

async function terraformSettings(
  raw: ConfigFile["terraform"],
  lockTimeoutMs: number | undefined,
  base: string,
  path: string | undefined,
): Promise<TerraformSettings> {
  return {
    bin: await findTerraform(raw?.bin, base, raw?.env?.PATH ?? path ?? ""),
    lock: raw?.lock ?? "confirm",
    lockTimeoutMs: lockTimeoutMs ?? raw?.lockTimeout ?? 60_000,
    confirmPowerAfterMs: raw?.confirmPowerAfter ?? 2 * 60_000,
    parallelism: raw?.parallelism ?? 10,
    env: raw?.env ?? {},
  };
}

/**
 * The program that PATH means, so that the one that is trusted is the one that is run. Where none is configured, it is
 * Terraform, or OpenTofu where PATH has that alone.
 */
async function findTerraform(bin: string | undefined, base: string, path: string): Promise<string> {
  if (bin?.includes("/")) return resolve(base, bin);
  const found = await findProgram(bin ?? "terraform", path).catch(() => undefined);
  if (found !== undefined || bin !== undefined) return found ?? bin!;
  return await findProgram("tofu", path).catch(() => "terraform");
}

async function sinksOf(
  raw: ConfigFile["sinks"],
  { sinks: specs, json }: Overrides,
  usual: Needs["sinks"],
  base: string,
  { cwd, defaultSinks }: Host,
): Promise<Config["sinks"]> {
  if (usual === "none") return [];
  const configured = raw?.map((sink) => sinkEntry(wordsOf(sink), "configuration", base));
  return chooseSinks(configured ?? unconfigured(await defaultSinks(), cwd), {
    specs,
    json,
    isConsoleUsual: usual === "console",
  }, cwd);
}

function wordsOf(sink: NonNullable<ConfigFile["sinks"]>[number]): SinkWords {
  if (typeof sink === "string") return readSpec(sink);
  const { use, timeout, allow = [], env = [], only, ...options } = sink;
  return { use, ...timeout === undefined ? {} : { timeout }, allow, env, ...only ? { only } : {}, options };
}

async function trustPrograms({ terraform: { bin }, sinks }: Config, { terraform }: Needs, uid: number): Promise<void> {
  if (terraform && bin.startsWith("/")) await trustIfThere(bin, uid);
  for (const { use } of sinks) if (use.kind !== "built-in") await trustIfThere(use.path, uid);
}
