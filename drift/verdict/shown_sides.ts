/**
 * The sides of one difference as a report shows them, without secrets. Pure.
 *
 * @module
 */

import { type Secrets, SENSITIVE } from "../../lib/secrets.ts";
import { isNested, isObject } from "./json.ts";
import { hasSecret, mask, type SecretName } from "./marks.ts";

/** What tells which parts of a value are secret. */
export interface SecretRules {
  /** Terraform's marks on all sides, merged. */
  marks: unknown;
  /** Names that hold secrets. */
  isSecretName: SecretName;
  /** Knows the secrets that may stand anywhere. */
  secrets: Secrets;
}

/**
 * Masks the sides of one difference, and says whether anything in them was masked. Where a secret was erased on one side
 * and not on another, all that differs is masked: where the code has a password that is known, reality has the one that is
 * still in force, which nobody knows.
 */
export function shownSides(sides: unknown[], rules: SecretRules): { sides: unknown[]; sensitive: boolean } {
  const { marks, isSecretName, secrets } = rules;
  const isMarked = sides.some((side) => hasSecret(side, marks, isSecretName));
  const masked = sides.map((side) => isMarked ? mask(side, marks, isSecretName) : side ?? null);
  const clean = masked.map((side) => secrets.scrubValue(side));
  if (clean.every((side, i) => side === masked[i])) return { sides: clean, sensitive: isMarked };
  const present = clean.filter((side) => side !== null).map(leavesOf);
  const isCommon = (leaf: unknown) => present.every((leaves) => leaves.has(leaf));
  const counts = new Set(
    present.map((leaves) => [...leaves].filter((leaf) => !isCommon(leaf)).map(masksIn).reduce(sum, 0)),
  );
  const shown = counts.size <= 1 ? clean : clean.map((side) => hideLeaves(side, (leaf) => !isCommon(leaf)));
  return { sides: shown, sensitive: true };
}

/** Texts and numbers at every depth. */
function leavesOf(value: unknown): Set<unknown> {
  if (isNested(value)) return new Set(Object.values(value as object).flatMap((item) => [...leavesOf(item)]));
  return new Set(typeof value === "string" || typeof value === "number" ? [value] : []);
}

function masksIn(leaf: unknown): number {
  return String(leaf).split(SENSITIVE).length - 1;
}

function sum(one: number, other: number): number {
  return one + other;
}

function hideLeaves(value: unknown, isHidden: (leaf: unknown) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => hideLeaves(item, isHidden));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hideLeaves(item, isHidden)]));
  }
  const isLeaf = typeof value === "string" || typeof value === "number";
  return isLeaf && isHidden(value) ? SENSITIVE : value;
}
