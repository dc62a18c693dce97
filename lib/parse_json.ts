/**
 * JSON with numbers of any size and precision. Pure.
 *
 * @module
 */

/** A run of digits that can be more than a double holds: 16 of them, with or without a point. */
const LONG = /\d[\d.]{15}/;

/**
 * Parses JSON as `JSON.parse` does, but for numbers with more digits than a double holds, as whole ones beyond 2^53: they
 * become text with all their digits, since two of them that differ would be the same number. Ids of other systems are such
 * numbers.
 *
 * @throws {SyntaxError} Without the piece of the text that V8 quotes: half a secret is not recognized as one.
 */
export function parseJson(text: string): unknown {
  try {
    // With a reviver, parsing takes ten times as long.
    return LONG.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (error) {
    throw new SyntaxError((error as Error).message.replace(/,? ?(?:\.\.\.)?".*"(?:\.\.\.)? is not/s, " is not").trim());
  }
}

/** `source`: the number as the text has it; in the language since ES2025, not yet in TypeScript's types. */
function keepDigits(_: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? "";
  if (typeof value !== "number" || !/^-?\d+(?:\.\d+)?$/.test(source)) return value;
  if (!source.includes(".")) return Number.isSafeInteger(value) ? value : source;
  // Terraform writes no exponent; JavaScript does, for what is small.
  const hasAllDigits = source.replace(/\D/g, "").replace(/^0+|0+$/g, "").length <= 15 || `${value}` === source;
  return hasAllDigits ? value : source;
}
