/**
 * Ages for people. Pure.
 *
 * @module
 */

import { formatDuration } from "../../lib/duration.ts";

/** Time between two moments (ISO 8601) in words; empty under a minute and where either cannot be read. */
export function ageText(since: string, now: string): string {
  const age = Date.parse(now) - Date.parse(since);
  return age >= 60_000 ? formatDuration(age) : "";
}
