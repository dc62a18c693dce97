/**
 * The sink that writes one page for browsers, which a web server of the user's hands out.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { whyNoFile } from "../lib/access.ts";
import { sweepTemps, writeFileAtomic } from "../lib/atomic_file.ts";
import { acquireRunLock } from "../lib/run_lock.ts";
import { NOTHING_KEPT, nowKept } from "./html/kept.ts";
import { renderPage, SAMPLE_MARK } from "./html/page.ts";
import { readKept, writeKept } from "./html/store.ts";
import { fromLoader, type OptionKind, path, readOptions, SinkOptionsError } from "./options.ts";
import type { DriftReport, Sink, SinkContext, SinkModule, SinkOutcome } from "./sink.ts";
import { hostTime, type LocalTime } from "./text/local_time.ts";

/** What a user may set, and what the loader hands in. */
export interface HtmlOptions {
  /** The page; its folder must exist. */
  file?: string;
  /** Where a browser finds the page: messages of other sinks link to it. */
  url?: string;
  /** How many days the strips have. */
  days?: number;
  /** No value of an attribute may be shown, also none that an earlier run left. */
  hidesValues?: boolean;
  /** Somebody named this sink; it has no place of its own either way. */
  asked?: boolean;
  /** Where a relative `file` starts. */
  base?: string;
}

/** The world that the sink needs. */
export interface HtmlEdges {
  /** The host's clock on the wall. */
  local: LocalTime;
  /** Milliseconds since 1970. */
  now: () => number;
}

const NAME = "html";
const DEFAULT_DAYS = 30;
/** Beyond this, the bars of a strip would not fit on a phone. */
const MOST_DAYS = 90;
const LONGEST_URL = 500;
/** The page is for those whom its folder's group names. */
const MODE = 0o640;
/** Two units may write one page; this long one waits for the other, in milliseconds, unless its own time is over before. */
const LOCK_WAIT_MS = 20_000;
/** The mark of a sample stands this near to the beginning, in characters. */
const HEAD = 2000;

const address: OptionKind<string> = {
  wanted: 'the page\'s address like "https://drift.example.org/", without a user or a password',
  read(value) {
    if (typeof value !== "string" || value.length > LONGEST_URL || !URL.canParse(value)) return undefined;
    const { protocol, username, password, href } = new URL(value);
    return /^https?:$/.test(protocol) && username + password === "" ? href : undefined;
  },
};

const dayCount: OptionKind<number> = {
  wanted: `a number of days from 1 to ${MOST_DAYS}`,
  read(value) {
    const days = typeof value === "number" || /^\d+$/.test(String(value)) ? Number(value) : 0;
    return Number.isInteger(days) && days >= 1 && days <= MOST_DAYS ? days : undefined;
  },
};

/** The html sink. */
const sinkModule: SinkModule<HtmlOptions> = {
  apiVersion: 1,
  name: NAME,
  dryRun: true,
  options: {
    parse: (input) =>
      readOptions(NAME, input, { file: path, url: address, days: dayCount }, {
        hidesValues: fromLoader<boolean>(),
        asked: fromLoader<boolean>(),
        base: fromLoader<string>(),
      }),
  },
  create: (options, context) => createHtml(options, context, { local: hostTime, now: Date.now }),
};

export default sinkModule;

/**
 * Makes the sink.
 *
 * @throws {SinkOptionsError} where no file is given
 */
export function createHtml(options: HtmlOptions, context: SinkContext, { local, now }: HtmlEdges): Sink {
  if (options.file === undefined) {
    throw new SinkOptionsError(NAME, '"file" must be a path, as "/var/www/drift/index.html"');
  }
  const file = resolve(options.base ?? "/", options.file);
  const { days = DEFAULT_DAYS, hidesValues = false } = options;
  const page = (report: DriftReport, outcomes: SinkOutcome[], kept = NOTHING_KEPT, isSample = false) => {
    const after = nowKept(kept, report, (ms) => local.date(ms), days);
    return { kept: after, html: renderPage({ report, kept: after, outcomes, days, local, isSample }) };
  };
  return {
    // The page tells who failed, so it is written last; a place that is wrong can be told while the others still listen.
    async deliver(report) {
      if (!context.dryRun) await refuse(file, isSample(report));
    },
    async probe() {
      await refuse(file, false);
      return { summary: `writes "${file}"${options.url === undefined ? "" : `, which messages call ${options.url}`}` };
    },
    async settled(outcomes, report, signal) {
      if (context.dryRun) {
        return context.log.info(`Would write a page of ${report.environments.length} environments to "${file}"`);
      }
      if (isSample(report)) return await writePage(file, page(report, outcomes, NOTHING_KEPT, true).html, signal);
      const { stateDir, log } = context;
      const holder = { pid: Deno.pid, host: report.host, startedAt: report.startedAt, what: `sink ${NAME}` };
      const lock = await acquireRunLock(join(stateDir, "lock"), { waitMs: LOCK_WAIT_MS, holder, signal });
      try {
        const before = await readKept(stateDir, { values: !hidesValues, now: now(), warn: log.warn });
        const { kept, html } = page(report, outcomes, before);
        // First the page: what it shows today matters more than what it will remember.
        await writePage(file, html, signal);
        await writeKept(stateDir, kept, !hidesValues);
      } finally {
        lock.release();
      }
    },
  };
}

/** Whether a report tells of no check: then it stands alone on its page, and nothing of it is kept. */
function isSample({ test, environments }: DriftReport): boolean {
  return test === true || (environments.length > 0 && environments.every(({ replayed }) => replayed));
}

async function writePage(file: string, html: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await writeFileAtomic(file, html, { mode: MODE });
  await sweepTemps(dirname(file), basename(file));
}

/** Throws where the page cannot be written, or a sample would replace a page of checks. */
async function refuse(file: string, isSample: boolean): Promise<void> {
  const why = await whyNoFile(file);
  if (why) throw new Error(`${why}, or name another file as "file"`);
  const there = await Deno.lstat(file).catch(() => undefined);
  if (there?.isDirectory) throw new Error(`Cannot write "${file}": it is a folder; name a file in it as "file"`);
  if (!isSample || !there?.isFile) return;
  if ((await Deno.readTextFile(file)).slice(0, HEAD).includes(SAMPLE_MARK)) return;
  throw new Error(`Cannot write a sample to "${file}": a page of checks is there; name another file as "file"`);
}
