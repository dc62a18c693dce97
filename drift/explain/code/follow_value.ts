/**
 * Follows keys into what stands in the code as it is, lists and objects, and through functions that pass a value on. Pure.
 *
 * @module
 */

import { isEqual } from "../../verdict/json.ts";
import type { WhyNot } from "./code_answer.ts";
import type { Key, ObjectEntry, Origin, Trail } from "./origin.ts";
import type { Bound, Context, Frame, InstanceKey } from "./scope.ts";
import type { Expression } from "./syntax.ts";

/** What follows an expression: handed in, since each expression can hold any other. */
export type Follow = (expression: Expression, keys: readonly Key[], context: Context, trail: Trail) => Origin;

/** What stands in the code as it is. */
export type Plain = Expression & { kind: "literal" | "list" | "object" };
type Call = Expression & { kind: "call" };

/** Functions that pass on the value of their first argument, as text or number where need be. */
const TRANSPARENT = ["tostring", "tonumber", "tobool", "tolist", "tomap", "sensitive", "nonsensitive"];
/** Functions that pass on a list of plain values in another order. */
const REORDERING = ["sort", "toset", "distinct", "reverse"];

/** Follows keys into a value that stands there as it is. */
export function dig(
  expression: Plain,
  keys: readonly Key[],
  context: Context,
  trail: Trail,
  follow: Follow,
  inObject?: ObjectEntry,
  lastKey?: Key,
): Origin {
  const [key, ...rest] = keys;
  if (key === undefined) {
    return { kind: "value", at: { file: context.file, node: expression }, context, lastKey, inObject, trail, gaps: [] };
  }
  if (expression.kind === "literal") return stop(trail, "literal");
  const inner = expression.kind === "list" ? item(expression, key) : entry(expression, key);
  if (inner === "computed") return stop(trail, "key");
  if (inner === undefined) return missing(expression, key, rest, context, trail);
  const value = inner.value;
  const container: ObjectEntry = { container: expression, index: inner.index };
  if (value.kind === "literal" || value.kind === "list" || value.kind === "object") {
    return dig(value, rest, context, trail, follow, container, key);
  }
  return follow(value, rest, context, trail);
}

function item({ items }: Expression & { kind: "list" }, { key }: Key) {
  const value = typeof key === "number" ? items[key] : undefined;
  return value === undefined ? undefined : { value, index: key as number };
}

function entry({ entries }: Expression & { kind: "object" }, { key }: Key) {
  // What an entry with a computed key sets is not known.
  if (entries.some((one) => one.key === undefined)) return "computed";
  const index = entries.findLastIndex((one) => one.key === `${key}`);
  return index < 0 ? undefined : { value: entries[index]!.value, index };
}

function missing(into: Plain, { key }: Key, rest: Key[], context: Context, trail: Trail): Origin {
  if (into.kind !== "object" || typeof key === "number") return stop(trail, into.kind);
  const node = { into: { kind: "object" as const, node: into }, name: `${key}`, keys: rest };
  return { kind: "gap", at: { file: context.file, node }, context, trail, gaps: [] };
}

/** Follows an expression that passes on a value that stands elsewhere, where it is one. */
export function passThrough(
  expression: Expression,
  keys: readonly Key[],
  context: Context,
  trail: Trail,
  follow: Follow,
): Origin {
  if (expression.kind === "for") return throughFor(expression, keys, context, trail, follow);
  if (expression.kind !== "call" || expression.isExpanded) return stop(trail, expression.kind);
  const [first, second, third] = expression.args;
  if (!first) return stop(trail, expression.name);
  if (TRANSPARENT.includes(expression.name)) return follow(first, keys, context, trail);
  if (REORDERING.includes(expression.name) && keys.length === 0) return loose(follow(first, keys, context, trail));
  switch (expression.name) {
    case "lookup": {
      const key = second && keyOf(second, context);
      if (key === undefined) return stop(trail, "lookup");
      const found = follow(first, [{ key, isAsked: false }, ...keys], context, trail);
      return found.kind === "gap" && third && keys.length === 0 ? orElse(found, third, context) : found;
    }
    case "try":
    case "coalesce":
      return firstOf(expression, keys, context, trail, follow);
    case "merge":
      return keys.length === 0 ? stop(trail, "merge") : lastOf(expression, keys, context, trail, follow);
    case "concat":
      return keys.length === 0 ? lastList(expression, context, trail, follow) : stop(trail, "concat");
    default:
      return stop(trail, expression.name);
  }
}

function keyOf(expression: Expression, context: Context): InstanceKey | undefined {
  if (expression.kind === "variable") {
    const bound = context.names.get(expression.name);
    return bound?.kind === "key" ? bound.frame.key : undefined;
  }
  const isText = expression.kind === "literal" && typeof expression.value === "string";
  return isText ? expression.value as string : undefined;
}

/** A gap that a default fills as long as it is open. */
function orElse(gap: Origin & { kind: "gap" }, fallback: Expression, context: Context): Origin {
  return { ...gap, at: { ...gap.at, node: { ...gap.at.node, fallback: { expression: fallback, context } } } };
}

/** The first argument of `try` or `coalesce` that has a value. */
function firstOf({ args }: Call, keys: readonly Key[], context: Context, trail: Trail, follow: Follow): Origin {
  const [first, ...others] = args;
  const found = follow(first!, keys, context, trail);
  const isOpen = found.kind === "gap" ||
    (found.kind === "value" && found.at.node.kind === "literal" && found.at.node.value === null);
  if (!isOpen) return found;
  if (found.kind === "gap" && others.length === 1 && keys.length === 0) return orElse(found, others[0]!, context);
  return stop(found.trail, "try");
}

/** The last argument of `merge` that has the key; those behind it could have it too. */
function lastOf({ args }: Call, keys: readonly Key[], context: Context, trail: Trail, follow: Follow): Origin {
  const gaps: Origin[] = [];
  for (const arg of args.toReversed()) {
    const found = follow(arg, keys, context, trail);
    if (found.kind !== "gap" || found.at.node.keys.length !== keys.length - 1) {
      return { ...found, gaps: [...gaps, ...found.gaps] };
    }
    gaps.push(found);
  }
  const [nearest, ...others] = gaps;
  return nearest ? { ...nearest, gaps: others } : stop(trail, "merge");
}

/** The last list of `concat`, where it stands somewhere. */
function lastList({ args }: Call, context: Context, trail: Trail, follow: Follow): Origin {
  const found = follow(args.at(-1)!, [], context, trail);
  return found.kind === "value" && found.at.node.kind === "list" ? loose(found) : stop(trail, "concat");
}

function loose(origin: Origin): Origin {
  return origin.kind === "value" ? { ...origin, isLoose: true } : origin;
}

/** Through `{ for k, v in map : k => … }`, `{ for v in list : v.name => … }` and `[for v in list : …]`. */
function throughFor(
  expression: Expression & { kind: "for" },
  keys: readonly Key[],
  context: Context,
  trail: Trail,
  follow: Follow,
): Origin {
  const [wanted, ...rest] = keys;
  const index = wanted === undefined ? undefined : elementOf(expression, wanted, context, trail, follow);
  if (index === undefined) return stop(trail, "for");
  const { names, collection, value } = expression;
  const bound = new Map<string, Bound>(context.names);
  const frame: Frame = { block: expression, repeats: { expression: collection, context }, by: "for_each", key: index };
  bound.set(names.at(-1)!, { kind: "element", frame });
  if (names.length > 1) bound.set(names[0]!, { kind: "key", frame });
  return follow(value, rest, { ...context, names: bound }, { ...trail, frames: [...trail.frames, frame] });
}

/** Which element of the collection makes an element of the result. */
function elementOf(
  { names, collection, key, condition }: Expression & { kind: "for" },
  { key: wanted }: Key,
  context: Context,
  trail: Trail,
  follow: Follow,
): InstanceKey | undefined {
  if (!key) return typeof wanted === "number" && !condition ? wanted : undefined;
  const name = names.at(-1)!;
  if (key.kind === "variable" && names.length > 1 && key.name === names[0]) return wanted;
  const isOfElement = key.kind === "access" && key.of.kind === "variable" && key.of.name === name;
  const list = isOfElement ? follow(collection, [], context, trail) : undefined;
  if (list?.kind !== "value" || list.at.node.kind !== "list" || !isOfElement) return undefined;
  const path = key.steps.map((step): Key => ({ key: step.kind === "name" ? step.name : "", isAsked: false }));
  const matches = list.at.node.items.flatMap((one, at) => {
    const found = follow(one, path, list.context, trail);
    const isIt = found.kind === "value" && found.at.node.kind === "literal" &&
      isEqual(`${found.at.node.value}`, `${wanted}`);
    return isIt ? [at] : [];
  });
  return matches.length === 1 ? matches[0] : undefined;
}

function stop(trail: Trail, expression: string): Origin {
  const whyNot: WhyNot = { reason: "computed", expression };
  return { kind: "stopped", whyNot, trail, gaps: [] };
}
