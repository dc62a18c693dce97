/**
 * The sink that gives a dead man's switch its sign of life after each run: Healthchecks, Uptime Kuma and their like raise
 * the alarm when none comes, so that a host that is down does not stay unheard.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Address, findAddress } from "./heartbeat/address.ts";
import { addressOf, type FailStyle, ping } from "./heartbeat/ping.ts";
import { fromLoader, type OptionKind, path, readOptions, SinkOptionsError } from "./options.ts";
import type { DriftReport, Sink, SinkContext, SinkModule, SinkOutcome } from "./sink.ts";
import { plainNotice } from "./text/plain_notice.ts";

/** What a user may set, and what the loader hands in. */
export interface HeartbeatOptions {
  /** File that holds the address. */
  urlFile?: string;
  /** How the switch is told that something failed. */
  fail?: FailStyle;
  /** Somebody named this sink; it has no place of its own either way. */
  asked?: boolean;
  /** Where a relative `urlFile` starts. */
  base?: string;
}

/** What the sink needs of the world. */
export interface HeartbeatEdges {
  /** Reads a variable of the environment. */
  env: (name: string) => string | undefined;
  /** The caller's user and group. */
  caller: () => { uid: number; gid: number };
}

const NAME = "heartbeat";

const failStyle: OptionKind<FailStyle> = {
  wanted: '"path" (Healthchecks: the address and /fail) or "status" (Uptime Kuma: ?status=down&msg=…)',
  read: (value) => value === "path" || value === "status" ? value : undefined,
};

/** The heartbeat sink. */
const sinkModule: SinkModule<HeartbeatOptions> = {
  apiVersion: 1,
  name: NAME,
  dryRun: true,
  options: { parse },
  create: (options, context) =>
    createHeartbeat(options, context, {
      env: (name) => Deno.env.get(name),
      caller: () => ({ uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 }),
    }),
};

export default sinkModule;

function parse(input: unknown): HeartbeatOptions {
  const given = (typeof input === "object" ? input ?? {} : {}) as Record<string, unknown>;
  const isAddress = typeof given.urlFile === "string" && /^https?:/i.test(given.urlFile);
  if (Object.hasOwn(given, "url") || isAddress) {
    throw new SinkOptionsError(
      NAME,
      'the address is a secret, which must not stand here: write it into a file of mode 0600 and name that as "urlFile"',
    );
  }
  return readOptions(NAME, input, { urlFile: path, fail: failStyle }, {
    asked: fromLoader<boolean>(),
    base: fromLoader<string>(),
  });
}

/** Makes the sink. */
export function createHeartbeat(
  options: HeartbeatOptions,
  context: SinkContext,
  { env, caller }: HeartbeatEdges,
): Sink {
  const { urlFile, base, fail = "path" } = options;
  const address = (): Promise<Address> =>
    findAddress({ env, caller: caller(), ...urlFile === undefined ? {} : { urlFile: resolve(base ?? "/", urlFile) } });
  return {
    // The sign says how all others fared, so it comes last; that there is no address can be told while they still listen.
    async deliver() {
      if (!context.dryRun) await address();
    },
    async settled(outcomes, report, signal) {
      const sign = signOf(report, outcomes);
      if (context.dryRun) return context.log.info(`Would give a sign of life: ${sign.message}`);
      const { url } = await address();
      await ping(addressOf(url, sign, fail), signal);
    },
    async probe() {
      const { url, from } = await address();
      return { summary: `tells ${url.host} after each run, by the address of ${from}` };
    },
  };
}

/** Whether all went well: each check that began reached a verdict, and each report arrived. */
function signOf(report: DriftReport, outcomes: readonly SinkOutcome[]): { isWell: boolean; message: string } {
  const lost = outcomes.filter(({ delivered }) => !delivered).map(({ sink }) => sink);
  const failed = report.environments.some(({ status, skipped }) => status === "error" && !skipped);
  const { title } = plainNotice(report);
  return {
    isWell: !failed && lost.length === 0,
    message: lost.length > 0 ? `${title}; no report to ${lost.join(", ")}` : title,
  };
}
