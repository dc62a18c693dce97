/**
 * What `terraform show -json` wrote, parsed. Pure.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import { parseJson } from "../../lib/parse_json.ts";
import type { FailedRun } from "./obstacle.ts";
import { parsePlan } from "./plan_text.ts";

/** The JSON; or why there is none; or the command that failed. */
export type Shown = { json: unknown } | { problem: string } | { failed: FailedRun };

/**
 * Parses it. A wrapper may have printed lines of its own before, JSON among them.
 *
 * @param origin where the text comes from, for the problem, as `"plan.json"`
 */
export function parseShown(text: string, origin: string): Shown {
  try {
    return { json: parsePlan(text) };
  } catch {
    return otherwise(text, origin);
  }
}

/** What a text is that cannot be read as a plan alone. */
function otherwise(text: string, origin: string): Shown {
  try {
    return { json: parseJson(text) };
  } catch (error) {
    const json = objectIn(text);
    if (json !== undefined) return { json };
    const cannot = `Cannot read the plan in ${origin}:`;
    const found = SOMETHING_ELSE.find(({ sign }) => sign.test(text));
    return { problem: `${cannot} ${found?.is ?? `${text.length} characters that are no JSON${placeIn(error)}`}` };
  }
}

/** From where on it is no JSON, where V8 tells the place beside its own words. */
function placeIn(error: unknown): string {
  const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(messageOf(error)) ?? [];
  return line === undefined ? "" : ` from line ${line}, column ${column} on`;
}

/** What people have at hand instead. */
const SOMETHING_ELSE = [
  { sign: /^PK/, is: "it is the file that `terraform plan -out` writes, not its JSON" },
  {
    sign: /^(?:Plan: \d+ to |No changes\.|(?:Terraform|OpenTofu) will perform )/m,
    is: "it is the plan as text, not as JSON",
  },
  {
    sign: /^(?:resource|data|module|provider|variable|output|terraform|locals)\b[^{\n]*\{/m,
    is: "it looks like code, not like a plan",
  },
];

/** The first line that is an object; of several, the first that Terraform wrote: wrappers log in JSON, too. */
function objectIn(text: string): unknown {
  const objects = text.split("\n").filter((line) => line.startsWith("{")).flatMap((line) => {
    try {
      return [parseJson(line)];
    } catch {
      return []; // a line of somebody else's
    }
  });
  return objects.find((one) => Object.hasOwn(one as object, "format_version")) ?? objects[0];
}
