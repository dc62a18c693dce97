/**
 * Patterns in which `*` stands for any characters.
 *
 * @module
 */

/**
 * Whether a text matches a pattern. `*` stands for any characters, none included; everything else, brackets too, for itself.
 * The text between two stars is looked for once, from left to right: a regular expression would try all combinations of
 * places, which for a handful of stars takes longer than any run.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const [first = "", ...rest] = glob.split("*");
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}
