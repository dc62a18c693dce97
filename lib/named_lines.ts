/**
 * Names and values in texts of several lines, as files for cloud-init and other settings have them.
 *
 * @module
 */

/** A name, and the rest of the line. */
const LINE = /^[ \t]*(?:- )?(?:export )?["']?(\w[\w.-]*)["']?[ \t]*[=:](.*)$/gm;

/** The lines `name: value` and `name=value` of a text, values without quotes. */
export function namedLines(text: string): [name: string, value: string][] {
  return [...text.matchAll(LINE)].map(([, name = "", rest = ""]) => [name, unquoted(rest)]);
}

function unquoted(value: string): string {
  return value.trim().replace(/,$/, "").replace(/^(["'])(.*)\1$/, "$2");
}
