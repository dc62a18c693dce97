/**
 * Reading what may be missing.
 *
 * @module
 */

/** The text of a regular file; empty where there is none that can be read. A pipe is not waited for. */
export async function readRegularFile(path: string): Promise<string> {
  try {
    return (await Deno.stat(path)).isFile ? await Deno.readTextFile(path) : "";
  } catch {
    return "";
  }
}
