/**
 * Reads files that may be missing.
 *
 * @module
 */

/** The text of a regular file; empty if there is none, or it cannot be read. Does not wait for a pipe. */
export async function readRegularFile(path: string): Promise<string> {
  try {
    return (await Deno.stat(path)).isFile ? await Deno.readTextFile(path) : "";
  } catch {
    return "";
  }
}
