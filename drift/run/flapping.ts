/**
 * Which attributes flap: the same value has come back on three different days, in UTC. Only what a verdict has seen counts,
 * and only updates: an object that comes and goes, or is to be replaced, is told each time. Pure.
 *
 * @module
 */

import type { Action, Flapping, ResolvedFinding, SettlingAttribute } from "../report.ts";

/** An attribute that has differed, was equal or had another value since, and may differ again. */
export interface Flap {
  /** Resource address. */
  address: string;
  /** Attribute path. */
  path: string;
  /** What a person calls the object; absent where no values are kept. */
  label?: string;
  /** The last values that it had, the latest at the end. */
  values: FlapValue[];
  /** Hash of the value at the last verdict; absent where it was equal. */
  now?: string;
  /** Verdicts in a row that found it equal. */
  equalChecks: number;
  /** One of the values has come back often enough. */
  isFlapping?: true;
  /** When a check last found another value than the one before; ISO 8601, UTC. */
  changedAt: string;
}

/** A value that comes and goes. */
export interface FlapValue {
  /** Salted hash. */
  hash: string;
  /** When a check saw it first; ISO 8601, UTC. */
  firstSeenAt: string;
  /** How many times it has come back. */
  returns: number;
  /** The first days on which it did, in UTC, no more than count. */
  days: string[];
}

/** On how many days a value must come back. */
const DAYS = 3;
/** After how many verdicts in a row that find it equal an attribute flaps no more. */
const EQUAL_CHECKS = 3;
/** How long an attribute is remembered that keeps its value, or stays equal. */
const KEPT_MS = 30 * 86_400_000;
/** The most attributes and values of each that are remembered: those that changed last. */
const MOST_ATTRIBUTES = 1_000;
const MOST_VALUES = 8;

/** What a verdict found, as far as it tells of flapping. */
export interface SeenValues {
  /** When its check began; ISO 8601, UTC. */
  startedAt: string;
  /** By place, the hashes of the attributes that differ. */
  values: ReadonlyMap<string, string>;
  /** Whether it tells nothing of an attribute: of an object that is to be created, destroyed or replaced, and of what a rule sets aside. */
  isUnclear: (flap: Pick<Flap, "address" | "path">) => boolean;
}

/** The attribute as the next check finds it: with this value, or equal. */
export function afterValue(flap: Flap, hash: string | undefined, startedAt: string): Flap {
  const { now, equalChecks, ...rest } = flap;
  if (hash === undefined) {
    return { ...rest, equalChecks: equalChecks + 1, ...(now === undefined ? {} : { changedAt: startedAt }) };
  }
  if (hash === now) return flap;
  const known = flap.values.find((value) => value.hash === hash);
  const value = known ? returned(known, startedAt) : { hash, firstSeenAt: startedAt, returns: 0, days: [] };
  return {
    ...rest,
    values: [...flap.values.filter((one) => one !== known), value].slice(-MOST_VALUES),
    now: hash,
    equalChecks: 0,
    changedAt: startedAt,
    ...(value.days.length >= DAYS ? { isFlapping: true } : {}),
  };
}

function returned(value: FlapValue, startedAt: string): FlapValue {
  const days = [...new Set([...value.days, startedAt.slice(0, 10)])].slice(0, DAYS);
  return { ...value, returns: value.returns + 1, days };
}

/** What a report says of an attribute that flaps: of the value that came back most often. */
export function flappingOf({ values }: Flap): Omit<Flapping, "isNew"> {
  const { returns, firstSeenAt } = values.toSorted((a, b) => b.returns - a.returns)[0]!;
  return { returns, since: firstSeenAt };
}

/** What the last run remembered of a finding. */
export interface Before {
  /** Resource address. */
  address: string;
  /** The change's action. */
  action: Action;
  /** Absent where the whole object is the finding. */
  path?: string;
  /** Salted hash of the value. */
  hash: string;
  /** When a check saw it first; ISO 8601, UTC. */
  firstSeenAt: string;
  /** What a person calls the object. */
  label?: string;
}

/**
 * What is to be remembered after a verdict, and what flaps no more.
 *
 * @param before What the last run found: of these, attributes are followed from now on that are equal or another now.
 */
export function followFlaps(
  flaps: readonly Flap[],
  before: readonly Before[],
  { startedAt, values, isUnclear }: SeenValues,
): { flaps: Flap[]; settled: Flap[] } {
  const followed = new Set(flaps.map(placeOf));
  const begun = before.flatMap((one): Flap[] => {
    const { action, path, hash } = one, place = placeOf(one);
    const isFollowed = action !== "update" || path === undefined || followed.has(place) || values.get(place) === hash;
    return isFollowed ? [] : [begin({ ...one, path }, startedAt)];
  });
  const next = [...flaps.filter((flap) => !isOld(flap, startedAt)), ...begun]
    .map((flap) => isUnclear(flap) ? flap : afterValue(flap, values.get(placeOf(flap)), startedAt));
  const isSettled = ({ isFlapping, equalChecks }: Flap) => isFlapping === true && equalChecks >= EQUAL_CHECKS;
  const kept = next.filter((flap) => !isSettled(flap));
  const latest = kept.toSorted((a, b) => Date.parse(b.changedAt) - Date.parse(a.changedAt)).slice(0, MOST_ATTRIBUTES);
  return { flaps: latest, settled: next.filter(isSettled) };
}

function begin({ address, path, hash, firstSeenAt, label }: Before & { path: string }, startedAt: string): Flap {
  return {
    address,
    path,
    ...(label === undefined ? {} : { label }),
    values: [{ hash, firstSeenAt, returns: 0, days: [] }],
    now: hash,
    equalChecks: 0,
    changedAt: startedAt,
  };
}

/** A clock that was set back makes nothing old. */
function isOld({ changedAt }: Flap, startedAt: string): boolean {
  return Date.parse(startedAt) - Date.parse(changedAt) > KEPT_MS;
}

/** Where a finding is: two of one place have the same key. */
export function placeOf({ address, path = "" }: { address: string; path?: string }): string {
  return `${address}\n${path}`;
}

/** The attributes that flap and are equal at the moment. */
export function settlingIn(flaps: readonly Flap[]): SettlingAttribute[] {
  return flaps.filter(({ isFlapping, now }) => isFlapping && now === undefined).map((flap) => ({
    ...namesOf(flap),
    ...flappingOf(flap),
    equalChecks: flap.equalChecks,
  }));
}

/** What was flapping, as a report lists what is gone. */
export function settledFindings(settled: readonly Flap[]): ResolvedFinding[] {
  return settled.map((flap) => ({ ...namesOf(flap), wasFlapping: true }));
}

function namesOf({ address, path, label }: Flap): { address: string; path: string; label?: string } {
  return { address, path, ...(label === undefined ? {} : { label }) };
}

/** Whether what was read from disk is a list of attributes that are followed. */
export function isFlaps(value: unknown): value is Flap[] {
  return Array.isArray(value) &&
    value.every((flap: Partial<Flap> | null) =>
      flap !== null && [flap.address, flap.path, flap.label ?? "", flap.now ?? ""].every(isText) &&
      Number.isInteger(flap.equalChecks) && isTime(flap.changedAt) && (flap.isFlapping ?? true) === true &&
      Array.isArray(flap.values) && flap.values.length > 0 && flap.values.every(isValue)
    );
}

function isValue(value: Partial<FlapValue> | null): boolean {
  return value !== null && isText(value.hash) && isTime(value.firstSeenAt) && Number.isInteger(value.returns) &&
    Array.isArray(value.days) && value.days.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
