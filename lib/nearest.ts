/**
 * What somebody may have meant by a word that is not known.
 *
 * @module
 */

import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/**
 * The known word that somebody meant: the only one that begins so, or ends so after a dot, or else the nearest, where at
 * most every third letter is wrong. Upper and lower case are the same. Nothing where no known word is that near.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const typed = word.toLowerCase();
  const isPart = (whole: string) => typed.length > 1 && (whole.startsWith(typed) || whole.endsWith(`.${typed}`));
  const whole = known.filter((one) => isPart(one.toLowerCase()));
  if (whole.length === 1) return whole[0];
  const found = closestString(typed, known, { compareFn: distance });
  const most = Math.max(1, Math.floor(found.length / 3));
  return distance(typed, found.toLowerCase()) <= most ? found : undefined;
}

/** `did you mean "doctor"? ` where a known word is near, to go before what else there is to say. */
export function hintAt(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? "" : `did you mean "${meant}"? `;
}

/** How many letters are missing, too many or wrong; two that changed places are one mistake. */
function distance(a: string, b: string): number {
  return levenshteinDistance(a, b) - (isSwapped(a, b) ? 1 : 0);
}

/** Two neighbors changed places, and nothing else differs. */
function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, at) => letter !== b[at]);
  return a.length === b.length && at >= 0 && a[at] === b[at + 1] && a[at + 1] === b[at] &&
    a.slice(at + 2) === b.slice(at + 2);
}
