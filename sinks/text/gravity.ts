/**
 * How grave a change is: what a reader must not miss comes first. Pure.
 *
 * @module
 */

import type { Action, Change } from "../../drift/report.ts";

const ORDER: readonly Action[] = ["replace", "delete", "create", "update"];

/** Its place, the gravest first, from 0. */
export function gravity({ action }: Pick<Change, "action">): number {
  const place = ORDER.indexOf(action);
  return place < 0 ? ORDER.length : place;
}
