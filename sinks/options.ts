/**
 * Options of the built-in sinks: checked by hand, because a schema library costs more start-up time than it saves lines.
 * Options from a `--sink` query arrive as strings, so each kind reads its value from a string too.
 *
 * @module
 */

import { durationPattern, parseDuration } from "../lib/duration.ts";
import { hintAt } from "../lib/nearest.ts";

/** Options that do not fit or are missing: the user has to put the entry right before a run. */
export class SinkOptionsError extends TypeError {
  /** Tells it from a sink that cannot work here and now. */
  override name = "SinkOptionsError";

  /** `problem`: what is wrong, for a sentence about the entry. */
  constructor(sink: string, readonly problem: string) {
    super(`Cannot use sink "${sink}": ${problem}`);
  }
}

/** One kind of option: `read` gives the value, or `undefined` where the input does not fit. */
export interface OptionKind<T> {
  /** What fits, to end the sentence `"keep" must be …`. */
  wanted: string;
  /** Reads one value as the configuration or a query gives it. */
  read(value: unknown): T | undefined;
}

/** The values that a table of kinds reads; what is not given is absent. */
export type OptionValues<Table> = {
  [Name in keyof Table]?: Table[Name] extends OptionKind<infer T> ? T : never;
};

/** A path; a relative one starts at the `base` that the loader gives (the configuration's folder). */
export const path: OptionKind<string> = {
  wanted: "a path",
  read: (value) => typeof value === "string" && value !== "" && !value.includes("\0") ? value : undefined,
};

/** True or false, also written `true`, `false`, `yes`, `no`, `1`, `0`, and the bare name of the option in a query. */
export const flag: OptionKind<boolean> = {
  wanted: "true or false",
  read(value) {
    if (value === true || value === "true" || value === "yes" || value === "1" || value === "") return true;
    if (value === false || value === "false" || value === "no" || value === "0") return false;
    return undefined;
  },
};

/** A duration such as `30d`, in milliseconds; more than nothing. */
export const duration: OptionKind<number> = {
  wanted: 'a duration like "90s", "5m", "12h" or "30d"',
  read: (value) =>
    typeof value === "string" && durationPattern.test(value) ? parseDuration(value) || undefined : undefined,
};

/** Whatever the loader hands in that is no option of a user's: its type is the loader's promise. */
export function fromLoader<T>(): OptionKind<T> {
  return { wanted: "", read: (value) => value as T };
}

/**
 * Reads options by a table of kinds.
 *
 * @param sink Name of the sink, for the message.
 * @param input The entry's options: a plain object, or nothing at all.
 * @param table What a user may give.
 * @param surroundings What only the loader gives; not named in messages.
 * @throws {SinkOptionsError} naming the option that is unknown or does not fit, what was found and what is wanted.
 */
export function readOptions<
  Table extends Record<string, OptionKind<unknown>>,
  Surroundings extends Record<string, OptionKind<unknown>>,
>(
  sink: string,
  input: unknown,
  table: Table,
  surroundings: Surroundings,
): OptionValues<Table> & OptionValues<Surroundings> {
  if (input !== undefined && (typeof input !== "object" || input === null || Array.isArray(input))) {
    throw new SinkOptionsError(sink, `its options must be an object, got ${quotedJson(input)}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input ?? {})) {
    if (value === undefined) continue;
    const kind = Object.hasOwn(table, name) ? table[name] : Object.hasOwn(surroundings, name) && surroundings[name];
    if (!kind) throw new SinkOptionsError(sink, unknownOption(name, Object.keys(table)));
    values[name] = kind.read(value);
    if (values[name] === undefined) {
      throw new SinkOptionsError(sink, `"${name}" must be ${kind.wanted}, got ${quotedJson(value)}`);
    }
  }
  return values as OptionValues<Table> & OptionValues<Surroundings>;
}

function unknownOption(name: string, known: string[]): string {
  if (known.length === 0) return `it takes no options, got ${quotedJson(name)}`;
  const all = known.map((option) => `"${option}"`).join(", ");
  return `unknown option ${quotedJson(name)}: ${hintAt(name, known)}It takes ${all}`;
}

function quotedJson(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}
