/**
 * In plain words, what a bare change hides, whatever provider it belongs to. Pure.
 *
 * @module
 */

import type { Diagnostic } from "../report.ts";
import { isDeposed, isLeftBehind } from "../terraform/plan_queries.ts";
import type { Leaf } from "./diff.ts";
import type { Entry } from "./entry.ts";

/** Names beyond this number are left out. */
const MOST_NAMES = 3;

/** What Terraform's own way of working explains about a change; undefined where it speaks for itself. */
export function generalNote({ object, action, unknowns }: Entry): string | undefined {
  if (isDeposed(object)) {
    return `deposed object ${object.deposed}: left behind by a replacement that failed; the next apply destroys it`;
  }
  if (action !== "replace") return undefined;
  if (isLeftBehind(object)) {
    return "the code says not to destroy it: applying this plan would leave the old one behind, unmanaged, and create another";
  }
  if (unknowns.length > 0 && unknowns.length === object.change.replace_paths?.length) {
    return "forced by a value that is known only after apply";
  }
  return undefined;
}

/** What the provider warned of, where it replaces an object for something that the code does not set. */
export function warnedNote({ object, unset }: Entry, warnings: readonly Diagnostic[]): string | undefined {
  if (unset.length === 0) return undefined;
  const warning = warnings.find((one) => one.severity === "warning" && one.address === object.address);
  return warning
    ? [warning.summary, warning.detail.split("\n", 1)[0]].filter(Boolean).join(": ")
    : `replaced for ${unset.join(", ")}, which the code does not set`;
}

/** What alone differs, where nothing of it can be shown. `isRest`: the rest of it is set aside. */
export function unknownNote(unknown: Leaf[], isRest: boolean): string | undefined {
  if (unknown.length === 0) return undefined;
  const more = unknown.length - MOST_NAMES;
  const names = unknown.slice(0, MOST_NAMES).map(({ path }) => path).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return isRest
    ? `beside what a rule sets aside, values that only an apply can tell: ${names}`
    : `only values known after apply differ: ${names}`;
}

/** What the code reads and may have changed outside, where a plan cannot tell whether it did or the code changed. */
export function guessNote({ guesses }: Entry): string | undefined {
  return guesses.length > 0
    ? `the code reads something that changed, or was itself changed: ${guesses.join(", ")}`
    : undefined;
}

/** How many entries came and went, in lists of which that says more than their places; or that their order alone differs. */
export function listNote(leaves: Leaf[]): string | undefined {
  const entries = leaves.filter((leaf) => leaf.entry !== undefined);
  const extra = entries.filter((leaf) => leaf.actual !== null && leaf.expected === null);
  const missing = entries.filter((leaf) => leaf.actual === null && leaf.expected !== null);
  const parts = [
    ...counted(extra, "there that the code does not have"),
    ...counted(missing, "missing"),
    ...(leaves.some((leaf) => leaf.isOrder) ? ["the same entries in another order"] : []),
  ];
  return parts.length > 0 ? parts.join("; ") : undefined;
}

function counted(leaves: Leaf[], what: string): string[] {
  const [one, many] = leaves[0]?.entry?.nouns ?? [];
  if (one === undefined) return [];
  const names = leaves.flatMap(({ entry }) => entry?.name ?? []);
  const more = leaves.length - Math.min(names.length, MOST_NAMES);
  const list = names.slice(0, MOST_NAMES).join(", ") + (more > 0 && names.length > 0 ? ` and ${more} more` : "");
  return [`${leaves.length} ${leaves.length === 1 ? one : many} ${what}${list ? `: ${list}` : ""}`];
}
