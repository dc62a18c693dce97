/**
 * Makes an entry of one object: its three sides compared, and what the code sets that only an apply can tell. Pure.
 *
 * @module
 */

import type { Action } from "../report.ts";
import { joinPath, markedPaths, overlaps, valueAt } from "../terraform/attribute_path.ts";
import { type Configuration, configurationOf, expressionAt, isExpression } from "../terraform/configuration.ts";
import { canBeUnknown } from "../terraform/references.ts";
import type { PlannedObject } from "../terraform/plan.ts";
import { isVanished } from "../terraform/plan_queries.ts";
import { differences, type DiffRules, type Leaf, UNKNOWN } from "./diff.ts";
import { type Entry, forcedPaths, forcingLeaves, originIn, type Unknown } from "./entry.ts";
import { isNested, isZero } from "./json.ts";

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
    marks: [
      change?.before_sensitive,
      change?.after_sensitive,
      moved?.before_sensitive,
      moved?.after_sensitive,
    ],
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
    unset: [],
    defaults: [],
  };
  if (action === "create" && hasVanished) {
    return { ...entry, origin: hasOtherCode(entry, code, rules) ? "both" : "outside" };
  }
  const known = withDefaults(withUnset(withUnknowns(entry, code, rules), code, rules), code);
  return { ...known, origin: originIn(known) };
}

/** Whether the code of an object that was not found asks for another one than was there. */
function hasOtherCode({ object, drift }: Entry, code: Configuration, rules: DiffRules): boolean {
  const previous = drift?.change.before, { after, after_unknown } = object.change;
  const block = configurationOf(code, object);
  if (!block) return false;
  return differences(
    { previous, actual: previous, expected: after, unknown: after_unknown, marks: [] },
    rules,
  ).some(({ path, actual, expected, isOrder }) => {
    const [root = ""] = /^[\w-]+/.exec(path) ?? [];
    // What the code leaves open is null in an object that is yet to be made; a list's entry is null where it was taken out.
    const isAsked = !isZero(expected) || path.endsWith("]");
    return isAsked && !isOrder && Object.hasOwn(block.expressions ?? {}, root) &&
      !rules.isSame(path, expected, actual);
  });
}

/** The attributes in which reality moved. */
function movedLeaves({ drift }: Entry, rules: DiffRules): Leaf[] {
  const { before, after, before_sensitive, after_sensitive } = drift?.change ?? {};
  const marks = [before_sensitive, after_sensitive];
  return differences({ previous: before, actual: after, expected: after, unknown: undefined, marks }, rules);
}

/** For an update, what the code sets to something unknown; for a replacement, the part of it that forces one. */
function withUnknowns(entry: Entry, code: Configuration, rules: DiffRules): Entry {
  const { action, object } = entry;
  let paths: string[] = [];
  if (action === "update") {
    paths = unknownPaths(object.change.after_unknown, configurationOf(code, object)?.expressions ?? {});
  } else if (action === "replace") {
    const seen = forcingLeaves(entry);
    paths = forcedPaths(object).filter((path) => !seen.some((leaf) => overlaps(leaf.place, path)));
  }
  if (paths.length === 0) return withComputedReason(entry, rules);
  const moved = movedLeaves(entry, rules);
  const unknowns = paths.map((path): Unknown => ({
    path,
    kind: moved.some((leaf) => overlaps(leaf.place, path)) ? "both" : "pending",
    isComputed: action === "update" && !canBeUnknown(code, object, path),
  }));
  return { ...entry, unknowns };
}

/** An update for nothing but what the provider computes: where some of that moved outside, so did what the update is for. */
function withComputedReason(entry: Entry, rules: DiffRules): Entry {
  const { action, object, leaves } = entry;
  if (action !== "update" || leaves.some(({ kind }) => kind !== "observed")) return entry;
  const open = markedPaths(object.change.after_unknown);
  const moved = movedLeaves(entry, rules);
  if (!moved.some((leaf) => open.some((path) => overlaps(leaf.place, path)))) return entry;
  return { ...entry, unknowns: open.map((path): Unknown => ({ path, kind: "outside", isComputed: false })) };
}

/**
 * A replacement for a path that the code does not set is nobody's code: the provider found that what is there, or what it
 * was made from, is another. A path that it wants null was taken out of the code, and one in a block may be set by a
 * dynamic block, which a plan does not show.
 */
function withUnset(entry: Entry, code: Configuration, rules: DiffRules): Entry {
  const { action, object, leaves, unknowns } = entry;
  const block = configurationOf(code, object);
  if (action !== "replace" || !block) return entry;
  const unset = forcedPaths(object).filter((path) =>
    /^[\w-]+$/.test(path) && !Object.hasOwn(block.expressions ?? {}, path) &&
    (valueAt(object.change.after, path) ?? valueAt(object.change.after_unknown, path) ?? null) !== null
  );
  if (unset.length === 0) return entry;
  const isUnset = (path: string) => unset.some((one) => overlaps(one, path));
  const lost = unknowns.some(({ path, kind }) => kind === "both" && isUnset(path)) ? movedLeaves(entry, rules) : [];
  return {
    ...entry,
    unset,
    leaves: [
      ...leaves.map((leaf): Leaf =>
        leaf.kind !== "observed" && isUnset(leaf.place) ? { ...leaf, kind: "outside" } : leaf
      ),
      // What it shall be again is known after the apply only; that it is no longer what it was is known.
      ...lost.filter((leaf) => isUnset(leaf.place)).map((leaf): Leaf => (
        { ...leaf, kind: "outside", expected: leaf.previous }
      )),
    ],
    unknowns: unknowns.flatMap((one) => {
      if (!isUnset(one.path)) return [one];
      return one.kind === "both" ? [] : [{ ...one, kind: "outside" }];
    }),
  };
}

/** What the provider alone fills in: the code sets no such attribute, and one side has none, or the zero that stands for none. */
function withDefaults(entry: Entry, code: Configuration): Entry {
  const { action, object, leaves } = entry;
  const block = action === "update" ? configurationOf(code, object) : undefined;
  if (!block) return entry;
  // Of a block that is not in the plan's code, a dynamic one may set anything but nothing.
  const isShown = (path: string) =>
    /^[\w-]+$/.test(path) || Object.hasOwn(block.expressions ?? {}, /^[\w-]*/.exec(path)![0]);
  const isDefault = ({ kind, place, entry: isEntry, actual, expected }: Leaf) => {
    if (kind === "observed" || isEntry || isNested(actual) || isNested(expected)) return false;
    const isFilledIn = kind === "pending" && isNone(actual) && expected !== UNKNOWN && isShown(place);
    const isEmptyBoth = (isNone(actual) || isNone(expected)) && isZero(actual) && isZero(expected);
    return (isFilledIn || isEmptyBoth) && expressionAt(block, place).length === 0;
  };
  return { ...entry, defaults: leaves.filter(isDefault).map(({ place }) => place) };
}

function isNone(value: unknown): boolean {
  return value === null || value === undefined;
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
