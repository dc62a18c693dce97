/**
 * The table of options. Parsing, the usage text, the manual page and the shell completions come from it and the table of commands.
 *
 * @module
 */

import { SETUP_STEPS } from "../commands/table.ts";

/** One line of the option table. */
export interface CliOption {
  /** Without the dashes. */
  name: string;
  /** One letter, without the dash. */
  short?: string;
  /** Name of the value in the usage text; absent in a switch. */
  value?: string;
  /** All values that the option takes. */
  choices?: readonly string[];
  /** The commands that it is for, `check` among them; absent in an option of every command. */
  commands?: readonly string[];
  /** Accepted, and not shown to anybody. */
  hidden?: true;
  /** What a shell completes the value with. */
  complete?: "environments" | "files" | "folders" | "sinks";
  /** One sentence, for the usage text and the completions. */
  help: string;
}

/** Every option, in the order of the usage text. */
export const OPTIONS = [
  {
    name: "env",
    value: "NAME",
    commands: ["check", "doctor", "explain", "replay"],
    complete: "environments",
    help: "the environment to check; repeat it, or write a,b, for several",
  },
  { name: "all", commands: ["check", "doctor"], help: "check every environment" },
  {
    name: "shard",
    value: "I/N",
    commands: ["check", "doctor"],
    help: "of these, check only the I-th of N parts, counted from 1, so that N runs check each environment once; " +
      "auto/N takes I from JOB_COMPLETION_INDEX, which Kubernetes sets",
  },
  {
    name: "if-changed",
    commands: ["check"],
    help: "ask Proxmox first, and plan only the environments of which something has changed since their last verdict",
  },
  {
    name: "dry-run",
    commands: ["check", "replay", "sinks"],
    help: "show what a run would report and deliver, with recorded plans; run no terraform, write and send nothing",
  },
  {
    name: "config",
    value: "FILE",
    commands: ["check", "doctor", "explain", "replay", "init", "setup", "sinks", "snooze"],
    complete: "files",
    help: "configuration file (default: ./pve-drift.json, then /etc/pve-drift/pve-drift.json)",
  },
  {
    name: "root",
    value: "DIR",
    commands: ["check", "doctor", "explain", "init", "setup", "snooze"],
    complete: "folders",
    help: "folder that holds the environments' folders",
  },
  {
    name: "sink",
    value: "SPEC",
    commands: ["check", "doctor", "replay", "setup", "sinks"],
    complete: "sinks",
    help: "send the report there instead of to the configured sinks, or with +SPEC in addition; may be repeated. " +
      "SPEC is name, name?key=value&key=value, file:PATH or exec:PATH. setup writes down what +telegram?key=value says",
  },
  { name: "concurrency", value: "N", commands: ["check", "explain"], help: "how many environments to check at a time" },
  {
    name: "timeout",
    value: "DURATION",
    commands: ["check", "explain"],
    help: "time limit for each environment, as 90s, 5m or 1h",
  },
  {
    name: "lock-timeout",
    value: "DURATION",
    commands: ["check"],
    help: "how long a confirming plan waits for the state's lock",
  },
  {
    name: "json",
    commands: ["check", "explain", "replay"],
    help: "print the report, and only the report, on stdout; of explain, what it says",
  },
  {
    name: "report",
    value: "FILE",
    commands: ["explain"],
    complete: "files",
    help: "explain this report, which --json wrote, and check nothing; - is stdin",
  },
  {
    name: "patch",
    commands: ["explain"],
    help: "print the edit of the code that keeps what is there, and nothing else, for git apply",
  },
  {
    name: "fail-on",
    value: "WHICH",
    choices: ["any", "outside", "new"],
    commands: ["check", "replay"],
    help:
      "which drift makes exit code 2: any (default), outside (only what was changed by hand), or new (only what the " +
      "last run did not know); the report and the sinks say everything all the same",
  },
  {
    name: "for",
    value: "DURATION",
    commands: ["snooze"],
    help: "how long messages leave it out, as 12h or 3d; at most 365d",
  },
  { name: "reason", value: "TEXT", commands: ["snooze"], help: "why, for those who see it in snooze list and doctor" },
  { name: "yes", commands: ["setup"], help: "ask nothing: take what is found, and what is given as options" },
  {
    name: "skip",
    value: "STEP",
    commands: ["setup"],
    choices: SETUP_STEPS,
    help: `leave this step out; may be repeated. The steps are ${SETUP_STEPS.join(", ")}`,
  },
  {
    name: "login-file",
    value: "FILE",
    commands: ["setup"],
    complete: "files",
    help: "take the logins of providers and backends from these lines NAME=VALUE; - is stdin",
  },
  {
    name: "telegram-token-file",
    value: "FILE",
    commands: ["setup"],
    complete: "files",
    help: "take the Telegram bot's token from this file; - is stdin",
  },
  {
    name: "proxmox-endpoint",
    value: "URL",
    commands: ["setup"],
    help: "ask Proxmox as a second witness, at this address, as https://pve1.example.org:8006",
  },
  {
    name: "proxmox-token-file",
    value: "FILE",
    commands: ["setup"],
    complete: "files",
    help: "take the second witness's token, USER@REALM!ID=UUID, from this file; - is stdin",
  },
  {
    name: "ca",
    value: "FILE",
    commands: ["setup"],
    complete: "files",
    help: "Proxmox proves itself by this authority: a copy of /etc/pve/pve-root-ca.pem",
  },
  {
    name: "fingerprint",
    value: "SHA256",
    commands: ["setup"],
    help: "Proxmox proves itself by the certificate with this fingerprint",
  },
  { name: "force", hidden: true, help: "no effect; accepted for old unit files" },
  { name: "verbose", short: "v", help: "print more, on stderr and in the console sink" },
  { name: "quiet", short: "q", help: "print only warnings, errors and differences" },
  { name: "color", value: "WHEN", choices: ["auto", "always", "never"], help: "when to use colors (default: auto)" },
  { name: "version", short: "V", help: "print the version" },
  { name: "help", short: "h", help: "print what a command does and takes, with examples" },
] as const satisfies readonly CliOption[];

/** What stands behind an option in texts for people: its few choices, or the name of its value; nothing in a switch. */
export function operandOf({ value, choices }: CliOption): string | undefined {
  return choices !== undefined && choices.length <= 3 ? choices.join("|") : value;
}

/** The options that people are shown: of one command (`check`: of the check), or of all. */
export function shownOptions(command?: string): readonly CliOption[] {
  const options: readonly CliOption[] = OPTIONS;
  return options.filter(({ hidden, commands }) =>
    !hidden && (command === undefined || commands === undefined || commands.includes(command))
  );
}
