/**
 * Which entries of a list belong together on three sides: by position as long as none has moved, else by what they are.
 * Pure.
 *
 * @module
 */

import { isEqual, isObject, type Json } from "./json.ts";

/** What is known of a list of objects. */
export interface ListRule {
  /** Its order means nothing. */
  isUnordered: boolean;
  /** Attributes that tell an entry from others, as far as it has them. */
  key: readonly string[];
  /** An attribute that says nothing but the entry's position. */
  position?: string;
  /** What people call one, and several: `["rule", "rules"]`; else `entry`. */
  nouns?: readonly [string, string];
}

/** A value on three sides: the last state, reality, and what the code wants. Null where a side lacks it. */
export interface Three<T = unknown> {
  /** In the last state. */
  previous: T;
  /** In reality. */
  actual: T;
  /** In the code. */
  expected: T;
}

/** One entry that goes by what it is. */
export interface Slot extends Three {
  /** What a path calls it: its title, or a fingerprint of its content. Unique in the list. */
  name: string;
  /** What people call it; undefined where it has no name, or none may be shown. */
  title: string | undefined;
  /** Its index in the code's list. */
  expectedAt: number | undefined;
}

/** A list whose entries go by what they are. */
export interface Slots {
  /** Every entry of every side. */
  slots: Slot[];
  /** Whether two sides have the entries that both have in the same order. */
  isSameOrder(one: keyof Three, other: keyof Three): boolean;
}

/** What the comparison of entries must be told. */
export interface EntryRules {
  /** What is known of the list. */
  list: ListRule | undefined;
  /** Whether the code, which has `expected`, is content with `found`. */
  asksFor(expected: unknown, found: unknown): boolean;
  /** An entry without its secrets. */
  mask(entry: unknown): unknown;
  /** Whether names may be made of the entries' values. */
  showsNames: boolean;
}

/** What names an entry where nothing is known of the list, the best first. */
const KEYS = ["name", "id", "key", "interface", "cidr", "address", "hostname", "path", "mac_address"];

/** Beyond this number of pairs, entries that are equal but for what the code leaves open are not looked for. */
const MOST_PAIRS = 10_000;

/** Index of an entry on each side, where it has one. */
type Member = Partial<Three<number>>;
/** Index on one side to index on the other. */
type Pairs = Map<number, number>;

/** The entries that belong together; undefined where each stays in its place, and positions tell more. */
export function slotsOf(lists: Three<unknown[]>, rules: EntryRules): Slots | undefined {
  const { list, asksFor } = rules;
  if (!list?.isUnordered && isInPlace(lists)) return undefined;
  const clean = (side: unknown[]) => list?.position ? side.map((entry) => without(entry, list.position!)) : side;
  const previous = clean(lists.previous);
  const actual = lists.actual === lists.previous ? previous : clean(lists.actual);
  const expected = lists.expected === lists.actual ? actual : clean(lists.expected);
  const sides: Three<unknown[]> = { previous, actual, expected };

  const fromPrevious = pairUp(previous, actual, isSameEntry);
  const fromExpected = pairUp(expected, actual, asksFor);
  const toPrevious = previous === actual ? fromExpected : pairUp(expected, previous, asksFor);
  const hasMoved = [fromPrevious, fromExpected, toPrevious].some((pairs) => [...pairs].some(([a, b]) => a !== b));
  if (!hasMoved && !list?.isUnordered) return undefined;

  const name = namesOf(sides, rules);
  const members = mergeByName(gather(sides, fromPrevious, fromExpected, toPrevious), sides, name);
  const used = new Map<string, number>();
  const slots = members.map((member): Slot => {
    const entry = entryOf(sides, member);
    const title = rules.showsNames ? name(entry) : undefined;
    const own = title ?? `#${fingerprint(canonical(rules.mask(entry)))}`;
    const count = (used.get(own) ?? 0) + 1;
    used.set(own, count);
    const at = (side: keyof Three) => member[side] === undefined ? null : sides[side][member[side]];
    const three = { previous: at("previous"), actual: at("actual"), expected: at("expected") };
    return { ...three, title, expectedAt: member.expected, name: count > 1 ? `${own} (${count})` : own };
  });
  return { slots, isSameOrder: (one, other) => isSameOrder(members, one, other) };
}

/** Whether at most one place differs: then no entry can have moved. Nearly every list ends here, so it is fast. */
function isInPlace({ previous, actual, expected }: Three<unknown[]>): boolean {
  const length = Math.max(previous.length, actual.length, expected.length);
  let places = 0;
  for (let at = 0; at < length; at++) {
    const one = actual[at] ?? null;
    if (isEqual(previous[at] ?? null, one) && isEqual(expected[at] ?? null, one)) continue;
    if (++places > 1) return false;
  }
  return true;
}

/** Whether two entries differ in nothing but what says nothing. */
export function isSameEntry(one: unknown, other: unknown): boolean {
  return one === other || canonical(one) === canonical(other);
}

/** Pairs the entries of two lists: those that stay in their places first, then those that are equal. */
function pairUp(from: unknown[], to: unknown[], isAlike: (one: unknown, other: unknown) => boolean): Pairs {
  const pairs: Pairs = new Map();
  const free = new Set<number>();
  for (const [at, entry] of to.entries()) if (entry !== null) free.add(at);
  const take = (at: number, other: number) => {
    pairs.set(at, other);
    free.delete(other);
  };
  let rest = from.flatMap((entry, at) => entry === null ? [] : [at]);
  const place = (choose: (at: number) => number | undefined) => {
    rest = rest.filter((at) => {
      const other = choose(at);
      if (other !== undefined) take(at, other);
      return other === undefined;
    });
  };
  place((at) => free.has(at) && isAlike(from[at], to[at]) ? at : undefined);
  if (rest.length === 0 || free.size === 0) return pairs;
  const equal = Map.groupBy([...free], (at) => canonical(to[at]));
  place((at) => equal.get(canonical(from[at]))?.shift());
  if (rest.length * free.size > MOST_PAIRS) return pairs;
  place((at) => [...free].find((other) => isAlike(from[at], to[other])));
  return pairs;
}

/** Puts the pairs of each two sides together. */
function gather(
  { previous, actual, expected }: Three<unknown[]>,
  fromPrevious: Pairs,
  fromExpected: Pairs,
  toPrevious: Pairs,
) {
  const members: Member[] = [];
  const byActual = new Map<number, Member>(), byPrevious = new Map<number, Member>();
  const add = (member: Member) => {
    members.push(member);
    return member;
  };
  for (const [at, entry] of actual.entries()) if (entry !== null) byActual.set(at, add({ actual: at }));
  for (const [at, entry] of previous.entries()) {
    if (entry === null) continue;
    const member = byActual.get(fromPrevious.get(at) ?? -1) ?? add({});
    member.previous = at;
    byPrevious.set(at, member);
  }
  for (const [at, entry] of expected.entries()) {
    if (entry === null) continue;
    const found = byActual.get(fromExpected.get(at) ?? -1) ?? byPrevious.get(toPrevious.get(at) ?? -1);
    const member = found?.expected === undefined ? found ?? add({}) : add({});
    member.expected = at;
  }
  return members;
}

/** Entries that differ and have the same name are one that was changed, where a name stands once on each side. */
function mergeByName(
  members: Member[],
  sides: Three<unknown[]>,
  name: (entry: unknown) => string | undefined,
): Member[] {
  const groups = Map.groupBy(members, (member) => name(entryOf(sides, member)));
  return [...groups].flatMap(([key, group]) => {
    const merged: Member = Object.assign({}, ...group);
    const places = group.reduce((sum, member) => sum + Object.keys(member).length, 0);
    return key !== undefined && places === Object.keys(merged).length ? [merged] : group;
  });
}

function isSameOrder(members: Member[], one: keyof Three, other: keyof Three): boolean {
  const both = members.filter((member) => member[one] !== undefined && member[other] !== undefined)
    .sort((a, b) => a[one]! - b[one]!);
  return both.every((member, at) => at === 0 || both[at - 1]![other]! < member[other]!);
}

function entryOf({ previous, actual, expected }: Three<unknown[]>, member: Member): unknown {
  if (member.actual !== undefined) return actual[member.actual];
  return member.previous !== undefined ? previous[member.previous] : expected[member.expected!];
}

/** How entries are called: by the key that is known, else by an attribute that all of them have. */
function namesOf(sides: Three<unknown[]>, { list }: EntryRules): (entry: unknown) => string | undefined {
  const entries = [...new Set(Object.values(sides))].flat().filter((entry) => entry !== null);
  const key = list?.key ?? KEYS.filter((one) => entries.every((entry) => plain(entry, one) !== undefined)).slice(0, 1);
  return (entry) => nameOf(entry, key);
}

/** What names an entry, of some of its attributes; undefined where it has none of them. */
export function nameOf(entry: unknown, key: readonly string[]): string | undefined {
  return key.flatMap((one) => plain(entry, one) ?? []).join(" ") || undefined;
}

function plain(entry: unknown, key: string): string | undefined {
  const value = isObject(entry) && Object.hasOwn(entry, key) ? entry[key] : undefined;
  return (typeof value === "string" && value !== "") || typeof value === "number" ? `${value}` : undefined;
}

function without(entry: unknown, key: string): unknown {
  if (!isObject(entry)) return entry;
  const { [key]: _, ...rest } = entry;
  return rest;
}

/** A text that is the same for values that differ in nothing but the order of their keys and in what says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (!isObject(inner)) return inner;
    const said = Object.keys(inner).filter((key) => !saysNothing((inner as Json)[key])).sort();
    return Object.fromEntries(said.map((key) => [key, (inner as Json)[key]]));
  }) ?? "";
}

function saysNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "" ||
    (typeof value === "object" && Object.keys(value).length === 0);
}

/** Eight hexadecimal digits (FNV-1a): enough to know an entry again, and no way back to it. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
