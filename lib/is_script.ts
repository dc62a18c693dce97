/**
 * Whether a program is a script.
 *
 * @module
 */

/** So much of a file is looked at, in bytes: programs of machine code have zeros there. */
const BEGINNING = 512;

/** Whether an executable file is text that some interpreter runs, and no machine code. Links are resolved. */
export async function isScript(program: string): Promise<boolean> {
  using file = await Deno.open(program);
  const bytes = new Uint8Array(BEGINNING);
  const length = await file.read(bytes) ?? 0;
  return !bytes.subarray(0, length).includes(0);
}
