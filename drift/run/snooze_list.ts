/**
 * What is snoozed now, for people.
 *
 * @module
 */

import { formatDuration } from "../../lib/duration.ts";
import { many } from "../../lib/many.ts";
import { shellWord } from "../../lib/shell_word.ts";
import { visible } from "../../lib/visible.ts";
import type { Config } from "../config/config.ts";
import { isActive } from "./snooze.ts";
import { SnoozeFiles } from "./snooze_files.ts";

/**
 * One line for each address that is snoozed: environment and address as a shell takes them, until when, and why.
 *
 * @param now Milliseconds since 1970.
 * @throws {Error} where they cannot be read
 */
export async function snoozeLines(
  { environments, stateDir }: Pick<Config, "environments" | "stateDir">,
  now: number,
): Promise<string[]> {
  const all = await Promise.all(environments.map(async ({ name }) => {
    const { snoozes, problems } = await new SnoozeFiles(stateDir, name).load({ now, isReadOnly: true });
    const active = snoozes.filter((one) => isActive(one, now)).map(({ address, until, reason, findings }) => {
      const left = formatDuration(Date.parse(until) - now);
      const why = reason === undefined ? "" : `: ${reason}`;
      return `${name} ${shellWord(address)}, ${many(findings.length, "finding")}, until ${until} (${left} left)${why}`;
    });
    return [...active, ...problems];
  }));
  return all.flat().map(visible);
}
