/**
 * Which sinks a run has, and with what options: the configuration's, changed by `--sink`.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseTimeout } from "../../lib/duration.ts";
import type { SinkEntry, SinkUse } from "../../sinks/load.ts";
import { UsageError } from "../usage_error.ts";

/** What `use`, `timeout`, `allow`, `env`, `only` and all other keys of an entry say, wherever they stood. */
export interface SinkWords {
  /** A built-in sink's name, `file:PATH` or `exec:PATH`. */
  use: string;
  /** A duration, as `10s`. */
  timeout?: string;
  /** Deno permissions, as `net=HOST`. */
  allow: string[];
  /** Names of variables. */
  env: string[];
  /** Which part of the report it gets; absent: all of it. */
  only?: NonNullable<SinkEntry["only"]>;
  /** Everything else. */
  options: Record<string, unknown>;
}

/**
 * Takes a `use` apart: a built-in sink's name, `file:PATH` or `exec:PATH`.
 *
 * @param dir Absolute folder that a relative path starts at.
 * @returns `undefined` where it is none of the three.
 */
export function parseUse(use: string, dir: string): SinkUse | undefined {
  const [, kind, path] = /^(file|exec):(.+)$/s.exec(use) ?? [];
  if (path !== undefined) return { kind: kind as "file" | "exec", path: resolve(dir, path) };
  return /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(use) ? { kind: "built-in", name: use } : undefined;
}

const SECRET = /^(?:bot)?[-_]?token$/i;

/** What is wrong with an entry: the key and the end of a sentence about it. Never quotes a secret. */
export function sinkProblems({ use, timeout, allow, env, options }: SinkWords): [key: string, problem: string][] {
  const problems: [string, string][] = [];
  const kind = parseUse(use, "/")?.kind;
  if (!kind) {
    problems.push(["use", `must be the name of a sink, file:PATH or exec:PATH, got "${use}"`]);
  }
  try {
    if (timeout !== undefined) parseTimeout(timeout);
  } catch (error) {
    problems.push(["timeout", (error as Error).message]);
  }
  for (const key of Object.keys(options)) {
    if (!SECRET.test(key)) continue;
    problems.push([
      key,
      `is a secret, which must not stand here: put it in a file of its own and name that as "tokenFile"`,
    ]);
  }
  for (const grant of allow) {
    if (/^(?:net|read|write|env|run)=./s.test(grant)) continue;
    problems.push([
      "allow",
      `must hold permissions as "net=HOST", "read=PATH", "write=PATH", "env=NAME" or "run=PROGRAM", got "${grant}"`,
    ]);
  }
  for (const name of env) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) problems.push(["env", `must hold names of variables, got "${name}"`]);
  }
  if (allow.length > 0 && kind !== "file") problems.push(["allow", "grants permissions to file: sinks alone"]);
  if (env.length > 0 && kind !== "file" && kind !== "exec") {
    problems.push(["env", "hands variables to file: and exec: sinks alone"]);
  }
  return problems;
}

/**
 * Reads `name`, `name?key=value&key=value`, `file:PATH` or `exec:PATH`. Keys and values may be percent-encoded; of a path
 * only `%3F` (a question mark) and `%25` (a percent sign) are. `allow` and `env` may be given again, or as `a,b`.
 *
 * @throws {RangeError} The end of a sentence about the SPEC.
 */
export function readSpec(spec: string): SinkWords {
  const at = spec.indexOf("?");
  const target = at < 0 ? spec : spec.slice(0, at);
  const path = (text: string) => text.replaceAll(/%(3F|25)/gi, (code) => decodeURIComponent(code));
  const words: SinkWords = {
    use: /^(file|exec):/.test(target) ? path(target) : target,
    allow: [],
    env: [],
    options: {},
  };
  const options = new Map<string, string>();
  for (const pair of at < 0 ? [] : spec.slice(at + 1).split("&")) {
    const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(pair)!.map(decoded);
    if (key === "only") throw new RangeError('"only" can stand in the configuration file alone');
    if (key === "" || key === "use") throw new RangeError(`the query must be key=value&key=value, got "${key}="`);
    if (key === "allow" || key === "env") words[key].push(...value.split(","));
    else if (options.has(key)) throw new RangeError(`"${key}" is given twice`);
    else options.set(key, value);
  }
  const timeout = options.get("timeout");
  options.delete("timeout");
  words.options = Object.fromEntries(options);
  return timeout === undefined ? words : { ...words, timeout };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RangeError(`"%" must be written "%25" in a query`);
  }
}

/** An entry as a run uses it: `use` with an absolute path, the timeout in milliseconds. The words must be free of problems ({@linkcode sinkProblems}). */
export function sinkEntry(
  { use, timeout, allow, env, only, options }: SinkWords,
  from: SinkEntry["from"],
  dir: string,
): SinkEntry {
  const parsed = parseUse(use, dir);
  if (!parsed) throw new RangeError(`must be the name of a sink, file:PATH or exec:PATH, got "${use}"`);
  return {
    use: parsed,
    ...parsed.kind === "built-in" ? {} : { written: use },
    options,
    ...(timeout === undefined ? {} : { timeoutMs: parseTimeout(timeout) }),
    allow,
    env,
    ...(only ? { only } : {}),
    from,
    dir,
  };
}

/** The sinks of a run for which nobody configured any: built-in ones by name. */
export function unconfigured(names: readonly string[], cwd: string): SinkEntry[] {
  return names.map((use) => sinkEntry({ use, allow: [], env: [], options: {} }, "default", cwd));
}

/**
 * The sinks of a run. A SPEC without `+` replaces the configured sinks, one with `+` adds to them; either way it takes the
 * options of the configured sink of that name as its own, and its query goes before them. A second SPEC of a name with a
 * query of its own is a second sink.
 *
 * @param usual The configured sinks, or the default ones where none are configured.
 * @param asked `isConsoleUsual`: where no SPEC replaces the usual sinks, the console alone stays; `json`: it is silenced.
 * @param cwd Where relative paths in a SPEC start.
 * @throws {UsageError} that names the SPEC and what is wrong with it.
 */
export function chooseSinks(
  usual: readonly SinkEntry[],
  { specs, isConsoleUsual, json }: { specs: readonly string[]; isConsoleUsual: boolean; json: boolean },
  cwd: string,
): SinkEntry[] {
  const replacing = specs.filter((spec) => !spec.startsWith("+"));
  const adding = specs.filter((spec) => spec.startsWith("+"));
  const chosen = replacing.length > 0 ? [] : isConsoleUsual ? consoleOf(usual, cwd) : [...usual];
  const queried = new Set<string>();
  for (const spec of new Set([...replacing, ...adding])) {
    const entry = entryOfSpec(spec.replace(/^\+/, ""), cwd);
    const key = keyOf(entry);
    const same = (one: SinkEntry) => keyOf(one) === key;
    const known = usual.filter((one) => same(one) && one.from === "configuration");
    if (known.length > 1 && hasWords(entry)) {
      throw new UsageError(
        `Cannot use sink "${
          named(spec)
        }": the configuration has it ${known.length} times, and the options could be for any`,
      );
    }
    if (hasWords(entry) && queried.has(key)) {
      chosen.push(known[0] ? merged(known[0], entry) : entry);
      continue;
    }
    if (hasWords(entry)) queried.add(key);
    if (!chosen.some(same)) chosen.push(...known.length > 0 ? known : [entry]);
    for (const base of chosen.filter(same)) {
      chosen[chosen.indexOf(base)] = base.from === "default" ? entry : merged(base, entry);
    }
  }
  return json ? chosen.filter((entry) => !isConsole(entry)) : chosen;
}

function consoleOf(usual: readonly SinkEntry[], cwd: string): SinkEntry[] {
  const known = usual.filter(isConsole);
  return known.length > 0 ? known : unconfigured(["console"], cwd);
}

function isConsole({ use }: SinkEntry): boolean {
  return use.kind === "built-in" && use.name === "console";
}

/** Equal where two entries mean the same sink. */
function keyOf({ use }: SinkEntry): string {
  return JSON.stringify(use);
}

function hasWords({ options, timeoutMs, allow, env }: SinkEntry): boolean {
  return Object.keys(options).length + allow.length + env.length > 0 || timeoutMs !== undefined;
}

function merged(base: SinkEntry, added: SinkEntry): SinkEntry {
  if (base === added) return base;
  return {
    ...base,
    ...added.timeoutMs === undefined ? {} : { timeoutMs: added.timeoutMs },
    options: { ...base.options, ...base.dir === added.dir ? added.options : withAbsolutePaths(added) },
    allow: [...new Set([...base.allow, ...added.allow])],
    env: [...new Set([...base.env, ...added.env])],
  };
}

/** Only the sink knows which options are paths; what looks like one keeps its own start in an entry of another folder. */
function withAbsolutePaths({ options, dir }: SinkEntry): Record<string, unknown> {
  const isPath = (key: string, value: string) =>
    /^(?:dir|file|path)$|(?:Dir|File|Path)$/.test(key) || /^\.\.?\//.test(value);
  return Object.fromEntries(
    Object.entries(options as Record<string, string>).map((
      [key, value],
    ) => [key, isPath(key, value) ? resolve(dir, value) : value]),
  );
}

function entryOfSpec(spec: string, cwd: string): SinkEntry {
  try {
    const words = readSpec(spec);
    const problems = sinkProblems(words).map(([key, problem]) => `"${key}" ${problem}`);
    if (problems.length > 0) throw new RangeError(problems.join("; "));
    return sinkEntry(words, "command line", cwd);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`Cannot use sink "${named(spec)}": ${error.message}`);
  }
}

/** Without the query, which may hold what should not be shown. */
function named(spec: string): string {
  return spec.split("?", 1)[0]!;
}
