/**
 * One object on its way from the plan to the report, and what follows from its differences. Pure.
 *
 * @module
 */

import type { Action, Origin } from "../report.ts";
import { formatPath, overlaps } from "../terraform/attribute_path.ts";
import type { PlannedObject } from "../terraform/plan.ts";
import type { Leaf } from "./diff.ts";

/** A difference of an attribute, for those who know what is noise. */
export interface Difference {
  /** As `memory[0].dedicated`. */
  path: string;
  /** What the code wants; where the plan does not act on the difference, the last state's value. */
  wanted: unknown;
  /** What is there. */
  found: unknown;
  /** `observed`: the plan does not act on it; `unknown`: only an apply can tell what is wanted. */
  kind: "planned" | "observed" | "unknown";
}

/** One object, compared. */
export interface Entry {
  /** The change, or the drift where there is no change. */
  object: PlannedObject;
  /** What changed outside. */
  drift?: PlannedObject;
  /** Undefined where the plan does not act. */
  action?: Action;
  /** Where the sides differ. */
  leaves: Leaf[];
  /** Values that the code sets and only an apply can tell. */
  unknowns: Unknown[];
  /** Who made the change. */
  origin: Origin;
  /** Addresses whose outside change led to this one. */
  causedBy: string[];
  /** Paths that a replacement is made for and the code does not set: what is there, or behind it, became another. */
  unset: string[];
  /** Paths of an update that the code does not set and that differ as null and the provider's default. */
  defaults: string[];
  /** Who made what triggers a replacement that no attribute forces; the code, where it is not known. */
  trigger?: Origin;
  /** Addresses of what the code reads here and may have changed outside, where a plan cannot tell. */
  guesses: string[];
}

/** A value that the code sets and only an apply can tell: no attribute to show, but a reason for the change. */
export interface Unknown {
  /** As `memory[0].dedicated`. */
  path: string;
  /** Who made the difference. */
  kind: Origin;
  /** No reason after all: the provider seems to fill in what a variable leaves open. */
  isComputed: boolean;
}

/** The unknown attributes that count as a reason for the change. */
export function reasonsIn({ unknowns }: Entry): Unknown[] {
  return unknowns.filter((one) => !one.isComputed);
}

/** The paths that Terraform replaces an object for. */
export function forcedPaths({ change }: PlannedObject): string[] {
  return (change.replace_paths ?? []).map(formatPath);
}

/** The differences that an object is replaced for. */
export function forcingLeaves({ object, leaves }: Pick<Entry, "object" | "leaves">): Leaf[] {
  const forced = forcedPaths(object);
  return leaves.filter((leaf) => leaf.kind !== "observed" && forced.some((path) => overlaps(leaf.place, path)));
}

/**
 * The differences that count. For a replacement: what forces it and what drifted; the rest is what any new object of its
 * kind would differ in.
 */
export function countedLeaves(entry: Entry): Leaf[] {
  if (entry.action !== "replace") return entry.leaves.filter((leaf) => leaf.kind !== "observed");
  const forcing = new Set(forcingLeaves(entry));
  return entry.leaves.filter((leaf) => leaf.kind === "outside" || leaf.kind === "both" || forcing.has(leaf));
}

/** The origin of a change, from the differences that are shown and those that cannot be. */
export function originIn(entry: Entry): Origin {
  if (entry.action !== "replace") return originOf([...entry.leaves, ...reasonsIn(entry)]);
  const forcing = [...forcingLeaves(entry), ...entry.unknowns];
  // One that nothing outside forces is asked for by the code, or by an apply that failed, whatever else has changed.
  return originOf([...countedLeaves(entry), ...forcing.length > 0 ? forcing : [{ kind: entry.trigger ?? "pending" }]]);
}

/** The origin that a set of differences adds up to; `pending` where there is none. */
export function originOf(leaves: Pick<Leaf, "kind">[]): Origin {
  const kinds = new Set(leaves.map((leaf) => leaf.kind));
  if (kinds.has("both") || (kinds.has("outside") && kinds.has("pending"))) return "both";
  return kinds.has("outside") ? "outside" : "pending";
}
