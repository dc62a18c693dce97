/**
 * The table of commands: what each is called, what it takes, and what loads it. It imports nothing, so that a command line
 * is read without loading any command.
 *
 * @module
 */

/** A command line, without the program's name, and what it does. */
export type Example = readonly [line: string, what: string];

/** One line of the table. */
export interface CommandRow {
  /** The word itself. */
  name: string;
  /** Operands, for the usage text. */
  operands?: string;
  /** The words that may follow first, where they are fixed; `files` where they are paths, `commands` where they are our own. */
  complete?: readonly string[] | "files" | "commands";
  /** One clause for the usage text; absent where the command is not for people. */
  help?: string;
  /** Command lines to try, each with what it does; absent where the usage says it all. */
  examples?: readonly Example[];
  /** The part of the handbook that tells more, by its anchor. */
  chapter?: string;
  /** Whether the command takes these operands. */
  accepts(words: readonly string[]): boolean;
  /** Loads the command's file; check-drift.ts calls its `run`. */
  load(): Promise<{ run(...args: never[]): Promise<number> }>;
}

/** The shells that completions are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** What `setup` does one after another, in that order. */
export const SETUP_STEPS = ["environments", "access", "program", "login", "witness", "telegram", "timer"] as const;

/** The check, which has no name on the command line, and what takes its place with `--dry-run`. */
export const CHECK = {
  examples: [
    ["--dry-run", "Show what a run would deliver, with recorded plans"],
    ["--root /srv/infrastructure/environments --all", "Check every environment below a folder"],
    ["--env prod --json | jq .summary", "Check one environment, and print part of the report"],
    ["--all --sink +telegram", "Also send the report to a Telegram chat"],
    ["--all --shard 2/3", "Check the second of three parts; two other machines check the rest"],
  ],
  load: () => import("./check.ts"),
  loadDryRun: () => import("./replay.ts"),
} as const;

/** Every command that has a name. */
export const COMMANDS = [
  {
    name: "replay",
    operands: "FILE [STREAM]",
    complete: "files",
    help: "make a report from the output of terraform show -json, terraform plan -json, or both; - is stdin",
    examples: [
      ["replay plan.json", 'Show what a plan means that "terraform show -json PLANFILE > plan.json" wrote'],
      ["replay plan.json stream.jsonl", 'Read the messages of "terraform plan -json" as well'],
      ["replay - --env prod --json", "Read standard input, name the environment, and print the report"],
    ],
    chapter: "#reading-a-report",
    accepts: (words) => words.length === 1 || (words.length === 2 && !words.every((word) => word === "-")),
    load: () => import("./replay.ts"),
  },
  {
    name: "explain",
    operands: "[ADDRESS]",
    help: "say what a finding is, where it stands in the code, and the ways out of it; writes nothing",
    examples: [
      ["explain --env prod", "Check prod, and explain all that it finds"],
      [
        `explain --env prod 'module.vm["web"].proxmox_virtual_environment_vm.this'`,
        "Explain one finding, by its address in a report or message",
      ],
      ["explain --env prod 101", "Explain what is found of guest 101"],
      ["explain --report report.json", "Explain a report that --json wrote, and check nothing"],
      ["explain --env prod 101 --patch | git apply", "Write what is there into the code"],
    ],
    chapter: "#what-now",
    accepts: (words) => words.length <= 1,
    load: () => import("./explain.ts"),
  },
  {
    name: "doctor",
    help: "find what would make a check fail, and say what to do",
    examples: [
      ["doctor", "Look at programs, environments, their states, sinks and the clock"],
      ["doctor --env prod --sink telegram", "Look at one environment and one sink"],
    ],
    chapter: "#troubleshooting",
    accepts: (words) => words.length === 0,
    load: () => import("./doctor.ts"),
  },
  {
    name: "init",
    help: "write a first configuration from what it sees; asks nothing, overwrites nothing",
    examples: [
      ["init --root /srv/infrastructure", "Find the environments below a folder, and write down how to check them"],
      ["init --config ./pve-drift.json", "Write to a file of your choice"],
    ],
    chapter: "#configuration",
    accepts: (words) => words.length === 0,
    load: () => import("./init.ts"),
  },
  {
    name: "setup",
    help: "lead from an installed program to the first check: asks before it writes, and keeps what is there",
    examples: [
      ["setup", "Set up the service as root, or checks of your own as anybody else"],
      ["setup --root /srv/infrastructure", "Look for environments there"],
      ["setup --yes --skip telegram --login-file login.env", "Ask nothing, for scripts"],
      [
        'setup --yes --sink "+telegram?chatId=-1001234567890" --telegram-token-file token',
        "Name the chat instead of looking for it",
      ],
      [
        "setup --proxmox-endpoint https://pve1:8006 --ca pve-root-ca.pem --proxmox-token-file token",
        "Add Proxmox itself as a second witness",
      ],
    ],
    chapter: "#setup",
    accepts: (words) => words.length === 0,
    load: () => import("./setup.ts"),
  },
  {
    name: "sinks",
    operands: "[check | test NAME]",
    complete: ["check", "test"],
    help: "list the sinks of a run; check asks each whether it would deliver; test sends a sample report to one",
    examples: [
      ["sinks", "List where a report goes, who said so, and with what options"],
      ["sinks check", "Ask each sink whether it would deliver; send nothing"],
      ["sinks test telegram", "Send a report of a recorded plan, marked as a test"],
    ],
    chapter: "#sinks",
    accepts: ([word, ...rest]) =>
      word === undefined || (word === "check" && rest.length === 0) || (word === "test" && rest.length === 1),
    load: () => import("./sinks.ts"),
  },
  {
    name: "snooze",
    operands: "[list | end] [ENV ADDRESS]",
    complete: ["list", "end"],
    help: "leave what is known at an address out of messages for a while; list what is, or end it",
    examples: [
      [
        `snooze prod 'module.vm["web"].proxmox_virtual_environment_vm.this' --for 3d`,
        "Tell nothing of what is known there for three days; further findings are told",
      ],
      ["snooze list", "List what is snoozed, until when, and why"],
      [`snooze end prod 'module.vm["web"].proxmox_virtual_environment_vm.this'`, "Tell of it again"],
    ],
    chapter: "#snooze",
    accepts: ([first, ...rest]) =>
      first === "list" ? rest.length <= 1 : rest.length === 1 || (first === "end" && rest.length === 2),
    load: () => import("./snooze.ts"),
  },
  {
    name: "completion",
    operands: SHELLS.join("|"),
    complete: SHELLS,
    help: "print the completion script of a shell",
    examples: [["completion bash > ~/.local/share/bash-completion/completions/pve-drift", "Complete in bash"]],
    accepts: ([shell, ...rest]) => SHELLS.some((known) => known === shell) && rest.length === 0,
    load: () => import("./completion.ts"),
  },
  {
    name: "help",
    operands: "[COMMAND]",
    complete: "commands",
    help: "print all commands and options, or what one command does and takes, with examples",
    accepts: (words) => words.length <= 1,
    load: () => import("./help.ts"),
  },
  {
    name: "version",
    help: "print the version",
    accepts: (words) => words.length === 0,
    load: () => import("./version.ts"),
  },
  // For the completion scripts: the names of the environments, one a line.
  { name: "__environments", accepts: (words) => words.length === 0, load: () => import("./environments.ts") },
] as const satisfies readonly CommandRow[];
