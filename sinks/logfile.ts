/**
 * The sink that keeps a record of every check for people to read later: one file an environment and day.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { howToWrite } from "../lib/access.ts";
import { messageOf } from "../lib/message_of.ts";
import { appendRecord } from "../lib/append_record.ts";
import { visible } from "../lib/visible.ts";
import { whyNotWritable } from "../lib/writable.ts";
import type { EnvironmentReport } from "../drift/report.ts";
import { renderLazily } from "./text/report_text.ts";
import { witnessNews } from "./text/witness_text.ts";
import { hostTime, type LocalTime } from "./text/local_time.ts";
import { duration, fromLoader, path, readOptions } from "./options.ts";
import { type DriftReport, type Sink, type SinkContext, type SinkModule, StepAside } from "./sink.ts";

/** What a user may set, and what the loader hands in. */
export interface LogfileOptions {
  /** The folder; made where only it is missing. */
  dir?: string;
  /** Milliseconds that a file is kept, by the date in its name. */
  keep?: number;
  /** Somebody named this sink, so that it must not step aside. */
  asked?: boolean;
  /** Where to write when the default folder is not usable and nobody asked. */
  fallbackDir?: string;
  /** Where a relative `dir` starts. */
  base?: string;
}

const NAME = "logfile";
const DEFAULT_DIR = "/var/log/pve-drift";
const DEFAULT_KEEP_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;
const MODE = 0o640;
const ENVIRONMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
const FILE_NAME = new RegExp(`^drift-(\\d{4}-\\d{2}-\\d{2})-${ENVIRONMENT}\\.log$`);
const VIEW = { color: false, columns: 120, detail: "verbose", journal: false } as const;

/** The logfile sink. */
const sinkModule: SinkModule<LogfileOptions> = {
  apiVersion: 1,
  name: NAME,
  dryRun: true,
  options: {
    parse: (input) =>
      readOptions(NAME, input, { dir: path, keep: duration }, {
        asked: fromLoader<boolean>(),
        fallbackDir: fromLoader<string>(),
        base: fromLoader<string>(),
      }),
  },
  create: (options, context) => createLogfile(options, context, hostTime, DEFAULT_DIR),
};

export default sinkModule;

/**
 * Makes the sink.
 *
 * @param defaultDir Where it writes when no `dir` is given.
 * @throws {StepAside} where nobody asked for it and there is no folder to write to
 */
export async function createLogfile(
  options: LogfileOptions,
  context: SinkContext,
  local: LocalTime,
  defaultDir: string,
): Promise<Sink> {
  const { dir, instead } = options.dir === undefined
    ? await chosenDir(options, context, defaultDir)
    : { dir: resolve(options.base ?? "/", options.dir) };
  const keep = options.keep ?? DEFAULT_KEEP_MS;
  return {
    async deliver(report, signal) {
      if (!context.dryRun) await makeMissing(dir);
      const day = local.date(Date.parse(report.startedAt));
      const writes = report.environments.filter(({ skipped }) => !skipped).map(async (environment) => {
        const file = join(dir, fileName(day, environment.name));
        const record = await recordOf(report, environment, local);
        if (context.dryRun) context.log.info(`Would append ${record.split("\n").length - 1} lines to "${file}"`);
        else await appendRecord(file, record, { mode: MODE, signal });
      });
      const failed = (await Promise.allSettled(writes)).flatMap((write) =>
        write.status === "rejected" ? [write.reason] : []
      );
      await removeExpired(dir, day, keep, context);
      if (failed.length > 0) {
        throw new Error(failed.map((reason) => messageOf(reason)).join("; "), { cause: failed[0] });
      }
    },
    async probe() {
      const isThere = await Deno.lstat(dir).then(() => true, (error) => !(error instanceof Deno.errors.NotFound));
      const place = isThere ? dir : dirname(dir);
      const why = await whyNotWritable(place);
      if (why) {
        throw new Error(
          `Cannot write log files: "${place}" ${why}; ${await howToWrite(dir)}, or name another folder as "dir"`,
        );
      }
      const since = instead === undefined ? "" : `, since ${instead}`;
      return { summary: `${isThere ? `writes to "${dir}"` : `will make "${dir}" and write there`}${since}` };
    },
  };
}

/**
 * Makes the folder, but none above it: a slip in a path must not make a tree. Why it cannot be made, the attempt to write
 * in it tells.
 */
async function makeMissing(dir: string): Promise<void> {
  await Deno.mkdir(dir, { mode: 0o750 }).catch(() => {});
}

/** The default folder, or where nobody asked for it and it is of no use, the one that the loader names, and why. */
async function chosenDir(
  options: LogfileOptions,
  context: SinkContext,
  defaultDir: string,
): Promise<{ dir: string; instead?: string }> {
  if (options.asked ?? true) return { dir: defaultDir };
  const why = await whyNotWritable(defaultDir);
  if (!why) return { dir: defaultDir };
  const hint = `"${defaultDir}" ${why}`;
  if (!options.fallbackDir) throw new StepAside(`No log files: ${hint}. Create it, or name a folder as "dir"`);
  if (!context.dryRun) {
    try {
      await Deno.mkdir(options.fallbackDir, { recursive: true, mode: 0o750 });
    } catch (error) {
      throw new StepAside(
        `No log files: ${hint}, and "${options.fallbackDir}" cannot be made (${messageOf(error)})`,
      );
    }
    const whyNotHere = await whyNotWritable(options.fallbackDir);
    if (whyNotHere) throw new StepAside(`No log files: ${hint}, and "${options.fallbackDir}" ${whyNotHere}`);
  }
  context.log.debug(`Log files go to "${options.fallbackDir}", since ${hint}`);
  return { dir: options.fallbackDir, instead: hint };
}

function fileName(day: string, environment: string): string {
  const name = `drift-${day}-${environment}.log`;
  if (!FILE_NAME.test(name)) throw new Error(`Cannot name a log file after environment ${JSON.stringify(environment)}`);
  return name;
}

async function recordOf(report: DriftReport, environment: EnvironmentReport, local: LocalTime): Promise<string> {
  const started = Date.parse(environment.startedAt);
  const { test, ...untold } = report;
  const alone: DriftReport = {
    ...untold,
    startedAt: environment.startedAt,
    finishedAt: new Date(started + environment.durationMs).toISOString(),
    status: environment.status,
    summary: {
      environments: 1,
      ok: Number(environment.status === "ok"),
      drift: Number(environment.status === "drift"),
      error: Number(environment.status === "error"),
      resourcesChanged: environment.resourcesChanged,
    },
    ...report.proxmox ? { proxmox: report.proxmox.map(witnessNews) } : {},
    environments: [environment],
  };
  const { terraform, tool, runId, host } = report;
  const head = [
    `=== ${test ? "Test of this sink, nothing was checked: " : ""}${
      local.time(started)
    } (${environment.startedAt}), run ${runId}`,
    terraform ? `terraform ${terraform.version} (${terraform.bin})` : "no terraform",
    `${tool.name} ${tool.version} on ${host}`,
  ].map(visible).join(", ");
  const shown = (await renderLazily(alone, VIEW)).map(({ text }) => text);
  return [head, `Folder ${visible(environment.dir)}`, ...shown, `=== end of run ${visible(runId)}`, ""].join("\n");
}

/** Removes the files that are too old by the date in their name; nothing else, and never because of what they hold. */
async function removeExpired(dir: string, today: string, keep: number, { dryRun, log }: SinkContext): Promise<void> {
  for (const name of expired(await namesIn(dir), today, keep)) {
    const file = join(dir, name);
    try {
      if (!(await Deno.lstat(file)).isFile) continue;
      if (dryRun) log.info(`Would remove "${file}"`);
      else await Deno.remove(file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      log.warn(`Cannot remove old log file "${file}": ${messageOf(error)}`);
    }
  }
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  } catch {
    return [];
  }
}

/**
 * The names of our log files whose date is more than `keep` milliseconds before today. Counts calendar days, so that a
 * change of daylight saving moves nothing.
 */
export function expired(names: string[], today: string, keep: number): string[] {
  return names.filter((name) => {
    const day = FILE_NAME.exec(name)?.[1];
    const time = Date.parse(`${day}T00:00:00Z`);
    // Some engines roll the 31st of a short month over; such a name is none of ours.
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) return false;
    return Math.round((Date.parse(`${today}T00:00:00Z`) - time) / DAY_MS) * DAY_MS > keep;
  });
}
