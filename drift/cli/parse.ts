/**
 * The command line: read and checked.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { durationPattern, parseDuration, parseTimeout } from "../../lib/duration.ts";
import { environmentName, environmentNameRule } from "../../lib/names.ts";
import { hintAt, nearest } from "../../lib/nearest.ts";
import { type CommandRow, COMMANDS, type SETUP_STEPS } from "../commands/table.ts";
import { type CliOption, OPTIONS, shownOptions } from "./options.ts";
import { UsageError } from "../usage_error.ts";

/** What is to stay silent for longer is to be accepted, by a rule that others read. */
const LONGEST_SNOOZE_MS = 365 * 86_400_000;

/** Which of several shares of the environments `--shard` asks for. */
export interface ShardWords {
  /** From 1; `auto`: as the environment of the process says. */
  index: number | "auto";
  /** How many shards there are. */
  of: number;
}

/** How `setup` reaches a second witness, as given. */
export interface WitnessOptions {
  /** Address of Proxmox's API. */
  proxmoxEndpoint?: string;
  /** File of the token; `-` is standard input. */
  proxmoxTokenFile?: string;
  /** File of the authority that vouches for it. */
  ca?: string;
  /** SHA-256 of its certificate. */
  fingerprint?: string;
}

/** A command line, checked. */
export interface CliOptions extends WitnessOptions {
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
  /** Plan only what has changed. */
  ifChanged: boolean;
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
  /** Which drift makes the exit code 2; absent: any. */
  failOn?: "any" | "outside" | "new";
  /** How long to snooze, in milliseconds. */
  forMs?: number;
  /** Why to snooze. */
  reason?: string;
  /** Ask nothing. */
  yes: boolean;
  /** Steps of `setup` to leave out. */
  skip: (typeof SETUP_STEPS)[number][];
  /** File of variables to log in with, as given; `-` is standard input. */
  loginFile?: string;
  /** File of a bot's token, as given; `-` is standard input. */
  telegramTokenFile?: string;
  /** The report alone on stdout. */
  json: boolean;
  /** File of a report to explain, as given; `-` is standard input. */
  report?: string;
  /** The edit of the code alone on stdout. */
  patch: boolean;
  /** Without meaning. */
  force: boolean;
  /** Say more on stderr. */
  verbose: boolean;
  /** Say only warnings and errors on stderr; never together with `verbose`. */
  quiet: boolean;
  /** Whether to use colors; `auto` leaves it to the terminal. */
  color: "auto" | "always" | "never";
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
  const parsed = parseArgs(withStdin(args.slice(0, end), valued).concat(args.slice(end)), {
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
    ifChanged: on("if-changed"),
    dryRun: on("dry-run"),
    ...defined("config", last("config")),
    ...defined("root", last("root")),
    sinks: given.get("sink")!,
    ...defined("concurrency", count("concurrency", last("concurrency"))),
    ...defined("timeoutMs", timeout("timeout", last("timeout"), 1)),
    ...defined("lockTimeoutMs", timeout("lock-timeout", last("lock-timeout"), 0)),
    ...defined("failOn", last("fail-on") as CliOptions["failOn"]),
    ...defined("forMs", snoozeTime(last("for"))),
    ...defined("reason", last("reason")),
    yes: on("yes"),
    skip: given.get("skip") as CliOptions["skip"],
    ...defined("loginFile", last("login-file")),
    ...defined("telegramTokenFile", last("telegram-token-file")),
    ...defined("proxmoxEndpoint", last("proxmox-endpoint")),
    ...defined("proxmoxTokenFile", last("proxmox-token-file")),
    ...defined("ca", last("ca")),
    ...defined("fingerprint", last("fingerprint")),
    json: on("json"),
    ...defined("report", last("report")),
    patch: on("patch"),
    force: on("force"),
    verbose: on("verbose"),
    quiet: on("quiet"),
    color: (last("color") ?? "auto") as CliOptions["color"],
  };
  const words = parsed._ as string[];
  // Asked for, they come before whatever else the line says.
  if (on("help")) return { ...read, ...commandOf(["help", ...words.filter((word) => word !== "help").slice(0, 1)]) };
  if (on("version")) return { ...read, ...commandOf(["version"]) };
  const cli = { ...commandOf(words), ...read };
  refuseContradictions(cli);
  return cli;
}

/** `--option -`, where the parser takes the dash for an operand, as `--option=-`. */
function withStdin(args: readonly string[], valued: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const isValued = (word = "") => word.startsWith("--") && valued.includes(word.slice(2));
    if (arg === "-" && isValued(args[index - 1])) return [];
    return isValued(arg) && args[index + 1] === "-" ? [`${arg}=-`] : [arg];
  });
}

type OptionName = (typeof OPTIONS)[number]["name"];

/** A property only where there is a value: `exactOptionalPropertyTypes` tells absent from undefined. */
function defined<K extends string, V>(key: K, value: V | undefined): { [_ in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [_ in K]: V };
}

function unknownOption(arg: string): string {
  const [name] = arg.split("=", 1) as [string];
  const meant = nearest(name.replace(/^--?/, ""), shownOptions().map(({ name }) => name));
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

function snoozeTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = durationPattern.test(text) ? parseDuration(text) : 0;
  if (ms >= 60_000 && ms <= LONGEST_SNOOZE_MS) return ms;
  throw new UsageError(`Option "--for" must be a duration from 1m to 365d, like "12h" or "3d", got "${text}"`);
}

function commandOf([word, ...words]: string[]): Pick<CliOptions, "command" | "words"> {
  if (word === undefined) return { command: "check", words: [] };
  const command = COMMANDS.find(({ name }) => name === word);
  if (!command) throw new UsageError(unknownCommand(word));
  const { operands = "", complete }: CommandRow = command;
  if (!command.accepts(words)) {
    const [first = ""] = words;
    const hint = Array.isArray(complete) && !complete.includes(first) ? hintAt(first, complete) : "";
    const got = [word, ...words].join(" ");
    throw new UsageError(
      `Command "${word}" must be given as: ${`${word} ${operands}`.trimEnd()}, got "${got}"; ${hint}` +
        `"pve-drift help ${word}" says more`,
    );
  }
  if (command.name === "help" && words.some((name) => !SHOWN.includes(name))) {
    throw new UsageError(unknownCommand(words[0]!));
  }
  return { command: command.name, words };
}

/** The commands that people are shown. */
const SHOWN = (COMMANDS as readonly CommandRow[]).flatMap(({ name, help }) => help === undefined ? [] : [name]);

function unknownCommand(word: string): string {
  const hint = hintAt(word, SHOWN);
  const otherwise = hint === "" ? `; an environment is named as --env ${word}` : "";
  return `Unknown command "${word}": ${hint}"pve-drift help" lists them all${otherwise}`;
}

function refuseContradictions(cli: CliOptions): void {
  if (cli.all && cli.env.length > 0) {
    throw new UsageError('Options "--all" and "--env" exclude each other: name environments, or take them all');
  }
  if (cli.command !== "setup") {
    const { yes, skip: [skip], loginFile, telegramTokenFile, proxmoxEndpoint, proxmoxTokenFile, ca, fingerprint } = cli;
    const [stray] = Object.entries({
      yes: yes || undefined,
      skip,
      "login-file": loginFile,
      "telegram-token-file": telegramTokenFile,
      "proxmox-endpoint": proxmoxEndpoint,
      "proxmox-token-file": proxmoxTokenFile,
      ...{ ca, fingerprint },
    })
      .filter(([, value]) => value !== undefined);
    if (stray) throw new UsageError(`Option "--${stray[0]}" is for the command "setup": leave it out`);
  }
  if (cli.command !== "snooze" && (cli.forMs !== undefined || cli.reason !== undefined)) {
    const stray = cli.forMs === undefined ? "reason" : "for";
    throw new UsageError(`Option "--${stray}" is for the command "snooze": leave it out`);
  }
  if (cli.verbose && cli.quiet) throw new UsageError('Options "--verbose" and "--quiet" exclude each other');
  if (cli.command !== "explain" && (cli.patch || cli.report !== undefined)) {
    throw new UsageError(`Option "--${cli.patch ? "patch" : "report"}" is for the command "explain": leave it out`);
  }
  if (cli.json && cli.patch) throw new UsageError('Options "--json" and "--patch" exclude each other');
  if (cli.json && !["check", "explain", "replay"].includes(cli.command)) {
    throw new UsageError(`Command "${cli.command}" makes no report that "--json" could print: leave it out`);
  }
  if (cli.ifChanged && (cli.command !== "check" || cli.dryRun)) {
    throw new UsageError('Option "--if-changed" is for checks of real environments: leave it out');
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
