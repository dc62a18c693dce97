/**
 * The sink that leaves the verdicts where node_exporter's textfile collector finds them.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { whyNoFile } from "../lib/access.ts";
import { messageOf } from "../lib/message_of.ts";
import { sweepTemps, writeFileAtomic } from "../lib/atomic_file.ts";
import { whyNotWritable } from "../lib/writable.ts";
import { type Family, parse, render } from "./prom/exposition.ts";
import { metricsOf } from "./prom/metrics.ts";
import { fromLoader, type OptionKind, readOptions } from "./options.ts";
import { type Sink, type SinkContext, type SinkLog, type SinkModule, StepAside } from "./sink.ts";

/** What a user may set, and what the loader hands in. */
export interface PromOptions {
  /** The metrics file; its folder must exist. */
  file?: string;
  /** Somebody named this sink, so that it must not step aside. */
  asked?: boolean;
  /** Where a relative `file` starts. */
  base?: string;
}

const NAME = "prom";
/** Where Debian's node_exporter looks. */
const DEFAULT_FILE = "/var/lib/prometheus/node-exporter/pve_drift.prom";
/** The collector runs as somebody else. */
const MODE = 0o644;
const LARGEST_OLD_FILE = 8 * 1024 * 1024;

const promFile: OptionKind<string> = {
  wanted: 'a path that ends in ".prom", since node_exporter reads no other',
  read: (value) => typeof value === "string" && /[^/]\.prom$/.test(value) && !value.includes("\0") ? value : undefined,
};

/** The prom sink. */
const sinkModule: SinkModule<PromOptions> = {
  apiVersion: 1,
  name: NAME,
  dryRun: true,
  looks: true,
  options: {
    parse: (input) =>
      readOptions(NAME, input, { file: promFile }, { asked: fromLoader<boolean>(), base: fromLoader<string>() }),
  },
  create: (options, context) => createProm(options, context, DEFAULT_FILE),
};

export default sinkModule;

/**
 * Makes the sink.
 *
 * @param defaultFile Where it writes when no `file` is given.
 * @throws {StepAside} where nobody asked for it and the default file's folder is not usable
 */
export async function createProm(options: PromOptions, context: SinkContext, defaultFile: string): Promise<Sink> {
  const file = options.file === undefined ? defaultFile : resolve(options.base ?? "/", options.file);
  const folder = dirname(file);
  if (options.file === undefined && options.asked === false) {
    const why = await whyNotWritable(folder);
    if (why) {
      throw new StepAside(
        `No metrics file: "${folder}" ${why}. Install prometheus-node-exporter, or name a file as "file"`,
      );
    }
  }
  const refuse = async () => {
    const why = await whyNoFile(file);
    if (why) throw new Error(`${why}, or name another file as "file"`);
  };
  return {
    // Nothing to write before all others are done, but a place that is wrong can be told while they still listen.
    async deliver() {
      if (!context.dryRun) await refuse();
    },
    async probe() {
      await refuse();
      return { summary: `writes "${file}"` };
    },
    async settled(outcomes, report, signal) {
      const families = metricsOf(report, outcomes, NAME, await readOld(file, context.log));
      const text = render(families);
      if (context.dryRun) {
        const count = families.reduce((sum, { samples }) => sum + samples.length, 0);
        return context.log.info(
          `Would write ${count} series of ${report.environments.length} environments to "${file}"`,
        );
      }
      signal.throwIfAborted();
      await writeFileAtomic(file, text, { mode: MODE });
      await sweepTemps(folder, basename(file));
    },
  };
}

/** What the file says now; nothing, with a warning, where it cannot be understood. */
async function readOld(file: string, log: SinkLog): Promise<Family[]> {
  try {
    const { isFile, size } = await Deno.stat(file);
    if (!isFile) throw new Error("it is not a regular file");
    if (size > LARGEST_OLD_FILE) throw new Error(`it has ${size} bytes`);
    return parse(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    log.warn(
      `Replaces "${file}", which is damaged, and with it what it said of environments that are not checked now: ${
        messageOf(error)
      }`,
    );
    return [];
  }
}
