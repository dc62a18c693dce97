/**
 * Follows a value of the code to where it stands: through variables and what gives them their values, locals, maps and
 * lists, calls of modules, and the functions that pass a value on. What Terraform works out is not followed. Pure.
 *
 * @module
 */

import type { Place, WhyNot } from "./code_answer.ts";
import { dig, passThrough } from "./follow_value.ts";
import { type Gap, type Hop, type Key, type Origin, placeOf, type Trail, via } from "./origin.ts";
import {
  attributeIn,
  blocksOf,
  type Bound,
  type Context,
  type Found,
  type Frame,
  type InstanceKey,
  localIn,
  ownSymbol,
  type Scope,
} from "./scope.ts";
import type { Attribute, Expression, Step } from "./syntax.ts";

/** More steps than any code has that ends: names can lead round in circles. */
const MOST_STEPS = 200;

/** Follows the value of an expression, and `keys` into it. */
export function follow(expression: Expression, keys: readonly Key[], context: Context, trail: Trail): Origin {
  if (trail.hops.length + trail.readers.length > MOST_STEPS) return stopped(trail, computed("other"));
  switch (expression.kind) {
    case "parenthesis":
      return follow(expression.inner, keys, context, trail);
    case "variable":
      return byName(expression, expression.name, [], keys, context, trail);
    case "access": {
      const steps = keysOf(expression.steps, context, trail);
      if (!steps) return stopped(trail, computed("access"));
      const told = { ...trail, told: [...trail.told, ...steps.told] };
      const { of } = expression;
      if (of.kind !== "variable") return follow(of, [...steps.keys, ...keys], context, told);
      return byName(expression, of.name, steps.keys, keys, context, told);
    }
    case "template": {
      const [only] = expression.parts;
      const isWhole = expression.parts.length === 1 && isInsertionAlone(context.file.text, expression);
      return isWhole ? follow(only!, keys, context, trail) : stopped(trail, computed("template"));
    }
    case "literal":
    case "list":
    case "object":
      return dig(expression, keys, context, trail, follow);
    default:
      return passThrough(expression, keys, context, trail, follow);
  }
}

/** Whether a template is nothing but `"${…}"`, which is the value itself. */
function isInsertionAlone(text: string, { start, end }: Expression): boolean {
  return /^"\$\{[^]*\}"$/.test(text.slice(start, end)) && !/^"\$\{[^]*\}[^]*\$\{/.test(text.slice(start, end));
}

/** The keys that steps stand for; undefined where one cannot be told. */
function keysOf(steps: Step[], context: Context, trail: Trail): { keys: Key[]; told: Trail["told"] } | undefined {
  const keys: Key[] = [];
  const told: Trail["told"][number][] = [];
  for (const step of steps) {
    if (step.kind === "splat") return undefined;
    if (step.kind === "name") {
      keys.push({ key: step.name, isAsked: false });
      continue;
    }
    const found = constant(step.index, context, trail);
    if (!found) return undefined;
    keys.push({ key: found.value, isAsked: false });
    told.push(...found.told);
  }
  return { keys, told };
}

/** The value of an expression that stands for a key, and the blocks whose instances it tells apart. */
export function constant(
  expression: Expression,
  context: Context,
  trail: Trail,
): { value: InstanceKey; told: Trail["told"] } | undefined {
  const frame = frameOfKey(expression, context);
  if (frame) return { value: frame.key, told: [frame.block] };
  const origin = follow(expression, [], context, { ...trail, told: [] });
  if (origin.kind !== "value" || origin.at.node.kind !== "literal") return undefined;
  const { value } = origin.at.node;
  return typeof value === "string" || typeof value === "number" ? { value, told: [] } : undefined;
}

/** What repeats where an expression is nothing but its key: `each.key`, `count.index`, the first name of a `for`. */
function frameOfKey(expression: Expression, { names }: Context): Frame | undefined {
  if (expression.kind === "variable") {
    const bound = names.get(expression.name);
    return bound?.kind === "key" ? bound.frame : undefined;
  }
  if (expression.kind !== "access" || expression.of.kind !== "variable" || expression.steps.length !== 1) {
    return undefined;
  }
  const bound = names.get(expression.of.name), [step] = expression.steps;
  const isKey = step?.kind === "name" && (step.name === "key" || step.name === "index");
  return bound?.kind === "iterator" && isKey ? bound.frame : undefined;
}

function byName(
  at: Expression,
  root: string,
  steps: Key[],
  keys: readonly Key[],
  context: Context,
  before: Trail,
): Origin {
  const trail = { ...before, readers: [...before.readers, at] };
  const bound = context.names.get(root);
  if (bound) return throughBound(bound, steps, keys, context.scope, trail);
  const name = `${steps[0]?.key ?? ""}`, rest = [...steps.slice(1), ...keys];
  if (root === "local") return throughLocal(name, rest, context, trail);
  if (root === "var") return throughVariable(name, rest, context, trail);
  return stopped(trail, computed("reference"));
}

/** Through `each.value`, the iterator of a dynamic block, or the variable of a `for`. */
function throughBound({ kind, frame }: Bound, steps: Key[], keys: readonly Key[], scope: Scope, trail: Trail): Origin {
  const isValue = kind === "element" || (kind === "iterator" && frame.by === "for_each" && steps[0]?.key === "value");
  if (!isValue) return stopped(trail, computed("key"));
  const { expression, context } = frame.repeats;
  const rest = [...kind === "element" ? steps : steps.slice(1), ...keys];
  const hop: Hop = { scope, symbol: ownSymbol(context.file, frame.block), keys: rest };
  return follow(expression, [{ key: frame.key, isAsked: false }, ...rest], context, {
    ...trail,
    hops: [...trail.hops, hop],
    told: [...trail.told, frame.block],
  });
}

function throughLocal(name: string, keys: Key[], context: Context, trail: Trail): Origin {
  const found = localIn(context.scope.code, name);
  if (!found) return stopped(trail, computed("reference"));
  return into(found, keys, context, hopped(trail, context, `local.${name}`, keys), "local", name);
}

function throughVariable(name: string, keys: Key[], context: Context, before: Trail): Origin {
  const { scope } = context;
  const trail = hopped(before, context, `var.${name}`, keys);
  if (scope.call) return throughCall(name, keys, context, trail);
  for (const { path, file, json } of scope.inputs.files.toReversed()) {
    if (json && Object.hasOwn(json, name)) {
      const place: Place = { file: path, line: 1, what: "values file", name };
      return stopped(via(trail, place), { reason: "json", file: path });
    }
    const found = file?.body.items.find((one): one is Attribute => one.kind === "attribute" && one.name === name);
    if (found) return into({ file: file!, node: found }, keys, context, trail, "values file", name);
  }
  if (scope.inputs.environment.includes(name)) {
    return stopped(trail, { reason: "environment-variable", variable: name });
  }
  return throughDefault(name, keys, context, trail);
}

/** To the argument of the call that made the module, or else to the variable's default. */
function throughCall(name: string, keys: Key[], context: Context, trail: Trail): Origin {
  const { block, context: caller } = context.scope.call!;
  const found = attributeIn([block], name);
  if (found) return into(found, keys, caller, trail, "argument", name);
  const fallback = throughDefault(name, keys, context, trail);
  const gap: Origin = {
    kind: "gap",
    at: { file: block.file, node: { into: { kind: "body", node: block.node }, name, keys, ...filled(fallback) } },
    context: caller,
    trail: via(trail, placeOf(block.file, block.node.start, "block", `module.${block.node.labels[0]}`)),
    gaps: [],
  };
  return { ...fallback, gaps: [...fallback.gaps, ...keys.length === 0 ? [gap] : []] };
}

/** What stands there as long as the gap is open. */
function filled(origin: Origin): Pick<Gap, "fallback"> {
  return origin.kind === "value" ? { fallback: { expression: origin.at.node, context: origin.context } } : {};
}

function throughDefault(name: string, keys: Key[], context: Context, trail: Trail): Origin {
  const found = attributeIn(blocksOf(context.scope.code, "variable", [name]), "default");
  if (!found) return stopped(trail, { reason: "no-value", variable: name });
  return into(found, keys, context, trail, "variable", name);
}

function into(
  { file, node }: Found<Attribute>,
  keys: Key[],
  context: Context,
  trail: Trail,
  what: Place["what"],
  name: string,
): Origin {
  // Only the arguments of a block that repeats can use its names.
  const names = what === "argument" ? context.names : new Map<string, Bound>();
  return follow(node.value, keys, { ...context, file, names }, via(trail, placeOf(file, node.start, what, name)));
}

function hopped(trail: Trail, { scope }: Context, symbol: string, keys: Key[]): Trail {
  const hop: Hop = { scope, symbol, keys };
  return { ...trail, hops: [...trail.hops, hop] };
}

/** The end of a way that leads no further. */
export function stopped(trail: Trail, whyNot: WhyNot): Origin {
  return { kind: "stopped", whyNot, trail, gaps: [] };
}

function computed(expression: string): WhyNot {
  return { reason: "computed", expression };
}
