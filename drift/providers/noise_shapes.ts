/**
 * The shapes of noise: whether two values that differ are the same in the way that a row of the catalogue names. Pure.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { matchesGlob } from "../../lib/glob.ts";
import type { NoiseRow, NoiseShape } from "./provider.ts";

/** Whether a row is about an attribute. */
export function isAbout({ types, paths }: NoiseRow, type: string, path: string): boolean {
  return types.includes(type) && paths.some((one) => matchesGlob(one, path));
}

/** Whether two values have the shape of noise. What no code can set has any. */
export function hasShape(shape: NoiseShape, wanted: unknown, found: unknown): boolean {
  if (typeof shape === "object") {
    const defaults = "absent" in shape ? [shape.absent] : shape.absentOr;
    const isDefault = (value: unknown) => defaults.some((one) => isDeepStrictEqual(value, one));
    return isAbsent(wanted) ? isDefault(found) : isAbsent(found) && isDefault(wanted);
  }
  switch (shape) {
    case "computed":
    case "unknown":
      return true;
    case "words":
      return isEqualWords(wordsOf(wanted), wordsOf(found));
    case "text":
      return isEqualText(wanted, found, (text) => text.replaceAll("\r\n", "\n").trimEnd());
    case "case":
      return isEqualText(wanted, found, lowerCase);
  }
}

/** Whether a row makes no difference of two values in any version of the provider. */
export function isAlwaysSame(row: NoiseRow, type: string, path: string, expected: unknown, found: unknown): boolean {
  return row.shape !== "computed" && row.shape !== "unknown" && row.since === undefined && row.until === undefined &&
    isAbout(row, type, path) && hasShape(row.shape, expected, found);
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

function isEqualText(one: unknown, other: unknown, normal: (text: string) => string): boolean {
  return typeof one === "string" && typeof other === "string" && normal(one) === normal(other);
}

/** Proxmox's words are ASCII: no other letter has a small one that is the same everywhere. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Nothing where a value is no list of texts, and no text. */
function wordsOf(value: unknown): Set<string> | undefined {
  const list = typeof value === "string" ? value.split(/[,;]/) : value;
  if (!Array.isArray(list) || !list.every((one) => typeof one === "string")) return undefined;
  return new Set(list.map((word) => lowerCase(word.trim())).filter((word) => word !== ""));
}

function isEqualWords(one: Set<string> | undefined, other: Set<string> | undefined): boolean {
  return one !== undefined && other !== undefined && one.size > 0 && one.symmetricDifference(other).size === 0;
}
