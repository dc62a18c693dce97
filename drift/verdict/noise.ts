/**
 * Whether differences are noise by the catalogue of the providers, whose rows come in as a function. Pure.
 *
 * @module
 */

import { type Leaf, UNKNOWN } from "./diff.ts";
import type { Difference, Entry } from "./entry.ts";
import type { PlannedObject } from "../terraform/plan.ts";

/** A row of the catalogue of noise. */
export interface Noise {
  /** By which a configuration leaves it out. */
  name: string;
  /** Why it is noise, as a clause in plain words. */
  reason: string;
}

/** Finds the row by which a difference of an object is noise. */
export type FindNoise = (object: PlannedObject, difference: Difference) => Noise | undefined;

/** The rows by which all of these differences are noise, each once; undefined where one is none, or there is none. */
export function noiseIn(
  object: PlannedObject,
  leaves: readonly Leaf[],
  find: FindNoise | undefined,
): Noise[] | undefined {
  if (!find || leaves.length === 0) return undefined;
  const rows = new Set<Noise>();
  for (const leaf of leaves) {
    const row = find(object, differenceOf(leaf));
    if (!row) return undefined;
    rows.add(row);
  }
  return [...rows];
}

function differenceOf({ path, kind, previous, actual, expected }: Leaf): Difference {
  const isObserved = kind === "observed";
  return {
    path,
    wanted: isObserved ? previous : expected,
    found: actual,
    kind: isObserved ? kind : expected === UNKNOWN ? "unknown" : "planned",
  };
}

/**
 * Whether a difference that was not there before an upgrade of the provider comes of it alone: by a row of the catalogue, or
 * as a default that the provider now fills in or reads. It stays drift all the same.
 */
export function isOfProvider({ object, defaults }: Entry, leaf: Leaf, find: FindNoise | undefined): boolean {
  return defaults.includes(leaf.place) || find?.(object, differenceOf(leaf)) !== undefined;
}

/** Why such a difference is there. */
export const DEFAULT_NOTE = "the provider fills in what the code leaves open, and nobody has changed it";

/** Why all that differs is noise, and by which rows. */
export function noiseNote(rows: readonly Noise[]): string {
  return rows.map(({ name, reason }) => `${reason} (noise: ${name})`).join("; ");
}
