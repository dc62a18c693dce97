/**
 * Whether two versions of a file differ in one place alone, by what stands in them and not by how it is written. Pure.
 *
 * @module
 */

import type { Body } from "./syntax.ts";

/** Whether one item was added, taken out or given another value, and nothing else. */
export function isOneChange(before: Body, after: Body): boolean {
  return places(before, after) === 1;
}

/** In how many places two nodes differ; 2 stands for several. */
function places(one: unknown, other: unknown): number {
  if (plain(one) === plain(other)) return 0;
  if (Array.isArray(one) && Array.isArray(other)) return placesInList(one, other);
  if (!isNode(one) || !isNode(other) || one.kind !== other.kind) return 1;
  // What a list holds is one value, and so is a text however it is written.
  if (one.kind === "list" || one.kind === "literal") return 1;
  const keys = Object.keys(one).filter((key) => key !== "start" && key !== "end");
  return Math.min(2, keys.reduce((sum, key) => sum + places(one[key], other[key]), 0));
}

function placesInList(one: unknown[], other: unknown[]): number {
  const isSame = (a: unknown, b: unknown) => plain(a) === plain(b);
  let from = 0, until = 0;
  const least = Math.min(one.length, other.length);
  while (from < least && isSame(one[from], other[from])) from++;
  while (until < least - from && isSame(one.at(-1 - until), other.at(-1 - until))) until++;
  const [came, went] = [other.slice(from, other.length - until), one.slice(from, one.length - until)];
  if (came.length === 1 && went.length === 1) return places(went[0], came[0]);
  return came.length + went.length === 1 ? 1 : 2;
}

function isNode(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plain(node: unknown): string {
  return JSON.stringify(node, (key, value) => key === "start" || key === "end" ? undefined : value) ?? "";
}
