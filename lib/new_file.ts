/**
 * Makes files that were not there.
 *
 * @module
 */

import { dirname } from "node:path";
import { messageOf } from "./message_of.ts";

/**
 * Writes a new file, with its final permission bits from the start whatever the umask, and the folders above it. Nothing
 * that is there is written to, nor is a link followed.
 *
 * @param mode Permission bits, as `0o644`.
 * @throws {Error} that names the file, where something of that name is there or it cannot be written.
 */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    // Made for the owner alone, and opened up when it is whole: it never has more rights than at its end.
    using file = await Deno.open(path, { write: true, createNew: true, mode: mode & 0o700 });
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync();
    await Deno.chmod(path, mode);
  } catch (cause) {
    throw new Error(`Cannot write "${path}": ${messageOf(cause)}`, { cause });
  }
}
