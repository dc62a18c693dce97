/**
 * The rules for names that end up in file names, metric labels and messages alike.
 *
 * @module
 */

/** What an environment may be called. */
export const environmentName: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What {@linkcode environmentName} allows, in words, to end a sentence. */
export const environmentNameRule = "letters, digits, dots, dashes and underscores, 64 at most, a letter or digit first";

/** A name like this one that an environment may have. */
export function environmentNameFor(text: string): string {
  if (environmentName.test(text)) return text;
  const name = text.normalize("NFKD").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "").slice(0, 64);
  return name === "" ? "environment" : name;
}

/** This name, or one like it where another environment has it. */
export function freeEnvironmentName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted.slice(0, 60)}-${i}`;
  return name;
}
