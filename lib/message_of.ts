/**
 * The message of a thrown value, in words: the one place where an error of the system loses the system's jargon.
 *
 * @module
 */

/** `Failed to spawn '/x': No such file or directory (os error 2): readfile '/x'`, as Deno puts it. */
const OF_DENO = /^(?:Failed to spawn '.*': )?(.+?) \(os error \d+\)(?:: \w+ '.*)?$/s;
/** `ENOENT: no such file or directory, open '/x'`, as Node.js puts it. */
const OF_NODE = /^E[A-Z0-9]+: (.+?)(?:, \w+(?: '.*)?)?$/s;

/**
 * An error's message; any other thrown value as text. An error of the system says what is wrong and no more, as
 * `No such file or directory`: the caller names the file, in the user's words.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (typeof (error as { code?: unknown }).code !== "string") return error.message;
  const said = (OF_DENO.exec(error.message) ?? OF_NODE.exec(error.message))?.[1];
  return said === undefined ? error.message : said[0]!.toUpperCase() + said.slice(1);
}
