/**
 * The three-way comparison: last state, reality and code, attribute by attribute. Pure.
 *
 * @module
 */

import { joinPath } from "../terraform/attribute_path.ts";
import type { Origin } from "../report.ts";
import { child, field, isEmpty, isEqual, isNested, isObject, isZero, type Json, unionOfKeys } from "./json.ts";
import { canHoldSecret, type SecretName } from "./marks.ts";

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

/**
 * Whether a provider takes two values of an attribute for the same though they differ: the one that the code wants, and
 * the one that the provider wrote into the state.
 */
export type IsSame = (path: string, expected: unknown, found: unknown) => boolean;

/** What the comparison must be told. */
export interface DiffRules {
  /** Names that hold secrets. */
  isSecretName: SecretName;
  /** What the provider takes for the same. */
  isSame: IsSame;
}

/**
 * Lists the attributes in which the three sides differ, each with its kind:
 *
 * | last state = reality | reality = code | code = last state | kind |
 * |---|---|---|---|
 * | no | no | yes | `outside` |
 * | yes | no | | `pending` |
 * | no | no | no | `both` |
 * | no | yes | | `observed`, unless both are empty (null, `""`, `[]`, `{}`) |
 *
 * A list of plain values is one attribute; of a list of objects each element is compared by its position, and one that
 * some side lacks is one attribute. What the plan leaves unknown is no attribute.
 */
export function differences(sides: Sides, { isSecretName, isSame }: DiffRules): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (
    previous: unknown,
    actual: unknown,
    expected: unknown,
    unknown: unknown,
    marks: unknown,
    path: string,
  ) => {
    if (unknown === true || (previous === actual && actual === expected)) return;
    const shape = marks === true ? "leaf" : commonShape(previous, actual, expected);
    if (shape === "object") {
      const keys = unionOfKeys(previous, actual, expected);
      for (const key of keys) {
        const p = field(previous, key), a = field(actual, key), e = field(expected, key);
        if (p === a && a === e) continue;
        const secret = isSecretName(key) && (canHoldSecret(p) || canHoldSecret(a) || canHoldSecret(e));
        const marked = secret || child(marks, key);
        walk(p, a, e, child(unknown, key), marked, joinPath(path, key));
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
        if (sides.every((side) => side !== null)) walk(p[i], a[i], e[i], child(unknown, i), mark, at);
        else if (child(unknown, i) !== true) push(...sides as [unknown, unknown, unknown], mark, at, true);
      }
      return;
    }
    push(previous, actual, expected, marks, path);
  };
  const push = (
    previous: unknown,
    actual: unknown,
    expected: unknown,
    marks: unknown,
    path: string,
    isElement = false,
  ) => {
    const isContent = (isElement && isNested(expected)) ? asksFor : isAlike;
    const kind = classify(previous, actual, expected, () => isContent(expected, previous, path, isSame));
    if (kind) leaves.push({ path, kind, previous, actual, expected, marks });
  };
  walk(sides.previous, sides.actual, sides.expected, sides.unknown, sides.marks, "");
  return leaves;
}

function classify(
  previous: unknown,
  actual: unknown,
  expected: unknown,
  isContentWithPrevious: () => boolean,
): Leaf["kind"] | undefined {
  const moved = !isEqual(previous, actual);
  if (isEqual(actual, expected)) return moved && !(isEmpty(previous) && isEmpty(actual)) ? "observed" : undefined;
  if (!moved || (isEmpty(previous) && isEmpty(actual))) return "pending";
  return isContentWithPrevious() ? "outside" : "both";
}

function isAlike(expected: unknown, found: unknown, path: string, isSame: IsSame): boolean {
  return isEqual(expected, found) || (isZero(expected) && isZero(found)) || isSame(path, expected, found);
}

/**
 * Whether the code asks for a list element as it was found. Of one that is missing now, the plan shows what the code sets;
 * what it leaves null or "" the provider computes.
 */
function asksFor(expected: unknown, found: unknown, path: string, isSame: IsSame): boolean {
  if (!isNested(expected)) return (expected ?? "") === "" || isAlike(expected, found, path, isSame);
  return isNested(found) &&
    Object.entries(expected as Json).every(([key, value]) =>
      asksFor(value, child(found, key), Array.isArray(expected) ? `${path}[${key}]` : joinPath(path, key), isSame)
    );
}

/** Whether a list element is none: absent, or as some providers leave one that is gone, with nothing but null and "" in it. */
function isGone(element: unknown): boolean {
  if (element === null || element === undefined) return true;
  return isObject(element) && Object.keys(element).length > 0 && isHollow(element);
}

function isHollow(value: unknown): boolean {
  return (value ?? "") === "" || (isNested(value) && Object.values(value as Json).every(isHollow));
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
