/**
 * The time of every file that is built, so that the same source gives the same bytes.
 *
 * @module
 */

import { must, TaskError } from "./task.ts";

/**
 * Reads the time in Unix seconds: SOURCE_DATE_EPOCH, else that of the last commit.
 *
 * @throws {TaskError} if there is neither
 */
export async function sourceDate(given: string | undefined = Deno.env.get("SOURCE_DATE_EPOCH")): Promise<number> {
  const text = given || await must("git", ["log", "-1", "--format=%ct"]).catch((cause) => {
    throw new TaskError(
      "Cannot tell the source's date: this is no git checkout, or git is missing; set SOURCE_DATE_EPOCH",
      {
        cause,
      },
    );
  });
  if (!/^\d{1,11}$/.test(text.trim())) {
    throw new TaskError(`Cannot use SOURCE_DATE_EPOCH: it must be Unix seconds, got "${text}"`);
  }
  return Number(text);
}
