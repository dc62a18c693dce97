/**
 * Plain JSON values, compared and walked. Pure.
 *
 * @module
 */

/** A JSON object. */
export type Json = Record<string, unknown>;

/** Whether two JSON values are the same; absent and null are. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || a === undefined) return b === null || b === undefined;
  if (typeof a !== "object" || typeof b !== "object" || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  // Without lists of keys: asked of every object of a plan.
  for (const key in a) if (!isEqual((a as Json)[key], field(b, key))) return false;
  for (const key in b) if (!Object.hasOwn(a, key) && ((b as Json)[key] ?? null) !== null) return false;
  return true;
}

/** Whether a value says nothing: null, `""`, `[]` or `{}`. 0 and false say something. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  if (typeof value !== "object") return false;
  for (const _ in value) return false; // without a list of the keys: asked of every object of a plan
  return true;
}

/** Whether a value is null or its type's zero, which a provider writes for what the code leaves out. */
export function isZero(value: unknown): boolean {
  return isEmpty(value) || value === 0 || value === false;
}

/** Whether a value is an object or a list. */
export function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** Whether a value is an object and no list. */
export function isObject(value: unknown): value is Json {
  return isNested(value) && !Array.isArray(value);
}

/** The keys of several objects, in the order in which they are met; what is no object has none. */
export function unionOfKeys(...sides: unknown[]): string[] {
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

/** A value of an object. A key of a map can be `constructor`: what an object inherits is no value of it. */
export function field(side: unknown, key: string): unknown {
  return isObject(side) && Object.hasOwn(side, key) ? side[key] : undefined;
}

/** What Terraform's marks say below a key; a mark on the whole is one on each part. */
export function child(mark: unknown, key: string | number): unknown {
  if (mark === true) return true;
  return isNested(mark) && Object.hasOwn(mark as Json, key) ? (mark as Json)[key] : undefined;
}
