/**
 * The three-way comparison: last state, reality and code, attribute by attribute. Pure.
 *
 * @module
 */

import { joinPath, markedPaths } from "../terraform/attribute_path.ts";
import type { Origin } from "../report.ts";
import { isSameEntry, type ListRule, nameOf, type Slot, slotsOf, type Three } from "./entries.ts";
import { child, field, isEmpty, isEqual, isNested, isObject, isZero, type Json, unionOfKeys } from "./json.ts";
import { canHoldSecret, mask, mergeMarks, type SecretName } from "./marks.ts";

/** Stands where a value is known after an apply only. */
export const UNKNOWN = "(known after apply)";

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
  /** Sensitivity marks of all sides. They mirror whole values, so they are merged only where something differs. */
  marks: readonly unknown[];
}

/** One attribute that differs between at least two sides. Values are raw: mask them with {@link mask} before they leave. */
export interface Leaf extends Three {
  /** As `memory[0].dedicated`; `cidr["10.0.0.0/8"]` for an entry that goes by what it is. */
  path: string;
  /** The same for Terraform, whose paths go by position alone: of an entry that goes by what it is, its list. */
  place: string;
  /** `observed` where the plan does not act on what changed. */
  kind: Origin | "observed";
  /** Marks below this path; `true` where all of it is secret. */
  marks: unknown;
  /** An entry that came or went whole, in a list of which that says more than the entry's place. */
  entry?: ListEntry;
  /** The same entries stand in another order. */
  isOrder?: true;
}

/** An entry of a list, for people. */
export interface ListEntry {
  /** Its name; absent where it has none, or none may be shown. */
  name?: string;
  /** What people call one, and several. */
  nouns: readonly [string, string];
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
  /** What the provider's lists are like. */
  listRule: (path: string) => ListRule | undefined;
  /** Paths may tell the names of entries, which are values. */
  showsNames: boolean;
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
 * A list of plain values is one attribute. The entries of a list of objects are compared by position as long as none has
 * moved, else each with itself; one that came or went is one attribute. What the plan leaves unknown is no attribute.
 */
export function differences(sides: Sides, rules: DiffRules): Leaf[] {
  const { previous, actual, expected, unknown, marks } = sides;
  const comparison = new Comparison(rules);
  comparison.walk({ previous, actual, expected }, { unknown, marks, path: "", place: "" });
  return comparison.leaves;
}

/** What people call an entry where nothing is known of its list. */
const ENTRY = ["entry", "entries"] as const;

/** Where values stand, and what Terraform says of that place. */
interface Place {
  unknown: unknown;
  marks: readonly unknown[];
  path: string;
  place: string;
}

/** The marks of an attribute whose name tells that it is a secret. */
const MARKED = [true];

/** What several sides' marks say below a key. */
function childMarks(marks: readonly unknown[], key: string | number): unknown[] {
  const below: unknown[] = [];
  for (const mark of marks) {
    const inner = child(mark, key);
    if (inner !== undefined && inner !== false) below.push(inner);
  }
  return below;
}

class Comparison {
  readonly leaves: Leaf[] = [];

  constructor(readonly rules: DiffRules) {}

  walk(sides: Three, at: Place) {
    const { previous, actual, expected } = sides;
    if (at.unknown === true || (previous === actual && actual === expected)) return;
    const shape = at.marks.includes(true) ? "leaf" : commonShape(previous, actual, expected);
    if (shape === "list") return this.#walkList(mapSides(sides, asEntries), at);
    if (shape === "leaf" || !this.#walkObject(sides, at)) this.#compareLeaf(sides, at);
  }

  /** False where the object has no keys at all. */
  #walkObject({ previous, actual, expected }: Three, { unknown, marks, path, place }: Place): boolean {
    const keys = unionOfKeys(previous, actual, expected);
    for (const key of keys) {
      const p = field(previous, key), a = field(actual, key), e = field(expected, key);
      if (p === a && isEqual(a, e)) continue;
      const isSecret = this.rules.isSecretName(key) && (canHoldSecret(p) || canHoldSecret(a) || canHoldSecret(e));
      const at = joinPath(path, key);
      this.walk({ previous: p, actual: a, expected: e }, {
        unknown: child(unknown, key),
        marks: isSecret ? MARKED : childMarks(marks, key),
        path: at,
        place: path === place ? at : joinPath(place, key),
      });
    }
    return keys.length > 0;
  }

  #walkList(lists: Three<unknown[]>, at: Place) {
    const hasUnknown = lists.expected.some((_, index) => child(at.unknown, index) === true);
    // An entry may stand at another place on each side: what is marked in one is taken for marked in all.
    const marks = mergeMarks(...at.marks.flat());
    const slots = slotsOf(lists, {
      list: this.rules.listRule(at.path),
      asksFor: (expected, found) => this.#asksFor(expected, found, `${at.path}[]`),
      mask: (entry) => mask(entry, marks, this.rules.isSecretName),
      showsNames: this.rules.showsNames,
    });
    // What only an apply can tell may be the very entry that seems to be gone.
    const isVague = hasUnknown && slots?.slots.some(({ expected }) => expected === null);
    if (!slots || isVague) return this.#walkByPosition(lists, at);
    const before = this.leaves.length;
    for (const slot of slots.slots) {
      const unknown = slot.expectedAt === undefined ? undefined : child(at.unknown, slot.expectedAt);
      this.#compareSlot(slot, { ...at, marks: [marks], unknown });
    }
    const isSame = (one: keyof Three, other: keyof Three) => slots.isSameOrder(one, other);
    const kind = kindOf(
      isSame("previous", "actual"),
      isSame("actual", "expected"),
      () => isSame("expected", "previous"),
    );
    const isUnordered = this.rules.listRule(at.path)?.isUnordered ?? false;
    if (kind === undefined) return;
    // The order of a list where it means nothing counts where the plan is made for nothing else.
    const hasReason = this.leaves.length > before || markedPaths(at.unknown).length > 0;
    if (isUnordered && (kind === "observed" || hasReason)) return;
    this.#push(lists, kind, at, { isOrder: true });
  }

  #walkByPosition(lists: Three<unknown[]>, { unknown, marks, path, place }: Place) {
    const length = Math.max(lists.previous.length, lists.actual.length, lists.expected.length);
    for (let i = 0; i < length; i++) {
      const sides = mapSides(lists, (side) => side[i] ?? null);
      const at = {
        unknown: child(unknown, i),
        marks: childMarks(marks, i),
        path: `${path}[${i}]`,
        place: `${place}[${i}]`,
      };
      if (Object.values(sides).every((side) => side !== null)) this.walk(sides, at);
      else if (at.unknown !== true) this.#compareEntry(sides, at, this.#entryIn(path, sides));
    }
  }

  #compareSlot({ name, title, previous, actual, expected }: Slot, at: Place) {
    const sides = { previous, actual, expected };
    const path = `${at.path}[${JSON.stringify(name)}]`;
    const isWhole = Object.values(sides).every((side) => side !== null);
    if (isWhole) return this.walk(sides, { ...at, path });
    const nouns = this.rules.listRule(at.path)?.nouns ?? ENTRY;
    this.#compareEntry(sides, { ...at, path }, { ...(title ? { name: title } : {}), nouns });
  }

  /** An entry that goes by its position, where the list is known. */
  #entryIn(path: string, { previous, actual, expected }: Three): ListEntry | undefined {
    const list = this.rules.listRule(path);
    const name = list && this.rules.showsNames ? nameOf(actual ?? previous ?? expected, list.key) : undefined;
    return list && { ...(name ? { name } : {}), nouns: list.nouns ?? ENTRY };
  }

  /** An entry that some side lacks. The code leaves open what it does not set. */
  #compareEntry(sides: Three, at: Place, entry?: ListEntry) {
    const { previous, actual, expected } = sides;
    const isSame = entry === undefined ? isEqual : isSameEntry;
    const asks = (found: unknown) => this.#asksFor(expected, found, at.path);
    const isSettled = isSame(actual, expected) || (entry !== undefined && isNested(expected) && asks(actual));
    const kind = kindOf(
      (isEmpty(previous) && isEmpty(actual)) || isSame(previous, actual),
      isSettled,
      () => isNested(expected) ? asks(previous) : this.#isAlike(expected, previous, at.path),
    );
    if (kind) this.#push(sides, kind, at, entry === undefined ? {} : { entry });
  }

  #compareLeaf(sides: Three, at: Place) {
    const { previous, actual } = sides;
    // An element that only an apply can tell is none that the code asks for.
    const unknown = !at.marks.includes(true) && Array.isArray(at.unknown) ? at.unknown : [];
    const isFilled = (one: unknown, index: number) => unknown[index] === true ? UNKNOWN : one;
    const expected = Array.isArray(sides.expected) ? sides.expected.map(isFilled) : sides.expected;
    const matched = (found: unknown) => Array.isArray(found) ? found.map(isFilled) : found;
    const isPhantom = isEmpty(previous) && isEmpty(actual);
    const kind = kindOf(
      isPhantom || isEqual(previous, actual),
      isEqual(matched(actual), expected),
      () => this.#isAlike(expected, matched(previous), at.path),
    );
    if (!kind || (kind === "observed" && isEqual(matched(previous), matched(actual)))) return;
    this.#push({ previous, actual, expected }, kind, at, isReordered(actual, expected) ? { isOrder: true } : {});
  }

  #push(sides: Three, kind: Leaf["kind"], { path, place, marks }: Place, more: Pick<Leaf, "entry" | "isOrder">) {
    this.leaves.push({ ...sides, path, place, kind, marks: mergeMarks(...marks), ...more });
  }

  #isAlike(expected: unknown, found: unknown, path: string): boolean {
    return isEqual(expected, found) || (isZero(expected) && isZero(found)) || this.rules.isSame(path, expected, found);
  }

  /**
   * Whether the code asks for an entry as it was found. Of one that is missing now, the plan shows what the code sets; what
   * it leaves null or "" the provider computes.
   */
  #asksFor(expected: unknown, found: unknown, path: string): boolean {
    if (!isNested(expected)) return (expected ?? "") === "" || this.#isAlike(expected, found, path);
    return isNested(found) &&
      Object.entries(expected as Json).every(([key, value]) =>
        this.#asksFor(value, child(found, key), Array.isArray(expected) ? `${path}[${key}]` : joinPath(path, key))
      );
  }
}

/** What a difference is, from which sides agree; undefined where all do. */
function kindOf(isUnmoved: boolean, isSettled: boolean, isAskedFor: () => boolean): Leaf["kind"] | undefined {
  if (isSettled) return isUnmoved ? undefined : "observed";
  if (isUnmoved) return "pending";
  return isAskedFor() ? "outside" : "both";
}

/** Whether two lists of plain values differ in their order alone. */
function isReordered(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length || isEqual(one, other)) return false;
  const sorted = (list: unknown[]) => list.map((value) => JSON.stringify(value)).sort();
  return isEqual(sorted(one), sorted(other));
}

/** The sides of one shape; one that is the same on two sides stays the same. */
function mapSides<From, To>({ previous, actual, expected }: Three<From>, map: (side: From) => To): Three<To> {
  const mapped = map(actual);
  return {
    previous: previous === actual ? mapped : map(previous),
    actual: mapped,
    expected: expected === actual ? mapped : map(expected),
  };
}

function asEntries(side: unknown): unknown[] {
  return Array.isArray(side) ? side.map((entry) => isGone(entry) ? null : entry) : [];
}

/** Whether a list entry is none: absent, or as some providers leave one that is gone, with nothing but null and "" in it. */
function isGone(entry: unknown): boolean {
  if (entry === null || entry === undefined) return true;
  return isObject(entry) && !isEmpty(entry) && isHollow(entry);
}

function isHollow(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return (value ?? "") === "";
  for (const key in value) if (!isHollow((value as Json)[key])) return false;
  return true;
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
