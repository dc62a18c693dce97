/**
 * The three-way comparison: last state, reality and code, attribute by attribute. Pure.
 *
 * @module
 */

import { SENSITIVE } from "../../lib/secrets.ts";
import type { Origin } from "../report.ts";

/** One object seen from three sides, with Terraform's marks. All are plain JSON as in `terraform show -json`. */
export interface Sides {
  /** The last state: `before` of the drift entry, or of the change where nothing drifted. */
  previous: unknown;
  /** Reality: `before` of the change, which is `after` of the drift entry. */
  actual: unknown;
  /** What the code wants: `after` of the change. */
  expected: unknown;
  /** `after_unknown` of the change. */
  unknown: unknown;
  /** Sensitivity marks of all sides, merged by {@link mergeMarks}. */
  marks: unknown;
}

/** One attribute that differs between at least two sides. Values are raw: mask them with {@link mask} before they leave. */
export interface Leaf {
  /** As `memory[0].dedicated`. */
  path: string;
  /** The attribute of the resource the path begins with. */
  root: string;
  /** `observed` where the plan does not act on what changed. */
  kind: Origin | "observed";
  /** Value in the last state. */
  previous: unknown;
  /** Value in reality. */
  actual: unknown;
  /** Value that the code wants. */
  expected: unknown;
  /** Marks below this path; `true` where all of it is secret. */
  marks: unknown;
}

/** Whether an attribute of this name holds a secret that providers forget to mark. */
export type SecretName = (name: string) => boolean;

type Json = Record<string, unknown>;

/**
 * Lists the attributes in which the three sides differ, each with its kind:
 *
 * | last state = reality | reality = code | code = last state | kind |
 * |---|---|---|---|
 * | no | no | yes | `outside` |
 * | yes | no | | `pending` |
 * | no | no | no | `both` |
 * | no | yes | | `observed`, unless both are empty (null against `""`, `[]`, `{}`, 0, false) |
 *
 * A list of plain values is one attribute; of a list of objects each element is compared by its position, and one that
 * some side lacks is one attribute. What the plan leaves unknown is no attribute.
 */
export function differences(sides: Sides, isSecretName: SecretName): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (
    previous: unknown,
    actual: unknown,
    expected: unknown,
    unknown: unknown,
    marks: unknown,
    path: string,
    root: string,
  ) => {
    if (unknown === true || (previous === actual && actual === expected)) return;
    const shape = marks === true ? "leaf" : commonShape(previous, actual, expected);
    if (shape === "object") {
      const keys = unionOfKeys(previous, actual, expected);
      for (const key of keys) {
        const p = field(previous, key), a = field(actual, key), e = field(expected, key);
        if (p === a && a === e) continue;
        const secret = isSecretName(key) && (isTextual(p) || isTextual(a) || isTextual(e));
        const marked = secret || child(marks, key);
        walk(p, a, e, child(unknown, key), marked, joinPath(path, key), path === "" ? key : root);
      }
      if (keys.length > 0) return;
    } else if (shape === "list") {
      const lists = [previous, actual, expected].map((side) => Array.isArray(side) ? side : []);
      const [p, a, e] = lists as [unknown[], unknown[], unknown[]];
      const length = Math.max(p.length, a.length, e.length);
      for (let i = 0; i < length; i++) {
        const at = `${path}[${i}]`;
        const mark = child(marks, i);
        const sides = [p, a, e].map((side) => isGone(side[i]) ? null : side[i]);
        if (sides.every((side) => side !== null)) walk(p[i], a[i], e[i], child(unknown, i), mark, at, root);
        else if (child(unknown, i) !== true) push(...sides as [unknown, unknown, unknown], mark, at, root, true);
      }
      return;
    }
    push(previous, actual, expected, marks, path, root);
  };
  const push = (
    previous: unknown,
    actual: unknown,
    expected: unknown,
    marks: unknown,
    path: string,
    root: string,
    isElement = false,
  ) => {
    const kind = classify(previous, actual, expected, isElement && isNested(expected) ? asksFor : isSame);
    if (kind) leaves.push({ path, root, kind, previous, actual, expected, marks });
  };
  walk(sides.previous, sides.actual, sides.expected, sides.unknown, sides.marks, "", "");
  return leaves;
}

/** Whether the code, which wants `expected`, is content with `found`. */
type Content = (expected: unknown, found: unknown) => boolean;

function classify(previous: unknown, actual: unknown, expected: unknown, isContent: Content): Leaf["kind"] | undefined {
  const moved = !isEqual(previous, actual);
  if (isEqual(actual, expected)) return moved && !(isEmpty(previous) && isEmpty(actual)) ? "observed" : undefined;
  if (!moved || (isEmpty(previous) && isEmpty(actual))) return "pending";
  return isContent(expected, previous) ? "outside" : "both";
}

function isSame(expected: unknown, found: unknown): boolean {
  return isEqual(expected, found) || (isEmpty(expected) && isEmpty(found));
}

/** Of a list element that is missing, the plan shows what the code sets; what it leaves null or "" the provider computes. */
function asksFor(expected: unknown, found: unknown): boolean {
  if (!isNested(expected)) return (expected ?? "") === "" || isSame(expected, found) || isStarred(found);
  return isNested(found) &&
    Object.entries(expected as Json).every(([key, value]) => asksFor(value, child(found, key)));
}

/** A password as Proxmox shows any, and as it then stands in the state. */
function isStarred(found: unknown): boolean {
  return typeof found === "string" && /^\*+$/.test(found);
}

/** Whether two JSON values are the same; absent and null are. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || a === undefined) return b === null || b === undefined;
  if (typeof a !== "object" || typeof b !== "object" || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  return unionOfKeys(a, b).every((key) => isEqual(field(a, key), field(b, key)));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function isTextual(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || (typeof value === "object" && value !== null) ||
    typeof value === "number";
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** Whether a list element is none: absent, or as some providers leave one that is gone, with nothing but null and "" in it. */
function isGone(element: unknown): boolean {
  if (element === null || element === undefined) return true;
  return isObject(element) && Object.keys(element).length > 0 && isHollow(element);
}

function isHollow(value: unknown): boolean {
  return (value ?? "") === "" || (isNested(value) && Object.values(value as object).every(isHollow));
}

function isObject(value: unknown): value is Json {
  return isNested(value) && !Array.isArray(value);
}

/** `object` or `list` where all sides that are there can be walked as one, else `leaf`. */
function commonShape(previous: unknown, actual: unknown, expected: unknown): "object" | "list" | "leaf" {
  let shape: "object" | "list" | undefined;
  let nested = false;
  for (const side of previous === actual ? [actual, expected] : [previous, actual, expected]) {
    if (side === null || side === undefined) continue;
    if (typeof side !== "object") return "leaf";
    const own = Array.isArray(side) ? "list" : "object";
    if (shape !== undefined && shape !== own) return "leaf";
    shape = own;
    nested ||= own === "list" && (side as unknown[]).some(isNested);
  }
  return shape === "object" || nested ? shape! : "leaf";
}

function unionOfKeys(...sides: unknown[]): string[] {
  let keys: string[] = [];
  let first: Json | undefined;
  for (const side of sides) {
    if (!isObject(side) || side === first) continue;
    if (first === undefined) {
      first = side;
      keys = Object.keys(side);
    } else for (const key in side) if (!Object.hasOwn(first, key) && !keys.includes(key)) keys.push(key);
  }
  return keys;
}

// A key of a map can be "constructor": what an object inherits is no value of it.
function field(side: unknown, key: string): unknown {
  return isObject(side) && Object.hasOwn(side, key) ? side[key] : undefined;
}

function child(mark: unknown, key: string | number): unknown {
  if (mark === true) return true;
  return isNested(mark) && Object.hasOwn(mark as Json, key) ? (mark as Json)[key] : undefined;
}

/** Whether a path is another one or lies below it. */
function isWithin(path: string, parent: string): boolean {
  return parent === "" || path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
}

/** Whether one of two paths lies within the other. */
export function overlaps(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

/** Appends an attribute name or a map key to a path; a key that is no plain name is quoted. */
export function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** Writes a path as Terraform's JSON has it (`["memory", 0, "dedicated"]`) the way reports do. */
export function formatPath(steps: unknown[]): string {
  return steps.reduce<string>(
    (path, step) => typeof step === "number" ? `${path}[${step}]` : joinPath(path, `${step}`),
    "",
  );
}

/**
 * Merges sensitivity marks of several sides: what one side marks is marked. Terraform's marks mirror the value, `true`
 * for a leaf or a whole subtree; what is absent or false is not marked.
 */
export function mergeMarks(...marks: unknown[]): unknown {
  let merged: unknown;
  for (const mark of marks) {
    if (mark === true) return true;
    if (!isNested(mark) || Object.keys(mark as Json).length === 0) continue;
    if (merged === undefined) {
      merged = mark;
      continue;
    }
    const before = merged;
    const keys = new Set([...Object.keys(before as Json), ...Object.keys(mark as Json)]);
    merged = Object.fromEntries([...keys].map((key) => [key, mergeMarks(child(before, key), child(mark, key))]));
  }
  return merged;
}

/**
 * A copy of a value with `"(sensitive)"` at every marked place and under every name that holds a secret. Null stays
 * null: that there is no secret is none.
 */
export function mask(value: unknown, marks: unknown, isSecretName: SecretName): unknown {
  if (value === null || value === undefined) return null;
  if (marks === true) return SENSITIVE;
  if (Array.isArray(value)) return value.map((item, i) => mask(item, child(marks, i), isSecretName));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const secret = isSecretName(key) && isTextual(item);
      return [key, mask(item, secret || child(marks, key), isSecretName)];
    }),
  );
}

/** Whether anything of a value would be masked. */
export function hasSecret(value: unknown, marks: unknown, isSecretName: SecretName): boolean {
  if (value === null || value === undefined) return false;
  if (marks === true) return true;
  if (!isNested(value)) return false;
  return Object.entries(value as Json).some(([key, item]) =>
    (isSecretName(key) && isTextual(item)) || hasSecret(item, child(marks, key), isSecretName)
  );
}

/**
 * Calls `found` with every value that stands at a marked place or under a secret name.
 */
export function eachSecret(
  value: unknown,
  marks: unknown,
  isSecretName: SecretName,
  found: (value: unknown) => void,
): void {
  if (value === null || value === undefined) return;
  if (marks === true) return found(value);
  if (!isNested(value)) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (isNested(value[i]) || marks) eachSecret(value[i], child(marks, i), isSecretName, found);
    }
    return;
  }
  for (const key in value) {
    const item = (value as Json)[key];
    if (isSecretName(key) && isTextual(item)) found(item);
    else if (isNested(item) || marks) eachSecret(item, child(marks, key), isSecretName, found);
  }
}
