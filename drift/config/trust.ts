/**
 * Programs and modules that the configuration names.
 *
 * @module
 */

import { refuseIfUntrusted } from "../../lib/ownership.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Refuses a program or module that somebody else could have changed. What is missing is no error here: the check has a
 * class for it, and the sink fails alone.
 *
 * @throws {UsageError} that says whose it is and what to do.
 */
export async function trustIfThere(path: string, uid: number): Promise<void> {
  if (await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false)) {
    throw new UsageError(`Cannot use "${path}": it is a folder, wanted a file`);
  }
  try {
    await refuseIfUntrusted(path, uid);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw new UsageError((error as Error).message);
  }
}
