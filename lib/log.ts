/**
 * The operator's log: everything the program says that is not a result, on stderr or in the journal.
 *
 * This module loads LogTape (about 10 ms): import it only when there is something to log.
 *
 * @module
 */

import { configureSync, getLogger, type LogLevel as TapeLevel, type LogRecord } from "@logtape/logtape";
import { type Gravity, journalPrefix } from "./journal.ts";
import { visible } from "./visible.ts";
import { wrap } from "./wrap.ts";

/** The severity of a message. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes messages for the operator. */
export interface Log {
  /** Shown only with `--verbose`. */
  debug(message: string): void;
  /** Progress. */
  info(message: string): void;
  /** Something to look at. */
  warn(message: string): void;
  /** A failure. */
  error(message: string): void;
  /** A log whose messages begin with the name of a part. */
  under(part: string): Log;
}

/** How the log is written. */
export interface LogOptions {
  /** Every line carries the syslog priority that systemd reads, as `<4>`. */
  journal: boolean;
  /** ANSI colors; none in the journal. */
  color: boolean;
  /** The lowest level that is shown. */
  level: LogLevel;
  /** Lines are wrapped between words to this width; not at all where it is absent, as a pipe and the journal want it. */
  columns?: number;
  /** Receives whole lines. Default: stderr. */
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
 * Opens the log of this process; a second call replaces the first. No message can move the cursor, color the terminal or
 * forge a priority: control characters are escaped, and each line of a message gets its own priority.
 */
export function openLog(options: LogOptions): Log {
  const write = options.write ?? writeStderr;
  configureSync({
    reset: true,
    sinks: { operator: (record) => write(formatRecord(record, options)) },
    loggers: [
      { category: [ROOT], lowestLevel: LEVELS[options.level].tape, sinks: ["operator"] },
      // If stderr itself fails, there is nobody left to tell.
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  return logOf([ROOT]);
}

function logOf(category: [string, ...string[]]): Log {
  const logger = getLogger(category);
  // LogTape would take braces in a plain message for placeholders; in a template's value it does not.
  return {
    debug: (message) => logger.debug`${message}`,
    info: (message) => logger.info`${message}`,
    warn: (message) => logger.warning`${message}`,
    error: (message) => logger.error`${message}`,
    under: (part) => logOf([...category, part]),
  };
}

function formatRecord(record: LogRecord, { journal, color, columns = Infinity }: LogOptions): string {
  const level = Object.values(LEVELS).find(({ tape }) => tape === record.level) ?? LEVELS.error;
  const part = record.category.slice(1).map((name) => `${name}: `).join("");
  const lines = record.message.map(String).join("").trimEnd().split(/\r?\n/).map(visible);
  return lines.map((line, at) => {
    if (journal) return `${journalPrefix(level.tape)}${part}${line}\n`;
    const [first, ...rest] = wrap(at === 0 ? `${level.label}${part}${line}` : line, columns - 2);
    const texts = [at === 0 ? first! : `  ${first}`, ...rest.map((text) => `  ${text}`)];
    return texts.map((text) => color && level.sgr ? `${level.sgr}${text}\x1b[0m\n` : `${text}\n`).join("");
  }).join("");
}

function writeStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += Deno.stderr.writeSync(bytes.subarray(done));
}
