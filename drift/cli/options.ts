/**
 * The table of options. Parsing, the usage text, the manual page and the shell completions are made from it and from the
 * table of commands.
 *
 * @module
 */

/** One line of the option table. */
export interface CliOption {
  /** Without the dashes. */
  name: string;
  /** One letter, without the dash. */
  short?: string;
  /** What the value is called in the usage text; without it the option is a switch. */
  value?: string;
  /** The only values there are. */
  choices?: readonly string[];
  /** What a shell offers as the value. */
  complete?: "environments" | "files" | "folders" | "sinks";
  /** One sentence, for the usage text and the completions. */
  help: string;
}

/** Every option there is, in the order of the usage text. */
export const OPTIONS = [
  {
    name: "env",
    value: "NAME",
    complete: "environments",
    help: "check this environment; may be given again, or as a,b",
  },
  { name: "all", help: "check every environment" },
  {
    name: "shard",
    value: "I/N",
    help: "of these, only the I-th of N shares, counted from 1, so that N runs check each exactly once; " +
      "auto/N takes I from JOB_COMPLETION_INDEX of Kubernetes",
  },
  {
    name: "dry-run",
    help: "show from recorded plans what a run would report and deliver; runs no terraform, writes and sends nothing",
  },
  {
    name: "config",
    value: "FILE",
    complete: "files",
    help: "configuration (default: pve-drift.json here, then /etc/pve-drift/pve-drift.json)",
  },
  { name: "root", value: "DIR", complete: "folders", help: "folder whose sub-folders are the environments" },
  {
    name: "sink",
    value: "SPEC",
    complete: "sinks",
    help: "where the report goes instead of the configured sinks, or with +SPEC besides them; may be given again. " +
      "SPEC is name, name?key=value&key=value, file:PATH or exec:PATH",
  },
  { name: "concurrency", value: "N", help: "environments checked at a time" },
  { name: "timeout", value: "DURATION", help: "the most time for one environment, as 90s, 5m, 1h" },
  { name: "lock-timeout", value: "DURATION", help: "how long a confirming plan waits for the state lock" },
  { name: "json", help: "print the report, and only the report, on stdout" },
  { name: "force", help: "accepted for old unit files: nothing is ever asked" },
  { name: "verbose", help: "say more, on stderr and in the console sink" },
  { name: "quiet", help: "say only warnings, errors and differences" },
  { name: "color", value: "WHEN", choices: ["auto", "always", "never"], help: "colors (default: auto)" },
  { name: "version", help: "print the version" },
  { name: "help", short: "h", help: "print this text" },
] as const satisfies readonly CliOption[];
