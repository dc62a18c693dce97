/**
 * The operator's log: what the program has to say beside its results, on stderr or in the journal.
 *
 * This module loads LogTape (about 10 ms); import it where something is about to be said.
 *
 * @module
 */

import { configureSync, getLogger, type LogLevel as TapeLevel, type LogRecord } from "@logtape/logtape";
import { type Gravity, journalPrefix } from "./journal.ts";
import { visible } from "./visible.ts";

/** How grave a message is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Takes messages for the operator. */
export interface Log {
  /** Only with `--verbose`. */
  debug(message: string): void;
  /** What happens. */
  info(message: string): void;
  /** What should be looked at. */
  warn(message: string): void;
  /** What failed. */
  error(message: string): void;
  /** The log of a part, whose name stands before its messages. */
  under(part: string): Log;
}

/** How the log is written. */
export interface LogOptions {
  /** Every line carries the syslog priority that systemd reads, as `<4>`. */
  journal: boolean;
  /** ANSI colors; none in the journal. */
  color: boolean;
  /** The least grave level that is said. */
  level: LogLevel;
  /** Takes whole lines. Default: stderr. */
  write?: (text: string) => void;
}

const LEVELS = {
  debug: { tape: "debug", label: "debug: ", sgr: "\x1b[2m" },
  info: { tape: "info", label: "", sgr: "" },
  warn: { tape: "warning", label: "warning: ", sgr: "\x1b[33m" },
  error: { tape: "error", label: "error: ", sgr: "\x1b[31m" },
} as const satisfies Record<LogLevel, { tape: TapeLevel & Gravity; label: string; sgr: string }>;

const ROOT = "pve-drift";

/**
 * Opens the log of this process; a second call takes the place of the first. No message can move the cursor, color the
 * terminal or forge a priority: control characters are written out, and each line of a message is marked for itself.
 */
export function openLog(options: LogOptions): Log {
  const write = options.write ?? writeStderr;
  configureSync({
    reset: true,
    sinks: { operator: (record) => write(formatRecord(record, options)) },
    loggers: [
      { category: [ROOT], lowestLevel: LEVELS[options.level].tape, sinks: ["operator"] },
      // Where stderr itself fails, there is nobody left to tell.
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  return logOf([ROOT]);
}

function logOf(category: [string, ...string[]]): Log {
  const logger = getLogger(category);
  // As a template's value: LogTape would take braces in a plain message for placeholders.
  return {
    debug: (message) => logger.debug`${message}`,
    info: (message) => logger.info`${message}`,
    warn: (message) => logger.warning`${message}`,
    error: (message) => logger.error`${message}`,
    under: (part) => logOf([...category, part]),
  };
}

function formatRecord(record: LogRecord, { journal, color }: LogOptions): string {
  const level = Object.values(LEVELS).find(({ tape }) => tape === record.level) ?? LEVELS.error;
  const part = record.category.slice(1).map((name) => `${name}: `).join("");
  const lines = record.message.map(String).join("").trimEnd().split(/\r?\n/).map(visible);
  return lines.map((line, at) => {
    if (journal) return `${journalPrefix(level.tape)}${part}${line}\n`;
    const text = at === 0 ? `${level.label}${part}${line}` : `  ${line}`;
    return color && level.sgr ? `${level.sgr}${text}\x1b[0m\n` : `${text}\n`;
  }).join("");
}

function writeStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += Deno.stderr.writeSync(bytes.subarray(done));
}
