/**
 * What Git says of a checkout. It asks no server, takes no lock, writes nothing and runs no hook; and of a checkout that
 * belongs to neither root nor the caller it reads no files, since that runs the filters of its configuration.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { findProgram } from "./find_program.ts";
import { superviseGroup } from "./process.ts";

/** A checkout as Git sees it. */
export interface GitStatus {
  /** Absolute path of the checkout, links resolved. */
  top: string;
  /** The full hash; absent before the first commit. */
  commit?: string;
  /** Absent where no branch is checked out. */
  branch?: string;
  /** The upstream of the branch, as `origin/main`, as it was last fetched, and how many of its commits are missing here. */
  upstream?: { name: string; behind: number };
  /** Files at the asked paths that differ from the commit, by absolute paths; absent of a checkout that is not to be trusted. */
  files?: { path: string; isTracked: boolean }[];
}

/** What of Git's own configuration holds, whatever a user or a checkout says. */
const SETTINGS = {
  // The check belongs to another user than the checkout as a rule, and runs its code anyway.
  "safe.directory": "*",
  "core.fsmonitor": "false",
  "core.hooksPath": "/dev/null",
  "protocol.allow": "never",
};

/**
 * Looks at the checkout that holds a folder.
 *
 * @param dir Absolute path.
 * @param paths Absolute paths of files and folders, links resolved; those outside the checkout are passed over.
 * @param PATH Where the program is looked for.
 * @returns `undefined` where there is no checkout or no Git, or Git cannot tell, or not in time.
 */
export async function gitStatus(
  dir: string,
  paths: readonly string[],
  PATH: string | undefined,
  stop: AbortSignal,
): Promise<GitStatus | undefined> {
  try {
    const top = await topOf(await Deno.realPath(dir));
    if (top === undefined) return undefined;
    const inside = paths.filter((path) => `${path}/`.startsWith(`${top}/`));
    const { uid } = await Deno.lstat(join(top, ".git"));
    const isTrusted = uid === 0 || uid === Deno.uid();
    const text = await output(PATH ?? "", top, isTrusted ? inside : [NOTHING], stop);
    if (text === undefined) return undefined;
    const { files, ...status } = parse(text, top);
    return { ...status, ...isTrusted ? { files } : {} };
  } catch {
    return undefined;
  }
}

/** A path that no checkout has, so that Git reads no file. */
const NOTHING = ".git/nothing";

/** The nearest folder with a `.git`, which is a file in a worktree and in a submodule. */
async function topOf(dir: string): Promise<string | undefined> {
  for (let folder = dir;; folder = dirname(folder)) {
    if (await Deno.lstat(join(folder, ".git")).then(() => true, () => false)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

async function output(
  PATH: string,
  cwd: string,
  paths: readonly string[],
  stop: AbortSignal,
): Promise<string | undefined> {
  const settings = Object.entries(SETTINGS).flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  const git = await findProgram("git", PATH);
  stop.throwIfAborted();
  const child = new Deno.Command(git, {
    args: [
      ...["status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--ignore-submodules=dirty"],
      ...["--untracked-files=all", "--", ...paths],
    ],
    cwd,
    clearEnv: true,
    env: {
      ...{ PATH, LC_ALL: "C", HOME: "/nonexistent" },
      ...{ GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", GIT_NO_LAZY_FETCH: "1", GIT_LITERAL_PATHSPECS: "1" },
      ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
      ...{ GIT_CONFIG_COUNT: String(settings.length / 2), ...Object.fromEntries(settings) },
    },
    ...{ stdin: "null", stdout: "piped", stderr: "null", detached: true },
  }).spawn();
  const text = new Response(child.stdout).text();
  const { code, stopped } = await superviseGroup(child, stop, { kill: stop });
  const said = await text;
  return code === 0 && !stopped ? said : undefined;
}

/** Reads `git status --porcelain=v2 --branch -z`; its fields are in git-status(1). */
function parse(text: string, top: string): Required<Pick<GitStatus, "files">> & GitStatus {
  const records = text.split("\0").filter((record) => record !== "");
  const said = new Map(records.flatMap((record) => {
    const [, name, value] = /^# branch\.(\w+) (.*)$/.exec(record) ?? [];
    return name === undefined ? [] : [[name, value!] as const];
  }));
  const commit = said.get("oid"), branch = said.get("head"), upstream = said.get("upstream");
  const behind = Number(/ -(\d+)$/.exec(said.get("ab") ?? "")?.[1] ?? Number.NaN);
  return {
    top,
    ...commit === undefined || commit === "(initial)" ? {} : { commit },
    ...branch === undefined || branch === "(detached)" ? {} : { branch },
    ...upstream === undefined || Number.isNaN(behind) ? {} : { upstream: { name: upstream, behind } },
    files: records.flatMap((record) => {
      const [, untracked] = /^\? (.+)$/s.exec(record) ?? [];
      const [, changed] = /^(?:1 (?:\S+ ){7}|u (?:\S+ ){9})(.+)$/s.exec(record) ?? [];
      const path = untracked ?? changed;
      return path === undefined ? [] : [{ path: join(top, path), isTracked: changed !== undefined }];
    }),
  };
}
