/**
 * Where a value of the code comes from: types, and what is kept on the way to it.
 *
 * @module
 */

import type { Place, WhyNot } from "./code_answer.ts";
import { lineOf } from "./lines.ts";
import type { SourceFile } from "./code_base.ts";
import type { Context, Found, Frame, InstanceKey, Scope } from "./scope.ts";
import type { Block, Body, Expression } from "./syntax.ts";

/** A key on the way into a value. */
export interface Key {
  /** Name of an attribute, key of a map or index of a list. */
  key: InstanceKey;
  /** The finding asks for it, and not an expression of the code: where it is taken away, nothing looks for it. */
  isAsked: boolean;
  /** It stands in brackets and quotes, which may be what a list's entry is called. */
  isQuoted?: true;
}

/** A name that was followed, with the keys from its value to the one that is looked for. */
export interface Hop {
  /** The module in which the name has its meaning. */
  scope: Scope;
  /** As `var.vms` or `local.sizes`. */
  symbol: string;
  /** From the value of the name on. */
  keys: Key[];
}

/** What is kept of the way to a value. */
export interface Trail {
  /** The places on it. */
  places: readonly Place[];
  /** The names that were followed. */
  hops: readonly Hop[];
  /** The expressions that read a name on the way. */
  readers: readonly Expression[];
  /** What repeats on the way, and whose instances the way tells apart. */
  told: readonly (Block | Expression)[];
  /** All that repeats: what none of the way tells apart is the same for each of their instances. */
  frames: readonly Frame[];
}

/** Something that the code leaves open, where a value can be put. */
export interface Gap {
  /** What the value would be put into. */
  into: { kind: "object"; node: Expression & { kind: "object" } } | { kind: "body"; node: { body: Body } };
  /** What it would be called there. */
  name: string;
  /** From its value on. */
  keys: Key[];
  /** What the value is as long as the gap is open, where that is known. */
  fallback?: { expression: Expression; context: Context };
}

/** Where a value comes from. */
export type Origin =
  & {
    /** The way to it. */
    trail: Trail;
    /** Where something could be put that comes before it, for this instance alone; the nearest first. */
    gaps: readonly Origin[];
  }
  & (ValueOrigin | BlockOrigin | GapOrigin | { kind: "stopped"; whyNot: WhyNot });

/** A literal, a list or an object that stands in the code. */
export interface ValueOrigin {
  /** Tells it from the others. */
  kind: "value";
  /** The expression. */
  at: Found<Expression>;
  /** Where its names have their meaning. */
  context: Context;
  /** The key that led to it from an object or a list. */
  lastKey: Key | undefined;
  /** The object or list that it stands in. */
  inObject: ObjectEntry | undefined;
  /** The code makes a list of its elements that may have others besides, in another order. */
  isLoose?: true;
  /** It makes a whole block, and is none of its attributes. */
  makesBlock?: true;
}

/** A whole nested block. */
export interface BlockOrigin {
  /** Tells it from the others. */
  kind: "block";
  /** The block. */
  at: Found<Block>;
  /** Where its names have their meaning. */
  context: Context;
}

/** A place where a value could stand. */
export interface GapOrigin {
  /** Tells it from the others. */
  kind: "gap";
  /** The place. */
  at: Found<Gap>;
  /** Where its names have their meaning. */
  context: Context;
}

/** The entry of an object that a value is, or the element of a list. */
export interface ObjectEntry {
  /** The object or the list. */
  container: Expression & { kind: "object" | "list" };
  /** Which of its entries or elements. */
  index: number;
}

/** The way that nobody has gone yet. */
export const START: Trail = { places: [], hops: [], readers: [], told: [], frames: [] };

/** A place in a file. */
export function placeOf(file: SourceFile, start: number, what: Place["what"], name?: string): Place {
  return { file: file.path, line: lineOf(file.text, start), what, ...(name === undefined ? {} : { name }) };
}

/** The way with one more place. */
export function via(trail: Trail, place: Place): Trail {
  return { ...trail, places: [...trail.places, place] };
}
