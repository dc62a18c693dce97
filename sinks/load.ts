/**
 * From an entry of the configuration to a sink: a built-in name, `file:PATH` or `exec:PATH`. What a run does not use is
 * not loaded.
 *
 * @module
 */

import { basename, extname, join } from "node:path";
import { messageOf } from "../lib/message_of.ts";
import { hintAt } from "../lib/nearest.ts";
import { refuseIfUntrusted } from "../lib/ownership.ts";
import type { Only } from "../drift/report.ts";
import type { View } from "./text/page.ts";
import { SinkOptionsError } from "./options.ts";
import type { Sink, SinkLog, SinkModule } from "./sink.ts";

export { StepAside } from "./sink.ts";

/** Which sink an entry means: a built-in one by its name, or the user's own module or program by its path. */
export type SinkUse = { kind: "built-in"; name: string } | { kind: "file" | "exec"; path: string };

/** One sink that a run delivers to. */
export interface SinkEntry {
  /** Which sink; a path is absolute. */
  use: SinkUse;
  /** The sink's own options, not yet checked; from a query they are strings. */
  options: Record<string, unknown>;
  /** `file:` or `exec:` and the path as it was written; absent where nobody wrote one. */
  written?: string;
  /** Milliseconds for each of its steps; absent where nobody set it. */
  timeoutMs?: number;
  /** Deno permissions of a `file:` sink, as `net=HOST`. */
  allow: readonly string[];
  /** Names of variables that a `file:` or `exec:` sink may see. */
  env: readonly string[];
  /** Which part of the report it gets; absent: all of it. */
  only?: Only;
  /** Who named it first. One that nobody named (`default`) may step aside. */
  from: "default" | "configuration" | "command line";
  /** Absolute folder that relative paths in `options` and `allow` start at. */
  dir: string;
}

/** How a sink is called: its name, or `file:` or `exec:` and its path. */
export function useText(use: SinkUse): string {
  return use.kind === "built-in" ? use.name : `${use.kind}:${use.path}`;
}

/** What sinks get from the program that loads them. */
export interface SinkHost {
  /** Absolute folder of all state; a sink's own is `sinks/NAME` in it. */
  stateDir: string;
  /** Nothing may be written or sent. */
  dryRun: boolean;
  /** The operator's log of a sink. */
  log(name: string): SinkLog;
  /** The caller's user number, for whom a sink's file must be trusted. */
  uid: number;
  /** Our own environment. */
  env: Record<string, string>;
  /** Absolute paths of files that hold secrets: no `file:` sink reads them for lying in the same folder. */
  secretFiles?: readonly string[];
  /** Absolute paths of files that no `file:` sink reads, whatever its entry grants. */
  forbiddenFiles?: readonly string[];
  /** How the console sink shows. */
  view: View;
  /** Where the console sink writes. */
  write: (text: string) => void | Promise<void>;
  /** Where log files go when nobody named a folder and the default one is of no use. */
  logFallbackDir?: string;
  /** No value of an attribute is shown to anybody. */
  hidesValues?: boolean;
  /** Where a browser finds the page that the html sink of this run writes; absent where nobody said. */
  pageUrl?: string;
  /** How our own program is started again as the child of a `file:` sink. */
  program: { execPath: string; standalone: boolean; mainModule: string };
  /** The most time for a `file:` sink to load and be created, in milliseconds. */
  openMs: number;
}

/** An entry that the user has to put right before a run. */
export class SinkEntryError extends Error {
  /** Tells it from a sink that cannot work here and now. */
  override name = "SinkEntryError";
}

/** A sink that is ready. */
export type LoadedSink = Sink & {
  /** It wants reports of runs, too, that looked and planned nothing. */
  looks?: true;
};

/** What is wrong with an entry, for a sentence about it. */
class WrongEntry extends Error {}

/** One row of the registry. */
interface BuiltIn {
  load(): Promise<{ default: unknown }>;
  /** It is part of a run whose sinks nobody named. */
  isDefault: boolean;
  /** What it gets from the host besides `asked` and `base`. */
  given?(host: SinkHost): Record<string, unknown>;
}

/** The built-in sinks: a new one is its file and a row here. The default ones stand here, since asking a file would load it. */
const REGISTRY: Record<string, BuiltIn> = {
  console: {
    load: () => import("./console.ts"),
    isDefault: true,
    given: ({ view, write }) => ({ view, write }),
  },
  logfile: {
    load: () => import("./logfile.ts"),
    isDefault: true,
    given: ({ logFallbackDir: fallbackDir }) => fallbackDir === undefined ? {} : { fallbackDir },
  },
  prom: { load: () => import("./prom.ts"), isDefault: true },
  telegram: {
    load: () => import("./telegram.ts"),
    isDefault: false,
    given: ({ pageUrl }) => pageUrl === undefined ? {} : { pageUrl },
  },
  html: { load: () => import("./html.ts"), isDefault: false, given: ({ hidesValues = false }) => ({ hidesValues }) },
  heartbeat: { load: () => import("./heartbeat.ts"), isDefault: false },
};

/** Names of the built-in sinks. */
export const builtInSinks: readonly string[] = Object.keys(REGISTRY);

/** Names of the sinks of a run for which nobody named any. */
export const defaultSinks: readonly string[] = builtInSinks.filter((name) => REGISTRY[name]!.isDefault);

/**
 * Makes a sink ready: checks that it is there, can be trusted and takes its options, then creates it.
 *
 * @param name What the sink is called in messages; unlike `use`, it is unique in a run.
 * @param nth 1, or which one it is of those with the same `use`.
 * @throws {SinkEntryError} where the entry is wrong
 * @throws {StepAside} where it has no place here and nobody asked for it
 * @throws {Error} where it cannot work for whatever other reason
 */
export async function loadSink(entry: SinkEntry, name: string, nth: number, host: SinkHost): Promise<LoadedSink> {
  const { use } = entry;
  try {
    switch (use.kind) {
      case "built-in":
        return await loadBuiltIn(entry, use.name, name, nth, host);
      case "file":
        return await loadFile(entry, use.path, name, nth, host);
      case "exec":
        return await loadExec(entry, use.path, name, nth, host);
    }
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    throw new SinkEntryError(`Cannot use sink "${entry.written ?? name}": ${problem}`, { cause: error });
  }
}

/** What the user has to put right in the entry; undefined where the error is no matter of that. */
function problemOf(error: unknown): string | undefined {
  return error instanceof SinkOptionsError ? error.problem : error instanceof WrongEntry ? error.message : undefined;
}

/**
 * The hidden command `__sink` of a program that is one file: the child of a `file:` sink. It runs without permissions, so
 * the program must come here before it looks at anything else. From source, `custom/child_entry.ts` does it.
 *
 * @returns The exit code.
 */
export async function runSinkChild(): Promise<number> {
  return await (await import("./custom/child_main.ts")).runSinkChild();
}

/**
 * How a chat of Telegram is found for the built-in sink, by somebody who sends a code there.
 *
 * @internal
 */
export async function loadTelegramPairing(): Promise<typeof import("./telegram/pairing.ts")> {
  return await import("./telegram/pairing.ts");
}

async function loadBuiltIn(
  { options: own, from, dir: base }: SinkEntry,
  use: string,
  name: string,
  nth: number,
  host: SinkHost,
): Promise<LoadedSink> {
  const builtIn = Object.hasOwn(REGISTRY, use) ? REGISTRY[use]! : undefined;
  if (!builtIn) {
    const known = builtInSinks.map((known) => `"${known}"`).join(", ");
    throw new WrongEntry(
      `there is none of that name: ${hintAt(use, builtInSinks)}Built in are ${known}; ` +
        `your own are named "file:PATH" or "exec:PATH"`,
    );
  }
  const module = (await builtIn.load()).default as SinkModule;
  const given = { asked: from !== "default", base, ...builtIn.given?.(host) };
  const taken = Object.keys(own).find((option) => Object.hasOwn(given, option));
  if (taken !== undefined) throw new WrongEntry(`unknown option "${taken}"`);
  const options = module.options?.parse({ ...own, ...given });
  const folder = stateFolder(host.stateDir, use, nth);
  const sink = await module.create(options, {
    dryRun: host.dryRun,
    // Made when it is first asked for: most built-in sinks keep nothing.
    get stateDir() {
      if (!host.dryRun) makePrivate(folder);
      return folder;
    },
    log: host.log(name),
  });
  return module.looks ? { ...sink, looks: true } : sink;
}

async function loadFile(
  entry: SinkEntry,
  path: string,
  name: string,
  nth: number,
  host: SinkHost,
): Promise<LoadedSink> {
  await checkFile(path, host.uid);
  const { openFileSink, SinkContractError } = await import("./custom/file_sink.ts");
  const stateDir = await customState(path, nth, host);
  const { options, allow, env, dir: base } = entry;
  const { env: ownEnv, dryRun, program, openMs, secretFiles = [], forbiddenFiles = [] } = host;
  const log = host.log(name);
  const withheld = [
    ...["environments", "memory", "run", "snooze"].map((folder) => join(host.stateDir, folder)),
    ...await withRealPaths(secretFiles),
  ];
  const forbidden = await withRealPaths(forbiddenFiles);
  try {
    return await openFileSink({
      ...{ path, options, allow, env, base, ownEnv, stateDir, withheld, forbidden, dryRun, log, program, openMs },
    });
  } catch (error) {
    throw error instanceof SinkContractError ? new WrongEntry(error.message, { cause: error }) : error;
  }
}

/** Permissions go by a path as it is asked for, and a secret may be named by a link. */
async function withRealPaths(files: readonly string[]): Promise<string[]> {
  return [...files, ...await Promise.all(files.map((file) => Deno.realPath(file).catch(() => file)))];
}

async function loadExec(
  entry: SinkEntry,
  path: string,
  name: string,
  nth: number,
  host: SinkHost,
): Promise<LoadedSink> {
  const mode = await checkFile(path, host.uid);
  if (!(mode & 0o111)) throw new WrongEntry(`"${path}" is no program: run "chmod +x ${path}"`);
  const { execSink } = await import("./custom/exec_sink.ts");
  const stateDir = await customState(path, nth, host);
  const { options, env } = entry;
  return execSink({ path, options, env, ownEnv: host.env, stateDir, dryRun: host.dryRun, log: host.log(name) });
}

/** Looks at the file of a custom sink; gives its permission bits. */
async function checkFile(path: string, uid: number): Promise<number> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(error);
    throw new WrongEntry(`cannot read "${path}": ${why}`);
  }
  if (!info.isFile) throw new WrongEntry(`"${path}" must be a file, is a folder or a device`);
  try {
    await refuseIfUntrusted(path, uid);
  } catch (cause) {
    throw new WrongEntry((cause as Error).message, { cause });
  }
  return info.mode ?? 0;
}

/**
 * The state folder of a custom sink. It must be known before the module is loaded, which alone knows its name, since the
 * child's permissions name it: so it bears the file's name, and a digest of its path, that two files of one name never
 * share a folder.
 */
async function customState(path: string, nth: number, { stateDir, dryRun }: SinkHost): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(path)));
  const stem = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 64);
  const folder = stateFolder(stateDir, `${stem}-${digest.toHex().slice(0, 8)}`, nth);
  if (!dryRun) makePrivate(folder);
  return folder;
}

function stateFolder(stateDir: string, name: string, nth: number): string {
  return join(stateDir, "sinks", nth === 1 ? name : `${name}-${nth}`);
}

/** Makes a folder that is the caller's alone, whatever the umask. */
function makePrivate(folder: string): void {
  try {
    Deno.mkdirSync(join(folder, ".."), { recursive: true, mode: 0o700 });
    try {
      Deno.mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    if (!Deno.lstatSync(folder).isDirectory) throw new Error("it is not a folder");
    Deno.chmodSync(folder, 0o700);
  } catch (cause) {
    throw new Error(`Cannot make state folder "${folder}": ${messageOf(cause)}`, { cause });
  }
}
