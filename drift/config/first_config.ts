/**
 * A first configuration, from what was seen.
 *
 * @module
 */

import { environmentNameFor, freeEnvironmentName } from "../../lib/names.ts";
import type { Proposal, ProposedEntry } from "./proposals.ts";

/** An environment that was seen. */
export interface SeenEnvironment {
  /** As discovery calls it. */
  name: string;
  /** From root; empty for root itself. */
  path: string;
  /** Discovery could not call it so: it needs another name. */
  isNameless?: true;
  /** OpenTofu's: its code is for OpenTofu alone, or its lock file is OpenTofu's. */
  isTofu: boolean;
  /** Type of the backend that its code names; absent: a local file. */
  backend?: string;
  /** The entries that it suggests. */
  proposal?: Proposal;
}

/** An entry of `environments`. */
export type FirstEntry = ProposedEntry & { dir?: string; bin?: string };

/** What is to be written. */
export interface FirstConfig {
  /** Folder of the environments. */
  root: string;
  /** Absent where discovery finds the same without it. */
  environments?: Record<string, FirstEntry>;
  /** Absent where the default program fits. */
  terraform?: { bin: string };
  /** Names of built-in sinks. */
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
  const entries: [string, FirstEntry][] = [];
  const names = new Set<string>();
  for (const one of seen) {
    for (const [wanted, entry] of entriesOf(one, seen.length === 1, isTofuForAll)) {
      const name = freeEnvironmentName(wanted, names);
      names.add(name);
      entries.push([name, name === wanted ? entry : { dir: one.path === "" ? "." : one.path, ...entry }]);
    }
  }
  const isPlain = entries.every(([, entry]) => Object.keys(entry).length === 0);
  return {
    root,
    ...isTofuForAll ? { terraform: { bin: "tofu" } } : {},
    ...isPlain ? {} : { environments: Object.fromEntries(entries) },
    sinks,
  };
}

function entriesOf(
  { name: found, path, isNameless, isTofu, proposal }: SeenEnvironment,
  isOnly: boolean,
  isTofuForAll: boolean,
): [string, FirstEntry][] {
  const name = isNameless ? environmentNameFor(found) : found;
  const bin = isTofu && !isTofuForAll ? { bin: "tofu" } : {};
  const dir = { dir: path === "" ? "." : path };
  const proposed = Object.entries(proposal?.entries ?? {});
  if (proposed.length === 0) return [[name, { ...isNameless ? dir : {}, ...bin }]];
  const nameOf = (own: string) => own === "" ? name : isOnly ? own : `${name}.${own}`;
  return proposed.map(([own, entry]) => [nameOf(own), { ...dir, ...entry, ...bin }]);
}

/** The text of the file, and which command writes it. */
export function configText(config: FirstConfig, by: "init" | "setup" = "init"): string {
  return `// Written by "pve-drift ${by}". All keys: docs/DRIFT-DETECTION.md\n${JSON.stringify(config, null, 2)}\n`;
}
