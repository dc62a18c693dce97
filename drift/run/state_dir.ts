/**
 * The state directory of a check: one check at a time.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { acquireRunLock, type Holder, RunLockHeld } from "../../lib/run_lock.ts";
import type { Config } from "../config/config.ts";
import type { World } from "../world.ts";

/** What the run lock says of this process. */
export function lockHolder({ pid, host, args, now }: Pick<World, "pid" | "host" | "args" | "now">): Holder {
  return { pid, host, startedAt: new Date(now()).toISOString(), what: `pve-drift ${args.join(" ")}` };
}

/** Where a check keeps what it must, until it is disposed of. */
export interface StateDir extends AsyncDisposable {
  /** Absolute path; where there is a problem, of a folder that is thrown away. */
  path: string;
  /** Why the configured directory cannot be written. */
  problem?: string;
}

/**
 * Makes the state directory and takes its lock, waiting for another run to end.
 *
 * @param waitMs How long to wait for it; 0 tries once.
 * @returns Nothing where `stop` aborted the waiting.
 * @throws {RunLockHeld} Where the other run does not end in time.
 */
export async function openStateDir(
  { stateDir }: Pick<Config, "stateDir">,
  world: World,
  stop: AbortSignal,
  waitMs: number,
): Promise<StateDir | undefined> {
  try {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
    const lock = await acquireRunLock(join(stateDir, "lock"), {
      waitMs,
      holder: lockHolder(world),
      signal: stop,
      onWait: (holder) => world.log.info(`Another run is under way: ${described(holder)}. Waiting for it`),
    });
    return { path: stateDir, [Symbol.asyncDispose]: () => Promise.resolve(lock.release()) };
  } catch (error) {
    if (stop.aborted) return undefined;
    if (error instanceof RunLockHeld) throw error;
    // Sinks that keep something need a place all the same: they tell of it anew in each run until it is mended.
    const path = await Deno.makeTempDir({ prefix: "pve-drift-" });
    return { path, problem: messageOf(error), [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
  }
}

function described(holder: Holder | undefined): string {
  if (!holder) return "who, its lock file does not say";
  return `process ${holder.pid}, since ${holder.startedAt} (${holder.what})`;
}
