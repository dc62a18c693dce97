/**
 * The command line: read and checked.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { parseTimeout } from "../../lib/duration.ts";
import { environmentName, environmentNameRule } from "../../lib/names.ts";
import { nearest } from "../../lib/nearest.ts";
import { COMMANDS } from "../commands/table.ts";
import { type CliOption, OPTIONS } from "./options.ts";
import { UsageError } from "../usage_error.ts";

/** Which of several shares of the environments `--shard` asks for. */
export interface ShardWords {
  /** From 1; `auto`: as the environment of the process says. */
  index: number | "auto";
  /** How many shards there are. */
  of: number;
}

/** A command line, checked. */
export interface CliOptions {
  /** `check` where none is named. */
  command: "check" | (typeof COMMANDS)[number]["name"];
  /** Operands of the command. */
  words: string[];
  /** Names of environments in the order given, each once. */
  env: string[];
  /** Every environment; never together with `env`. */
  all: boolean;
  /** Which share of these environments; absent: all of them. */
  shard?: ShardWords;
  /** Recorded plans, nothing delivered. */
  dryRun: boolean;
  /** Path of the configuration, as given. */
  config?: string;
  /** Folder of the environments, as given. */
  root?: string;
  /** As given, a leading `+` included. */
  sinks: string[];
  /** Environments at a time. */
  concurrency?: number;
  /** The most time for one environment, in milliseconds. */
  timeoutMs?: number;
  /** Milliseconds. */
  lockTimeoutMs?: number;
  /** The report alone on stdout. */
  json: boolean;
  /** Without meaning. */
  force: boolean;
  /** Say more on stderr. */
  verbose: boolean;
  /** Say only warnings and errors on stderr; never together with `verbose`. */
  quiet: boolean;
  /** Whether to use colors; `auto` leaves it to the terminal. */
  color: "auto" | "always" | "never";
  /** Only print the version. With it or `help`, nothing but the options themselves was checked. */
  version: boolean;
  /** Only print the usage text. */
  help: boolean;
}

/**
 * Reads a command line.
 *
 * @param args Without the program's own name.
 * @throws {UsageError} for whatever is unknown, incomplete or contradictory.
 */
export function parseCli(args: readonly string[]): CliOptions {
  const options: readonly CliOption[] = OPTIONS;
  const switches = options.filter(({ value }) => value === undefined).map(({ name }) => name);
  const valued = options.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  for (const arg of args.slice(0, end)) {
    const [, name] = /^--([^=]+)=/.exec(arg) ?? [];
    if (name && switches.includes(name)) throw new UsageError(`Option "--${name}" takes no value, got "${arg}"`);
  }
  const parsed = parseArgs(args, {
    boolean: switches,
    string: [...valued, "_"],
    collect: valued,
    alias: Object.fromEntries(options.flatMap(({ name, short }) => short ? [[short, name]] : [])),
    unknown(arg, key) {
      if (key !== undefined) throw new UsageError(unknownOption(arg));
    },
  });
  const given = new Map(valued.map((name) => [name, parsed[name] as string[]]));
  for (const { name, value, choices } of options) {
    for (const text of given.get(name) ?? []) {
      if (text.trim() === "") throw new UsageError(`Option "--${name}" needs a value: --${name} ${value}`);
      if (choices && !choices.includes(text)) {
        throw new UsageError(`Option "--${name}" must be ${list(choices)}, got "${text}"`);
      }
    }
  }
  const last = (name: OptionName) => given.get(name)?.at(-1);
  const on = (name: OptionName) => parsed[name] === true;
  const read: Omit<CliOptions, "command" | "words"> = {
    env: [...new Set(given.get("env")!.flatMap(names))],
    all: on("all"),
    ...defined("shard", shard(last("shard"))),
    dryRun: on("dry-run"),
    ...defined("config", last("config")),
    ...defined("root", last("root")),
    sinks: given.get("sink")!,
    ...defined("concurrency", count("concurrency", last("concurrency"))),
    ...defined("timeoutMs", timeout("timeout", last("timeout"), 1)),
    ...defined("lockTimeoutMs", timeout("lock-timeout", last("lock-timeout"), 0)),
    json: on("json"),
    force: on("force"),
    verbose: on("verbose"),
    quiet: on("quiet"),
    color: (last("color") ?? "auto") as CliOptions["color"],
    version: on("version"),
    help: on("help"),
  };
  if (read.help || read.version) return { command: "check", words: [], ...read };
  const cli = { ...commandOf(parsed._ as string[]), ...read };
  refuseContradictions(cli);
  return cli;
}

type OptionName = (typeof OPTIONS)[number]["name"];

/** A property only where there is a value: `exactOptionalPropertyTypes` tells absent from undefined. */
function defined<K extends string, V>(key: K, value: V | undefined): { [_ in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [_ in K]: V };
}

function unknownOption(arg: string): string {
  const [name] = arg.split("=", 1) as [string];
  const typed = name.replace(/^--?/, "");
  const meant = nearest(typed, OPTIONS.map(({ name }) => name));
  const hint = meant === undefined ? "" : `did you mean "--${meant}"? `;
  return `Unknown option "${name}": ${hint}--help lists them all`;
}

function names(value: string): string[] {
  const found = value.split(",").map((name) => name.trim());
  if (found.includes("")) throw new UsageError(`Option "--env" must name environments, as a or a,b, got "${value}"`);
  return found;
}

function count(name: OptionName, text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,3}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UsageError(`Option "--${name}" must be a whole number from 1 to 9999, got "${text}"`);
}

function shard(text: string | undefined): ShardWords | undefined {
  if (text === undefined) return undefined;
  const [, index, of] = /^(auto|[1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  if (index === "auto") return { index, of: Number(of) };
  if (of !== undefined && Number(index) <= Number(of)) return { index: Number(index), of: Number(of) };
  throw new UsageError(`Option "--shard" must be I/N, as 1/3, 2/3 and 3/3, or auto/3, got "${text}"`);
}

function timeout(name: OptionName, text: string | undefined, least: number): number | undefined {
  try {
    return text === undefined ? undefined : parseTimeout(text, least);
  } catch (error) {
    throw new UsageError(`Option "--${name}" ${(error as Error).message}`);
  }
}

function commandOf([word, ...words]: string[]): Pick<CliOptions, "command" | "words"> {
  if (word === undefined) return { command: "check", words: [] };
  const command = COMMANDS.find(({ name }) => name === word);
  if (!command) {
    const known = COMMANDS.filter((command) => "help" in command).map(({ name }) => name);
    throw new UsageError(`Unknown command "${word}": must be ${list(known)}; an environment is named as --env ${word}`);
  }
  if (!command.accepts(words)) {
    const operands = "operands" in command ? ` ${command.operands}` : "";
    throw new UsageError(`Command "${word}" must be given as: ${word}${operands}, got "${[word, ...words].join(" ")}"`);
  }
  return { command: command.name, words };
}

function refuseContradictions(cli: CliOptions): void {
  if (cli.all && cli.env.length > 0) {
    throw new UsageError('Options "--all" and "--env" exclude each other: name environments, or take them all');
  }
  if (cli.verbose && cli.quiet) throw new UsageError('Options "--verbose" and "--quiet" exclude each other');
  if (cli.json && cli.command !== "check" && cli.command !== "replay") {
    throw new UsageError(`Command "${cli.command}" makes no report that "--json" could print: leave it out`);
  }
  if (cli.shard && cli.command === "replay") {
    throw new UsageError('Command "replay" makes a report of one environment: leave "--shard" out');
  }
  const stray = cli.command === "replay" && cli.env.find((name) => !environmentName.test(name));
  if (stray) throw new UsageError(`Option "--env" must be ${environmentNameRule}, got "${stray}"`);
  if (cli.command === "replay" && (cli.all || cli.env.length > 1)) {
    throw new UsageError('Command "replay" makes a report of one environment: name it with one --env, or leave it out');
  }
}

/** `"a", "b" or "c"`. */
function list(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return [quoted.slice(0, -1).join(", "), quoted.at(-1)].filter(Boolean).join(" or ");
}
