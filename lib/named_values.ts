/**
 * Names and values within a text: lines of a settings file, environment variables, options of a command line.
 *
 * @module
 */

/** A text that is nothing but a variable: `DB_PASSWORD=hunter22`. */
const VARIABLE = /^([A-Za-z_]\w*)=(.+)$/;
/** A line of YAML, of settings or of a shell: a name, and the rest. */
const LINE = /^[ \t]*(?:- )?(?:export )?["']?(\w[\w.-]*)["']?[ \t]*[=:](.*)$/gm;
/** `--password hunter22`, `--password=hunter22`. */
const OPTION = /(?<=^|\s)--([\w-]{1,100})[= ](\S+)/g;
/** A shorter value among others stands for many things. */
const SHORTEST = 6;

/**
 * The names that a text gives a value, with that value. In a text of several lines, or with options, values of fewer than 6
 * characters are left out.
 */
export function namedValues(text: string): [name: string, value: string][] {
  const variable = text.includes("=") ? VARIABLE.exec(text) : null;
  if (variable) return [[variable[1]!, variable[2]!]];
  const hasLines = text.includes("\n"), hasOptions = text.includes("--");
  if (!hasLines && !hasOptions) return [];
  const lines = hasLines ? [...text.matchAll(LINE)] : [];
  const options = hasOptions ? [...text.matchAll(OPTION)] : [];
  return [...lines, ...options].map(([, name = "", rest = ""]): [string, string] => [name, unquoted(rest)])
    .filter(([, value]) => value.length >= SHORTEST);
}

function unquoted(value: string): string {
  return value.trim().replace(/,$/, "").replace(/^(["'])(.*)\1$/, "$2");
}
