/**
 * Results, for people and pipes.
 *
 * @module
 */

/** Writes a text to stdout, whole: one write may take only a part of it. */
export async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
}
