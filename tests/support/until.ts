/**
 * Waiting for what other processes do.
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** Waits until something holds; throws where that takes more than a minute. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !await holds(); await delay(20)) {
    if (Date.now() > deadline) throw new Error("Waited in vain for what should happen");
  }
}

/** Whether there is a file or folder of this name. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
