/**
 * The table of options. Parsing, the usage text, the manual page and the shell completions come from it and the table of commands.
 *
 * @module
 */

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
    complete: "environments",
    help: "check this environment; repeat it, or write a,b, for several",
  },
  { name: "all", help: "check every environment" },
  {
    name: "shard",
    value: "I/N",
    help: "of these, check only the I-th of N parts, counted from 1, so that N runs check each environment once; " +
      "auto/N takes I from JOB_COMPLETION_INDEX, which Kubernetes sets",
  },
  {
    name: "dry-run",
    help: "show what a run would report and deliver, with recorded plans; run no terraform, write and send nothing",
  },
  {
    name: "config",
    value: "FILE",
    complete: "files",
    help: "configuration file (default: ./pve-drift.json, then /etc/pve-drift/pve-drift.json)",
  },
  { name: "root", value: "DIR", complete: "folders", help: "folder that holds the environments' folders" },
  {
    name: "sink",
    value: "SPEC",
    complete: "sinks",
    help: "send the report there instead of to the configured sinks, or with +SPEC in addition; may be repeated. " +
      "SPEC is name, name?key=value&key=value, file:PATH or exec:PATH",
  },
  { name: "concurrency", value: "N", help: "how many environments to check at a time" },
  { name: "timeout", value: "DURATION", help: "time limit for each environment, as 90s, 5m or 1h" },
  { name: "lock-timeout", value: "DURATION", help: "how long a confirming plan waits for the state's lock" },
  { name: "json", help: "print the report, and only the report, on stdout" },
  { name: "force", help: "no effect; accepted for old unit files" },
  { name: "verbose", help: "print more, on stderr and in the console sink" },
  { name: "quiet", help: "print only warnings, errors and differences" },
  { name: "color", value: "WHEN", choices: ["auto", "always", "never"], help: "when to use colors (default: auto)" },
  { name: "version", help: "print the version" },
  { name: "help", short: "h", help: "print this help" },
] as const satisfies readonly CliOption[];
