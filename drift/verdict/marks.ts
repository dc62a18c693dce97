/**
 * Terraform's sensitivity marks: which parts of a value are secret, and a copy without them. Pure.
 *
 * @module
 */

import { namedValues } from "../../lib/named_values.ts";
import { SENSITIVE } from "../../lib/secrets.ts";
import { child, isNested, isObject, type Json } from "./json.ts";

/** Whether an attribute of this name holds a secret that providers forget to mark. */
export type SecretName = (name: string) => boolean;

/** Whether a value can hold a secret: a text that is not empty, a number, an object or a list. */
export function canHoldSecret(value: unknown): boolean {
  return isNested(value) || typeof value === "number" || (typeof value === "string" && value !== "");
}

/**
 * Merges sensitivity marks of several sides: what one side marks is marked. Terraform's marks mirror the value, `true`
 * for a leaf or a whole subtree; what is absent or false is not marked.
 */
export function mergeMarks(...marks: unknown[]): unknown {
  let merged: unknown;
  for (const mark of marks) {
    if (mark === true) return true;
    if (!marksAnything(mark)) continue;
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

/** Whether anything is marked: most marks only mirror the shape of their value. */
function marksAnything(mark: unknown): boolean {
  if (mark === true) return true;
  if (!isNested(mark)) return false;
  for (const key in mark as Json) if (marksAnything((mark as Json)[key])) return true;
  return false;
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
      const secret = isSecretName(key) && canHoldSecret(item);
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
    (isSecretName(key) && canHoldSecret(item)) || hasSecret(item, child(marks, key), isSecretName)
  );
}

/** Takes a secret; `isMarked`: all of it is, the keys of a map too, and not only because of its name. */
export type Found = (value: unknown, isMarked: boolean) => void;

/**
 * Calls `found` with every value that stands at a marked place or under a secret name: as an attribute or a key, as the
 * `value` of an object whose `name` it is, or in a text: as JSON, in lines, as a variable or an option.
 */
export function eachSecret(value: unknown, marks: unknown, isSecretName: SecretName, found: Found): void {
  if (value === null || value === undefined) return;
  if (marks === true) return found(value, true);
  if (typeof value === "string") return secretsInText(value, isSecretName, found);
  if (!isNested(value)) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) eachSecret(value[i], child(marks, i), isSecretName, found);
    return;
  }
  const pair = (value as Json).name ?? (value as Json).key;
  const isPair = "value" in (value as Json) && typeof pair === "string" && isSecretName(pair);
  for (const key in value) {
    const item = (value as Json)[key];
    const mark = child(marks, key);
    const isNamed = isSecretName(key) || (isPair && key === "value");
    if (mark !== true && isNamed && canHoldSecret(item)) found(item, false);
    else eachSecret(item, mark, isSecretName, found);
  }
}

function secretsInText(text: string, isSecretName: SecretName, found: Found): void {
  if (/^\s*[{[]/.test(text)) {
    try {
      return eachSecret(JSON.parse(text), undefined, isSecretName, found);
    } catch { /* not JSON */ }
  }
  for (const [name, value] of namedValues(text)) if (isSecretName(name)) found(value, false);
}
