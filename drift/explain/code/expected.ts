/**
 * Whether a place in the code says what the finding expects of the code: only then it is the right place. Pure.
 *
 * @module
 */

import { isObject, isZero } from "../../verdict/json.ts";
import { constant, follow } from "./follow.ts";
import { type Origin, START, type Trail } from "./origin.ts";
import type { Context } from "./scope.ts";
import type { Body, Expression } from "./syntax.ts";

/** A value of the code that is known; undefined where Terraform works it out. */
export function known(expression: Expression, context: Context, trail: Trail = START): { value: unknown } | undefined {
  const origin = follow(expression, [], context, trail);
  if (origin.kind !== "value") return undefined;
  const { node } = origin.at;
  if (node.kind === "literal") return { value: node.value };
  if (node.kind === "list") {
    const items = node.items.map((item) => known(item, origin.context));
    return items.every((item) => item !== undefined) ? { value: items.map((item) => item!.value) } : undefined;
  }
  if (node.kind !== "object") return undefined;
  const entries = node.entries.map(({ key, value }) => ({ key, value: known(value, origin.context) }));
  if (entries.some(({ key, value }) => key === undefined || value === undefined)) return undefined;
  return { value: Object.fromEntries(entries.map(({ key, value }) => [key, value!.value])) };
}

/** Whether a place says what is expected, as far as that can be told. */
export function saysExpected(origin: Origin, expected: unknown): boolean {
  switch (origin.kind) {
    case "stopped":
      return false;
    case "block":
      return isObject(expected) && bodySays(origin.at.node.body, expected, origin.context);
    case "gap": {
      const { fallback } = origin.at.node;
      const value = fallback && known(fallback.expression, fallback.context);
      return value === undefined || isAlike(value.value, expected);
    }
    case "value": {
      if (origin.makesBlock) return isObject(expected);
      const value = known(origin.at.node, origin.context);
      if (!value) return false;
      return origin.isLoose ? isPart(value.value, expected) : isAlike(value.value, expected);
    }
  }
}

function bodySays({ items }: Body, expected: Record<string, unknown>, context: Context): boolean {
  return items.every((item) => {
    if (item.kind === "block") return item.type in expected;
    const value = constant(item.value, context, START)?.value;
    return value === undefined || isAlike(value, expected[item.name]);
  });
}

/** Whether two values are the same but for how a provider writes them: numbers as texts, null as nothing. */
export function isAlike(one: unknown, other: unknown): boolean {
  if ((one ?? null) === null || (other ?? null) === null) return isZero(one) && isZero(other);
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && (one.every((item, at) => isAlike(item, other[at])) || isSameSet(one, other));
  }
  if (isObject(one) && isObject(other)) {
    return [...Object.keys(one), ...Object.keys(other)].every((key) => isAlike(one[key], other[key]));
  }
  return typeof one !== "object" && typeof other !== "object" && withoutBreak(`${one}`) === withoutBreak(`${other}`);
}

/** Proxmox ends some texts with a line break that the code does not have. */
function withoutBreak(text: string): string {
  return text.replace(/\n$/, "");
}

/** A value as the code writes it, where the provider adds a line break to what the code says. */
export function asCode(value: unknown, code: unknown, expected: unknown): unknown {
  const isAdded = typeof value === "string" && typeof code === "string" && `${code}\n` === expected;
  return isAdded ? withoutBreak(value) : value;
}

function isSameSet(one: unknown[], other: unknown[]): boolean {
  const sorted = (list: unknown[]) => list.map((item) => JSON.stringify(item)).sort().join();
  return sorted(one) === sorted(other);
}

function isPart(part: unknown, whole: unknown): boolean {
  if (!Array.isArray(part) || !Array.isArray(whole)) return isAlike(part, whole);
  const rest = [...whole];
  return part.every((item) => {
    const at = rest.findIndex((one) => isAlike(one, item));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}
