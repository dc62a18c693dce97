/**
 * The command line that starts our own program as the child of a `file:` sink, with the permissions of its entry.
 *
 * @module
 */

import { resolve } from "node:path";
import { SinkContractError } from "./contract_error.ts";

/** How our own program is started again. */
export interface Program {
  /** `Deno.execPath()`. */
  execPath: string;
  /** `Deno.build.standalone`: a compiled binary, whose permissions cannot be narrowed. */
  standalone: boolean;
  /** `Deno.mainModule`: the source's entry point or the bundle. */
  mainModule: string;
}

/** The hidden command of a program that is one file. */
const COMMAND = "__sink";

/** Heap of the child, in MiB. */
const HEAP_MIB = 256;

/** What a child may do, by kind. */
export type Grants = Record<"net" | "read" | "write" | "env" | "run", string[]>;

/**
 * Sorts permissions such as `net=HOST` by kind; relative paths start at `base`.
 *
 * @throws {SinkContractError} where one of them is no permission
 */
export function grantsOf(allow: readonly string[], base: string): Grants {
  const grants: Grants = { net: [], read: [], write: [], env: [], run: [] };
  for (const grant of allow) {
    const [, kind, what] = /^(net|read|write|env|run)=(.+)$/s.exec(grant) ?? [];
    if (!kind || !what) throw new SinkContractError(`"allow" must hold permissions as "net=HOST", got "${grant}"`);
    const path = kind === "read" || kind === "write" || (kind === "run" && what.includes("/"));
    grants[kind as keyof Grants].push(path ? resolve(base, what) : what);
  }
  return grants;
}

/**
 * The command line of the child, which may read the sink's own `folders`. In a dry run it holds no permission to write
 * or send anything.
 *
 * @throws {SinkContractError} where a grant cannot be put into a command line
 */
export function childArgs(
  { standalone, mainModule }: Program,
  grants: Grants,
  { folders, stateDir, withheld, forbidden = [], dryRun }: {
    folders: string[];
    stateDir: string;
    /** Not to be read for lying in one of the folders. */
    withheld: readonly string[];
    /** Not to be read at all, not even where the entry grants it. */
    forbidden?: readonly string[];
    dryRun: boolean;
  },
): string[] {
  if (standalone) return [COMMAND];
  const { net, run, read, write, env } = grants;
  const permissions = {
    read: [...folders, stateDir, ...read],
    env,
    ...(dryRun ? {} : { net, run, write: [stateDir, ...write] }),
  };
  const isIn = (path: string, folders: string[]) => folders.some((one) => path === one || path.startsWith(`${one}/`));
  const isGranted = (path: string) => read.includes("/") || isIn(path, read);
  const denied = [
    ...withheld.filter((path) => isIn(path, folders) && !isGranted(path)),
    ...forbidden.filter((path) => isIn(path, [...folders, stateDir]) || isGranted(path)),
  ];
  const lists = [
    ...Object.entries(permissions).map(([kind, list]) => [`allow-${kind}`, list] as const),
    ["deny-read", denied] as const,
  ];
  const flags = lists.filter(([, list]) => list.length > 0).map(([flag, list]) => {
    // Deno 2.9.6 splits at every comma, so the parts would be granted.
    const split = list.find((one) => one.includes(","));
    if (split) {
      const verb = flag === "deny-read" ? "withhold" : "grant";
      const what = `${flag.slice(flag.indexOf("-") + 1)}=${split}`;
      throw new SinkContractError(`Deno cannot ${verb} "${what}", for the comma in it: use another path`);
    }
    return `--${flag}=${[...new Set(list)].join(",")}`;
  });
  return [
    ...["run", "-q", "--no-prompt", "--cached-only", "--frozen", "--deny-import", "--deny-ffi"],
    `--v8-flags=--max-old-space-size=${HEAP_MIB}`,
    ...flags,
    ...entryOf(mainModule),
  ];
}

/** The bundle is one file, which this one is in; from source, the child has an entry point of its own. */
function entryOf(mainModule: string): string[] {
  return import.meta.url === mainModule ? [mainModule, COMMAND] : [new URL("./child_entry.ts", import.meta.url).href];
}
