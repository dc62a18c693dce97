/**
 * Changes single settings of a pve-drift.json and leaves the rest as it stands there, comments included.
 *
 * @module
 */

/** A setting to change. */
export interface ConfigEdit {
  /** Where it stands, as `["terraform", "bin"]`. */
  path: (string | number)[];
  /** What it becomes. */
  value: unknown;
  /** It is one more entry of the list at `path`. */
  isEntry?: true;
}

/** The text with these settings changed. Loads jsonc-parser. */
export async function editConfig(text: string, edits: readonly ConfigEdit[]): Promise<string> {
  const { applyEdits, modify } = await import("jsonc-parser");
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  let edited = text;
  for (const { path, value, isEntry = false } of edits) {
    // Behind the last entry.
    const place = isEntry ? [...path, -1] : path;
    edited = applyEdits(edited, modify(edited, place, value, { formattingOptions }));
  }
  return edited;
}
