/**
 * What a run depends on besides its files: clock, environment, user, terminal and log. Made once, and handed down.
 *
 * @module
 */

import project from "../deno.json" with { type: "json" };
import type { Log, LogLevel, LogOptions } from "../lib/log.ts";
import { Results } from "../lib/print.ts";
import type { SinkHost } from "../sinks/load.ts";

/** The process and the machine that a run happens in. */
export interface World {
  /** Absolute working directory. */
  cwd: string;
  /** The command line, without the program's own name. */
  args: readonly string[];
  /** Environment variables. */
  env: Record<string, string>;
  /** The caller's user number. */
  uid: number;
  /** The caller's group number. */
  gid: number;
  /** Number of this process. */
  pid: number;
  /** Processor cores. */
  cores: number;
  /** Name of this machine. */
  host: string;
  /** Names of the sinks of a run that configures none. */
  defaultSinks(): Promise<readonly string[]>;
  /** Version of this program. */
  version: string;
  /** How this program is started again. */
  program: SinkHost["program"];
  /** Milliseconds since 1970. */
  now: () => number;
  /** For the operator, on stderr or in the journal. */
  log: Log;
  /** Resolves when everything logged so far is written. */
  logged: () => Promise<void>;
  /** Writes results to stdout, whole, or as much as its reader wants. */
  print: (text: string) => Promise<void>;
  /** Whether the reader of stdout closed it before its end. */
  isReaderGone: () => boolean;
  /** stderr is a terminal: progress is shown live, and somebody may be waiting. */
  isLive: boolean;
  /** Columns of the terminal, 80 where there is none. */
  columns: number;
  /** How results are shown. */
  view: SinkHost["view"];
}

/** How much a run says, and in what colors. */
export interface Loudness {
  /** `auto` leaves it to the terminal. */
  color: "auto" | "always" | "never";
  /** Say more. */
  verbose: boolean;
  /** Say only warnings and errors; never together with `verbose`. */
  quiet: boolean;
}

/** The world of this process. */
export async function openWorld(
  { color, verbose, quiet }: Loudness = { color: "auto", verbose: false, quiet: false },
): Promise<World> {
  const env = Deno.env.toObject();
  const isJournal = env.JOURNAL_STREAM !== undefined && await isWrittenTo(env.JOURNAL_STREAM);
  const isColored = (terminal: boolean) =>
    color === "always" || (color === "auto" && terminal && !Deno.noColor && !isJournal);
  const level = verbose ? "debug" : quiet ? "warn" : "info";
  const results = new Results();
  const [isShown, messages] = [Deno.stdout.isTerminal(), Deno.stderr.isTerminal()];
  const columns = terminalColumns();
  return {
    cwd: Deno.cwd(),
    args: Deno.args,
    env,
    uid: Deno.uid() ?? 0,
    gid: Deno.gid() ?? 0,
    pid: Deno.pid,
    cores: navigator.hardwareConcurrency,
    host: Deno.hostname(),
    version: project.version,
    defaultSinks: async () => (await import("../sinks/load.ts")).defaultSinks,
    program: { execPath: Deno.execPath(), standalone: Deno.build.standalone, mainModule: Deno.mainModule },
    now: Date.now,
    ...lazyLog({ journal: isJournal, color: isColored(messages), level, ...messages && !isJournal ? { columns } : {} }),
    print: (text) => results.print(text),
    isReaderGone: () => results.isReaderGone,
    isLive: messages && !isJournal,
    columns,
    view: {
      color: isColored(isShown),
      columns: isShown ? columns : Infinity,
      detail: verbose ? "verbose" : quiet ? "quiet" : "normal",
      journal: isJournal,
    },
  };
}

/** Whether stdout or stderr is this stream, named by device and inode (systemd.exec(5), JOURNAL_STREAM). */
async function isWrittenTo(stream: string): Promise<boolean> {
  const { fstatSync } = await import("node:fs");
  return [1, 2].some((fd) => {
    const { dev, ino } = fstatSync(fd);
    return stream === `${dev}:${ino}`;
  });
}

function terminalColumns(): number {
  try {
    return Math.max(40, Deno.consoleSize().columns || 80);
  } catch {
    return 80;
  }
}

/** A log that is loaded with its first message: many runs have nothing to say. */
function lazyLog(options: LogOptions): Pick<World, "log" | "logged"> {
  let opened: Promise<Log> | undefined;
  let last: Promise<void> = Promise.resolve();
  const order: LogLevel[] = ["debug", "info", "warn", "error"];
  const under = (parts: string[]): Log => {
    const say = (level: LogLevel) => (message: string) => {
      if (order.indexOf(level) < order.indexOf(options.level)) return;
      opened ??= import("../lib/log.ts").then(({ openLog }) => openLog(options));
      last = opened.then((log) => parts.reduce((one, part) => one.under(part), log)[level](message));
    };
    return {
      debug: say("debug"),
      info: say("info"),
      warn: say("warn"),
      error: say("error"),
      under: (part) => under([...parts, part]),
    };
  };
  return { log: under([]), logged: () => last };
}
