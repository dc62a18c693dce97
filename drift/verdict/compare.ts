/**
 * Makes an entry of one object: its three sides compared, and what the code sets that only an apply can tell. Pure.
 *
 * @module
 */

import type { Action } from "../report.ts";
import { joinPath, overlaps } from "../terraform/attribute_path.ts";
import { type Configuration, configurationOf, isExpression } from "../terraform/configuration.ts";
import { canBeUnknown } from "../terraform/references.ts";
import { isVanished, type PlannedObject } from "../terraform/plan.ts";
import { differences, type DiffRules } from "./diff.ts";
import { type Entry, forcedPaths, forcingLeaves, originIn, type Unknown } from "./entry.ts";
import { mergeMarks } from "./marks.ts";

/** An object of the plan: what the plan does about it, what changed outside, or both. */
export type Compared =
  | { object: PlannedObject; drift?: PlannedObject | undefined; action?: Action | undefined }
  | { object?: undefined; drift: PlannedObject; action?: undefined };

/** Compares last state, reality and code of one object. */
export function compare({ object, drift, action }: Compared, code: Configuration, rules: DiffRules): Entry {
  const change = object?.change, moved = drift?.change;
  const hasVanished = drift !== undefined && isVanished(drift);
  // Where the plan makes no change, what is there is the state after it.
  const actual = change ? change.before : moved?.after;
  const hasNoSides = hasVanished || action === "create" || action === "delete" || action === "forget";
  const leaves = hasNoSides ? [] : differences({
    previous: moved ? moved.before : actual,
    actual,
    expected: action ? change?.after : actual,
    unknown: action ? change?.after_unknown : undefined,
    marks: mergeMarks(
      change?.before_sensitive,
      change?.after_sensitive,
      moved?.before_sensitive,
      moved?.after_sensitive,
    ),
  }, rules);
  const entry: Entry = {
    object: (object ?? drift)!,
    ...(drift ? { drift } : {}),
    ...(action ? { action } : {}),
    leaves,
    unknowns: [],
    origin: "pending",
    causedBy: [],
    guesses: [],
  };
  const unknowns = unknownsIn(entry, code, rules);
  const origin = action === "create" && hasVanished ? "outside" : originIn({ ...entry, unknowns });
  return { ...entry, unknowns, origin };
}

/** For an update, what the code sets to something unknown; for a replacement, the part of it that forces one. */
function unknownsIn(entry: Entry, code: Configuration, rules: DiffRules): Unknown[] {
  const { action, object, drift } = entry;
  let paths: string[] = [];
  if (action === "update") {
    paths = unknownPaths(object.change.after_unknown, configurationOf(code, object)?.expressions ?? {});
  } else if (action === "replace") {
    const seen = forcingLeaves(entry);
    paths = forcedPaths(object).filter((path) => !seen.some((leaf) => overlaps(leaf.place, path)));
  }
  if (paths.length === 0) return [];
  const { before, after } = drift?.change ?? {};
  const moved = differences({ previous: before, actual: after, expected: after, unknown: {}, marks: {} }, rules);
  return paths.map((path) => ({
    path,
    kind: moved.some((leaf) => overlaps(leaf.place, path)) ? "both" : "pending",
    isComputed: action === "update" && !canBeUnknown(code, object, path),
  }));
}

/**
 * The paths that the code itself sets to a value that is not known before an apply. What a provider computes is unknown
 * too, in any update, and says nothing.
 */
function unknownPaths(unknown: unknown, code: unknown, path = ""): string[] {
  if (typeof code !== "object" || code === null || "constant_value" in code) return [];
  if (unknown === true) return [path];
  if (typeof unknown !== "object" || unknown === null) return [];
  return Object.entries(unknown).flatMap(([key, mark]) =>
    unknownPaths(
      mark,
      isExpression(code) ? code : (code as Record<string, unknown>)[key],
      Array.isArray(unknown) ? `${path}[${key}]` : joinPath(path, key),
    )
  );
}
