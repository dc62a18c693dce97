/**
 * What the schemas of the configuration are made of: values that say in plain words what they must be.
 *
 * @module
 */

import * as z from "zod";
import { durationPattern, parseTimeout } from "../../lib/duration.ts";
import { environmentName, environmentNameRule } from "../../lib/names.ts";

/**
 * What a refinement adds its issues to.
 *
 * @internal
 */
export type Context = z.core.$RefinementCtx;

/**
 * A text that is not blank.
 *
 * @internal
 */
export const text = (error = "must be a text that is not empty"): z.ZodString =>
  z.string({ error }).regex(/\S/, { error }).refine((value) => !value.includes("\0"), { error });

/**
 * A list of texts.
 *
 * @internal
 */
export const texts = (): z.ZodArray<z.ZodString> => z.array(text(), { error: "must be a list of texts" });

/**
 * A text, or a list of them; becomes a list.
 *
 * @internal
 */
export const textOrTexts = (one: z.ZodType<string, string>, error: string): z.ZodType<string[], string | string[]> =>
  z.union([one, z.array(one, { error }).min(1, { error })], { error }).transform((value) => [value].flat());

/**
 * Yes or no.
 *
 * @internal
 */
export const yesOrNo = (): z.ZodBoolean => z.boolean({ error: "must be true or false" });

/**
 * One of a few texts.
 *
 * @internal
 */
export const choice = <T extends string>(...values: T[]): z.ZodEnum<{ [K in T]: K }> =>
  z.enum(values, { error: `must be one of ${quotedList(values)}` });

/**
 * A number of things.
 *
 * @internal
 */
export const count = (): z.ZodInt => {
  const error = "must be a whole number from 1 to 9999";
  return z.int({ error }).min(1, { error }).max(9999, { error });
};

/**
 * A duration that a timer can wait; becomes milliseconds.
 *
 * @internal
 */
export function timeout(least?: number): z.ZodType<number, string> {
  const error = 'must be a duration like "90s", "5m" or "1h"';
  return z.string({ error }).regex(durationPattern, { error }).transform((value, context) => {
    try {
      return parseTimeout(value, least);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
      return z.NEVER;
    }
  });
}

/**
 * A day.
 *
 * @internal
 */
export function day(): z.ZodString {
  const error = 'must be a day like "2027-01-31"';
  return z.string({ error }).regex(/^\d{4}-\d{2}-\d{2}$/, { error }).refine((value) => {
    const date = new Date(`${value}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  }, { error });
}

/**
 * The message for what is no object.
 *
 * @internal
 */
export const object: { error: string } = { error: "must be an object" };

/**
 * Look at the keys even where a value is of the wrong type, so that one reading tells all that is wrong.
 *
 * @internal
 */
export const always: { when: (payload: { value: unknown }) => boolean } = {
  when: ({ value }: { value: unknown }) => typeof value === "object" && value !== null,
};

/**
 * Refuses keys that cannot be names; `false` may stand under any.
 *
 * @internal
 */
export function refuseNames(entries: Record<string, unknown>, context: Context): void {
  for (const [name, value] of Object.entries(entries)) {
    if (value === false || environmentName.test(name)) continue;
    context.addIssue({ code: "custom", path: [name], message: `cannot be a name: a name is ${environmentNameRule}` });
  }
}

/**
 * Words in quotes, as a list in a sentence.
 *
 * @internal
 */
export function quotedList(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
