/**
 * How all environments stand, in a few words. Pure.
 *
 * @module
 */

import { many } from "../../lib/many.ts";

/** What is wrong: `1 check failed`, `2 environments drift`. */
export function wrongText({ error, drift }: { error: number; drift: number }): string[] {
  return [
    ...error > 0 ? [`${many(error, "check")} failed`] : [],
    ...drift > 0 ? [drift === 1 ? "1 environment drifts" : `${drift} environments drift`] : [],
  ];
}
