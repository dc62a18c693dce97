/**
 * The table of commands: what each is called, what it takes, and what loads it. It imports nothing, so that a command line
 * is read without loading any command.
 *
 * @module
 */

/** One line of the table. */
export interface CommandRow {
  /** The word itself. */
  name: string;
  /** Operands, for the usage text. */
  operands?: string;
  /** The words that may follow first, where they are fixed; `files` where they are paths. */
  complete?: readonly string[] | "files";
  /** One clause for the usage text; absent where the command is not for people. */
  help?: string;
  /** Whether the command takes these operands. */
  accepts(words: readonly string[]): boolean;
  /** Loads the command's file; check-drift.ts calls its `run`. */
  load(): Promise<{ run(...args: never[]): Promise<number> }>;
}

/** The shells that completions are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The check, which has no name on the command line, and what takes its place with `--dry-run`. */
export const CHECK = { load: () => import("./check.ts"), loadDryRun: () => import("./replay.ts") } as const;

/** Every command that has a name. */
export const COMMANDS = [
  {
    name: "replay",
    operands: "FILE [STREAM]",
    complete: "files",
    help: "make a report from the output of terraform show -json, terraform plan -json, or both; - is stdin",
    accepts: (words) => words.length === 1 || (words.length === 2 && !words.every((word) => word === "-")),
    load: () => import("./replay.ts"),
  },
  {
    name: "doctor",
    help: "find what would make a check fail, and say what to do",
    accepts: (words) => words.length === 0,
    load: () => import("./doctor.ts"),
  },
  {
    name: "init",
    help: "write a first configuration from what it sees; asks nothing, overwrites nothing",
    accepts: (words) => words.length === 0,
    load: () => import("./init.ts"),
  },
  {
    name: "sinks",
    operands: "[check | test NAME]",
    complete: ["check", "test"],
    help: "list the sinks of a run, load them all, or send a sample report to one",
    accepts: ([word, ...rest]) =>
      word === undefined || (word === "check" && rest.length === 0) || (word === "test" && rest.length === 1),
    load: () => import("./sinks.ts"),
  },
  {
    name: "completion",
    operands: SHELLS.join("|"),
    complete: SHELLS,
    help: "print the completion script of a shell",
    accepts: ([shell, ...rest]) => SHELLS.some((known) => known === shell) && rest.length === 0,
    load: () => import("./completion.ts"),
  },
  // For the completion scripts: the names of the environments, one a line.
  { name: "__environments", accepts: (words) => words.length === 0, load: () => import("./environments.ts") },
] as const satisfies readonly CommandRow[];
