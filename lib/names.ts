/**
 * The rules for names that end up in file names, metric labels and messages alike.
 *
 * @module
 */

/** What an environment may be called. */
export const environmentName: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What {@linkcode environmentName} allows, in words, to end a sentence. */
export const environmentNameRule = "letters, digits, dots, dashes and underscores, 64 at most, a letter or digit first";
