/**
 * A first configuration, from what was seen.
 *
 * @module
 */

import type { Proposal, ProposedEntry } from "./proposals.ts";

/** An environment that was seen. */
export interface SeenEnvironment {
  /** As discovery calls it. */
  name: string;
  /** From root; empty for root itself. */
  path: string;
  /** Its code is OpenTofu's alone. */
  isTofu: boolean;
  /** Type of the backend that its code names; absent: a local file. */
  backend?: string;
  /** The entries that it suggests. */
  proposal?: Proposal;
}

/** An entry of `environments`. */
type Entry = ProposedEntry & { dir?: string; bin?: string };

/** What is to be written. */
export interface FirstConfig {
  root: string;
  environments?: Record<string, Entry>;
  terraform?: { bin: string };
  sinks: string[];
}

/**
 * Puts it together: entries only where one of the environments needs one, since all that are checked must then be named.
 *
 * @param programs Which of the two are installed.
 */
export function firstConfig(
  root: string,
  seen: SeenEnvironment[],
  programs: { terraform: boolean; tofu: boolean },
  sinks: FirstConfig["sinks"],
): FirstConfig {
  const isTofuForAll = seen.every(({ isTofu }) => isTofu) || (programs.tofu && !programs.terraform);
  const entries = seen.flatMap((one) => entriesOf(one, seen.length === 1, isTofuForAll));
  const isPlain = entries.every(([, entry]) => Object.keys(entry).length === 0);
  return {
    root,
    ...isTofuForAll ? { terraform: { bin: "tofu" } } : {},
    ...isPlain ? {} : { environments: Object.fromEntries(entries) },
    sinks,
  };
}

function entriesOf(
  { name, path, isTofu, proposal }: SeenEnvironment,
  isOnly: boolean,
  isTofuForAll: boolean,
): [string, Entry][] {
  const bin = isTofu && !isTofuForAll ? { bin: "tofu" } : {};
  const proposed = Object.entries(proposal?.entries ?? {});
  if (proposed.length === 0) return [[name, bin]];
  return proposed.map((
    [own, entry],
  ) => [isOnly ? own : `${name}.${own}`, { dir: path === "" ? "." : path, ...entry, ...bin }]);
}

/** The text of the file. */
export function configText(config: FirstConfig): string {
  return `// Written by "pve-drift init". What else there is to say is in docs/DRIFT-DETECTION.md.\n${
    JSON.stringify(config, null, 2)
  }\n`;
}
