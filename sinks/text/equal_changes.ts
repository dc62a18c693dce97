/**
 * Changes that say the same of many objects, put together: one change of a module with 5,000 instances is one thing to
 * read, not 5,000. Pure.
 *
 * @module
 */

import type { Change } from "../../drift/report.ts";

/** So many are many. Fewer are told one by one, each with its name. */
const MANY = 4;

/** What is told as one: a single item, or many whose changes are alike but for whose they are. */
export type Group<T> = [T, ...T[]];

/**
 * Puts together what is alike, in the order of the first of each.
 *
 * @param changeOf The change that an item is about.
 * @param others What else must be the same for two items to be alike.
 */
export function groupEqual<T>(
  items: readonly T[],
  changeOf: (item: T) => Change,
  others: (item: T) => unknown = () => null,
): Group<T>[] {
  const keyed = items.map((item) => ({ item, key: JSON.stringify([likeness(changeOf(item)), others(item)]) }));
  const groups = Map.groupBy(keyed, ({ key }) => key);
  return keyed.flatMap(({ item, key }): Group<T>[] => {
    const group = groups.get(key)!;
    if (group.length < MANY) return [[item]];
    return group[0]!.item === item ? [group.map((one) => one.item) as Group<T>] : [];
  });
}

/** All that is told of a change, but for whose it is and what caused it. */
const TOLD = [
  "type",
  "action",
  "origin",
  "reason",
  "note",
  "confirmed",
  "isNew",
  "firstSeenAt",
  "sinceUpgrade",
  "snoozedUntil",
  "traces",
  "attributes",
] as const satisfies (keyof Change)[];

function likeness(change: Change): unknown {
  return TOLD.map((key) => change[key]);
}
