/**
 * What `terraform show -json` wrote, parsed. Pure.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import { parseJson } from "../../lib/parse_json.ts";
import type { FailedRun } from "./obstacle.ts";

/** The JSON; or why there is none, `said` quoting it; or the command that failed. */
export type Shown = { json: unknown } | { problem: string; said: { quoted: string } } | { failed: FailedRun };

/**
 * Parses it. A wrapper may have printed lines of its own before: then it is the first line that is an object.
 *
 * @param origin where the text comes from, for the problem, as `"plan.json"`
 */
export function parseShown(text: string, origin: string): Shown {
  try {
    return { json: parseJson(text) };
  } catch (error) {
    const json = objectIn(text);
    if (json !== undefined) return { json };
    const problem = `Cannot read the plan in ${origin}: ${text.length} characters that are no JSON`;
    return { problem, said: { quoted: messageOf(error) } };
  }
}

function objectIn(text: string): unknown {
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    try {
      return parseJson(line);
    } catch { /* a line of somebody else's */ }
  }
  return undefined;
}
