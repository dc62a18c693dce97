/**
 * Whether the environments that a sink's `only` names are there.
 *
 * @module
 */

import { hintAt } from "../../lib/nearest.ts";
import type { SinkEntry } from "../../sinks/load.ts";
import { UsageError } from "../usage_error.ts";

/**
 * A name that is mistyped would keep all reports from the sink for good. A pattern may wait for environments to come.
 *
 * @param names Every environment there is.
 * @throws {UsageError} that names the sink and the environment that is not there
 */
export function refuseUnknownOnly(sinks: readonly SinkEntry[], names: readonly string[]): void {
  if (names.length === 0) return;
  for (const { use, written, only } of sinks) {
    const unknown = only?.env?.find((name) => !name.includes("*") && !names.includes(name));
    if (unknown === undefined) continue;
    throw new UsageError(
      `Cannot use sink "${
        use.kind === "built-in" ? use.name : written
      }": "only.env" must name environments, got "${unknown}"; ${hintAt(unknown, names)}known are ${names.join(", ")}`,
    );
  }
}
