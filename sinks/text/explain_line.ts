/**
 * The line to type for more about a finding, and for the ways out of it. Pure.
 *
 * @module
 */

import { shellWord } from "../../lib/shell_word.ts";
import { visible } from "../../lib/visible.ts";
import type { Change } from "../../drift/report.ts";
import { MASKS } from "./values.ts";

/** What to type about a finding: `pve-drift explain --env prod`, and the address as a shell takes it. */
export type ExplainLine = readonly [command: string, address: string];

/** The line about a finding; undefined where its address is masked, or acts on a terminal. */
export function explainLine(environment: string, { address }: Pick<Change, "address">): ExplainLine | undefined {
  const isWhole = visible(address) === address && ![...MASKS].some((mask) => address.includes(mask));
  return isWhole ? [`pve-drift explain --env ${environment}`, shellWord(address)] : undefined;
}
