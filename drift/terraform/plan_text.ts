/**
 * The text of a plan, read without what nobody asks for: `terraform show -json` writes each object four times over, and of
 * what is planned and of what the state has, little more than the addresses counts. That halves the memory. Pure.
 *
 * @module
 */

import { JsonReader } from "../../lib/json_reader.ts";

/** What `plan_queries.ts` and the search for secrets read of an object in the state, besides its values. */
const KEPT = ["address", "mode", "type", "provider_name", "depends_on"];

/** Whether the values of an object in a state are read by anybody. */
type NeedsValues = (object: { address?: string; mode?: string }) => boolean;

/**
 * Parses the JSON of a plan. What it leaves out: everything of the planned values but the addresses, and in the refreshed
 * state the values of managed objects that are among the changes.
 *
 * @throws {SyntaxError}
 */
export function parsePlan(text: string): unknown {
  const reader = new JsonReader(text);
  const planned = new Set<string | undefined>();
  const plan = reader.object((key) => {
    if (key === "planned_values") return valuesIn(reader, () => false);
    if (key === "prior_state") {
      // Where the changes come after the state, since somebody sorted the keys, nothing is known of them, and all is kept.
      const isUnplanned: NeedsValues = ({ address, mode }) => mode !== "managed" || !planned.has(address);
      return reader.object((inner) => inner === "values" ? valuesIn(reader, isUnplanned) : undefined);
    }
    const value = reader.value();
    if (key === "resource_changes" && Array.isArray(value)) { for (const one of value) planned.add(one?.address); }
    return value;
  });
  reader.end();
  return plan;
}

function valuesIn(reader: JsonReader, needsValues: NeedsValues): unknown {
  return reader.object((key) => key === "root_module" ? moduleIn(reader, needsValues) : undefined);
}

function moduleIn(reader: JsonReader, needsValues: NeedsValues): unknown {
  return reader.object((key) => {
    if (key === "resources") return reader.list(() => objectIn(reader, needsValues));
    return key === "child_modules" ? reader.list(() => moduleIn(reader, needsValues)) : undefined;
  });
}

function objectIn(reader: JsonReader, needsValues: NeedsValues): unknown {
  return reader.object((key, soFar) => {
    if (KEPT.includes(key)) return reader.value();
    return (key === "values" || key === "sensitive_values") && needsValues(soFar) ? reader.value() : undefined;
  });
}
