/**
 * `exec:` sinks: any program that reads a report on its standard input.
 *
 * @module
 */

import { cleanEnv, endingText, lastLine, startChild } from "./child.ts";
import type { DriftReport, Sink, SinkLog } from "../sink.ts";
import { plainNotice } from "../text/plain_notice.ts";

/** What an `exec:` sink is made of. */
export interface ExecSettings {
  /** Absolute path of the program. */
  path: string;
  /** Handed on as they are. */
  options: Record<string, unknown>;
  /** Names of variables that it sees besides PATH, HOME and LANG. */
  env: readonly string[];
  /** Our own environment. */
  ownEnv: Record<string, string>;
  /** Working directory of the program, and its place to keep what it must; exists but in a dry run. */
  stateDir: string;
  /** Only say what would be done. */
  dryRun: boolean;
  /** For what the program writes. */
  log: SinkLog;
}

/** sysexits.h: what a program means by its exit code. */
const EX_TEMPFAIL = 75, EX_CONFIG = 78;

/** Makes the sink; the program is started anew for each delivery. */
export function execSink(settings: ExecSettings): Sink {
  const { path, options, env, ownEnv, stateDir, dryRun, log } = settings;
  let ended: Promise<unknown> | undefined;
  return {
    async deliver(report, signal) {
      if (dryRun) return log.info(`would start "${path}" with ${summary(report)}`);
      signal.throwIfAborted();
      const child = startChild(path, [], { cwd: stateDir, env: cleanEnv(ownEnv, env) });
      ended = child.ended;
      signal.addEventListener("abort", () => child.stop(), { once: true });
      // Not awaited: a program may succeed without reading to the end.
      child.send(JSON.stringify({ protocol: 1, options, report, text: plainNotice(report) }) + "\n").then(() =>
        child.endSending()
      );
      const exit = await child.ended;
      for (const text of [child.stdout(), child.stderr()]) if (text.trim()) log.debug(text);
      signal.throwIfAborted();
      if (exit.code === 0) return;
      const last = lastLine(child.stderr());
      const why = exit.signal || last === "" ? endingText(exit, last) : last;
      if (exit.code === EX_CONFIG) throw new Error(`it refuses its options: ${why}`);
      throw Object.assign(new Error(why), { retryable: exit.code === EX_TEMPFAIL });
    },
    async close() {
      await ended;
    },
  };
}

function summary({ status, environments }: DriftReport): string {
  const names = environments.map(({ name }) => `"${name}"`).join(", ");
  return `a report of status "${status}" on ${names || "no environment"}`;
}
