/**
 * One check at a time in a state directory.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { acquireRunLock, type Holder } from "../../lib/run_lock.ts";
import type { Config } from "../config/config.ts";
import type { World } from "../world.ts";

/** What the run lock says of this process. */
export function lockHolder({ pid, host, args, now }: Pick<World, "pid" | "host" | "args" | "now">): Holder {
  return { pid, host, startedAt: new Date(now()).toISOString(), what: `pve-drift ${args.join(" ")}` };
}

/**
 * Makes the state directory and takes its lock, waiting for another run to end.
 *
 * @returns Nothing where `stop` aborted the waiting.
 * @throws {Error} Where the directory cannot be made, or the other run does not end.
 */
export async function lockStateDir(
  { stateDir, runTimeoutMs }: Pick<Config, "stateDir" | "runTimeoutMs">,
  world: World,
  stop: AbortSignal,
): Promise<{ release(): void } | undefined> {
  await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 }).catch((error) => {
    throw new Error(
      `Cannot make the state directory "${stateDir}": ${
        messageOf(error)
      }. Name another with "stateDir" of the configuration`,
    );
  });
  try {
    return await acquireRunLock(join(stateDir, "lock"), {
      waitMs: runTimeoutMs,
      holder: lockHolder(world),
      signal: stop,
      onWait: (holder) => world.log.info(`Another run is under way: ${described(holder)}. Waiting for it`),
    });
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

function described(holder: Holder | undefined): string {
  if (!holder) return "who, its lock file does not say";
  return `process ${holder.pid}, since ${holder.startedAt} (${holder.what})`;
}
