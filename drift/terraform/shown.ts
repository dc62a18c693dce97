/**
 * What `terraform show -json` wrote, parsed. Pure.
 *
 * @module
 */

import { parseJson } from "../../lib/parse_json.ts";
import { messageOf } from "../../lib/message_of.ts";

/** The JSON, or why there is none; `said` quotes it. */
export type Shown = { json: unknown } | { problem: string; said?: { quoted: string } };

/** Parses it. `origin` says in a problem where it comes from, as `"plan.json"`. */
export function parseShown(text: string, origin: string): Shown {
  try {
    return { json: parseJson(text) };
  } catch (error) {
    const problem = `Cannot read the plan in ${origin}: ${text.length} characters that are no JSON`;
    return { problem, said: { quoted: messageOf(error) } };
  }
}
