/**
 * What keeps this user from a file or a folder, and the commands that let them in.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { shellWord } from "./shell_word.ts";
import { whyNotWritable } from "./writable.ts";

/** What the user may not do with a file or folder on the way. */
export interface Bar {
  /** Absolute path of what has to be opened. */
  path: string;
  /** The permission that is missing, as `chmod` writes it. */
  missing: "x" | "r" | "rx" | "wx";
  /** Number of the user that it belongs to. */
  owner: number;
  /** Number of the group that it belongs to. */
  group: number;
  /** Its permission bits. */
  mode: number;
}

/** Whom to let in. */
export interface Caller {
  /** The user's number. */
  uid: number;
  /** The groups' numbers, the user's own first; never empty. */
  groups: readonly number[];
  /** Name of the user's own group, or its number. */
  groupName: string;
}

/** What belongs to the system and its services, rather than to people. */
const OF_SYSTEM = /^\/(?:etc|run|usr|var)\//;
/** Folders that a service does not see unless its unit says so. */
const HOMES = /^\/(?:home|root|run\/user)(?:\/|$)/;

/** This process's user, with the groups as Linux tells them. */
export async function thisCaller(): Promise<Caller> {
  const own = Deno.gid() ?? 0;
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  const further = /^Groups:\s*(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/).filter(Boolean).map(Number) ?? [];
  const known = await Deno.readTextFile("/etc/group").catch(() => "");
  const groupName = new RegExp(`^([^:]+):[^:]*:${own}:`, "m").exec(known)?.[1] ?? String(own);
  return { uid: Deno.uid() ?? 0, groups: [own, ...further], groupName };
}

/**
 * The first thing on the way to a path that this user may not pass, or the path itself where they may not read it, or with
 * `write`, create files in it. Undefined where nothing bars the way, or where the path leads nowhere.
 */
export async function barOnTheWay(path: string, wanted: "read" | "write"): Promise<Bar | undefined> {
  const parts = path.split("/").filter(Boolean);
  for (let count = 1; count <= parts.length; count++) {
    const next = `/${parts.slice(0, count).join("/")}`;
    try {
      await Deno.stat(next);
    } catch (error) {
      return error instanceof Deno.errors.PermissionDenied ? await barOf(dirname(next), "x") : undefined;
    }
  }
  const { isDirectory } = await Deno.stat(path);
  const missing = isDirectory ? wanted === "write" ? "wx" : "rx" : "r";
  return await mayUse(path, isDirectory, wanted) ? undefined : await barOf(path, missing);
}

async function barOf(path: string, missing: Bar["missing"]): Promise<Bar | undefined> {
  try {
    const { uid, gid, mode } = await Deno.stat(path);
    return { path, missing, owner: uid ?? 0, group: gid ?? 0, mode: (mode ?? 0) & 0o777 };
  } catch {
    return undefined;
  }
}

async function mayUse(path: string, isDirectory: boolean, wanted: "read" | "write"): Promise<boolean> {
  try {
    if (!isDirectory) (await Deno.open(path)).close();
    else if (wanted === "read") { for await (const _ of Deno.readDir(path)) break; }
    else return await whyNotWritable(path) === undefined;
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.PermissionDenied);
  }
}

/**
 * The commands, for root, that let a user pass a bar: by group, so that nobody else gets in. Where a unit hides the homes
 * from the service, what to write in a drop-in.
 *
 * @param below Open all that lies in the folder as well.
 */
export function openingOf({ path, missing, owner, group, mode }: Bar, caller: Caller, below = false): string {
  if (mode === 0 && HOMES.test(path)) {
    return 'systemctl edit pve-drift-check.service, with the lines "[Service]" and "ProtectHome=read-only"';
  }
  const target = shellWord(path);
  const option = below ? "-R " : "";
  const bits = below ? `${missing.replace("x", "")}X` : missing;
  if (owner === caller.uid) return `chmod ${option}u+${bits} ${target}`;
  const chmod = `chmod ${option}g+${bits} ${target}`;
  return caller.groups.includes(group) ? chmod : `chgrp ${option}${shellWord(caller.groupName)} ${target} && ${chmod}`;
}

/**
 * What to do where this user may not use a path, to go on after "…": the command that lets them in, or to run it as root
 * where the path is a service's own and they are not its user. Undefined where nothing bars the way.
 */
export async function wayIn(path: string, wanted: "read" | "write"): Promise<string | undefined> {
  const bar = await barOnTheWay(path, wanted);
  return bar && adviceOn(bar, await thisCaller());
}

/** {@linkcode wayIn} for a bar that is known. */
export function adviceOn(bar: Bar, caller: Caller): string {
  return isOfService(bar, caller) ? "run it as root" : `run "${openingOf(bar, caller)}"`;
}

function isOfService({ path, missing, owner, group, mode }: Bar, { uid, groups }: Caller): boolean {
  const bits = [...missing].reduce((sum, bit) => sum | { r: 4, w: 2, x: 1 }[bit as "r" | "w" | "x"], 0);
  const isOwners = owner !== 0 && owner !== uid && (mode >> 6 & bits) === bits;
  const isGroups = group !== 0 && !groups.includes(group) && (mode >> 3 & bits) === bits;
  return OF_SYSTEM.test(`${path}/`) && (isOwners || isGroups);
}

/** What to do so that this user can create files in a folder, which need not exist. */
export async function howToWrite(folder: string): Promise<string> {
  const isMissing = await Deno.stat(folder).then(() => false, (error) => error instanceof Deno.errors.NotFound);
  if (!isMissing) return await wayIn(folder, "write") ?? `let user ${Deno.uid()} write there`;
  const place = shellWord(folder);
  const isOurs = await whyNotWritable(await nearest(folder)) === undefined;
  return `run "mkdir -p ${place}${isOurs ? "" : ` && chown ${Deno.uid()} ${place}`}"`;
}

/** Why no file can be created at a path, and what to do; undefined where one can. */
export async function whyNoFile(file: string): Promise<string | undefined> {
  const folder = dirname(file);
  const why = await whyNotWritable(folder);
  return why && `Cannot write "${file}": "${folder}" ${why}; ${await howToWrite(folder)}`;
}

/** The folder itself, or the first above it that is there. */
async function nearest(folder: string): Promise<string> {
  let at = folder;
  while (at !== "/" && !await Deno.stat(at).then(() => true, () => false)) at = dirname(at);
  return at;
}

/**
 * The commands that let this user read a folder with everything straight in it, each bar on the way once; empty where
 * nothing bars it.
 */
export async function openingsTo(folder: string, caller: Caller): Promise<string[]> {
  const bar = await barOnTheWay(folder, "read");
  if (bar) return [openingOf(bar, caller, bar.path === folder)];
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).catch(() => []);
  for (const name of names.sort()) {
    const inner = await barOnTheWay(join(folder, name), "read");
    if (inner) return [openingOf({ ...inner, path: folder }, caller, true)];
  }
  return [];
}
