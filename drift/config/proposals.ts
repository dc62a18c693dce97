/**
 * The entries that a folder suggests: where one folder serves several environments, the configuration has to say so.
 *
 * @module
 */

import { environmentNameFor, freeEnvironmentName } from "../../lib/names.ts";

/** What lies in and below one folder of code, besides the code. Paths are relative to it. */
export interface FolderSigns {
  /** Files of variables that Terraform does not read by itself. */
  varFiles: string[];
  /** Files that look like settings of a backend. */
  backendFiles: string[];
  /** Its workspaces; `default` only where others are there beside a local state of its own. */
  workspaces: string[];
}

/** An entry of `environments`, without its folder. */
export interface ProposedEntry {
  /** As in `environments`. */
  workspace?: string;
  /** Relative to the folder. */
  varFiles?: string[];
  /** Files relative to the folder, or `key=value`. */
  backendConfig?: string[];
}

/** What a folder suggests. */
export interface Proposal {
  /**
   * Entries by the name that tells them apart; an empty name is the environment's own. None where one environment without
   * an entry will do.
   */
  entries: Record<string, ProposedEntry>;
  /** What it rests on, as a clause. */
  why: string;
}

/**
 * One entry for each workspace, or for each file of variables that has settings of a backend beside it, matched by their
 * names. A single file of variables belongs to the one environment there is.
 *
 * @returns Nothing where the folder suggests nothing, or nothing certain.
 */
export function propose({ varFiles, backendFiles, workspaces }: FolderSigns): Proposal | undefined {
  const varsOf = byStem(varFiles), backendsOf = byStem(backendFiles);
  const files = (stem: string) => ({
    ...varsOf[stem] ? { varFiles: varsOf[stem] } : {},
    ...backendsOf[stem] ? { backendConfig: backendsOf[stem] } : {},
  });
  if (workspaces.length > 0) {
    const entries: Proposal["entries"] = {};
    for (const workspace of workspaces) {
      const name = freeEnvironmentName(environmentNameFor(workspace), new Set(Object.keys(entries)));
      entries[name] = { workspace, ...files(workspace) };
    }
    const left = workspaces.includes("default") ? "" : '; "default" is none of them: name it where it holds anything';
    return { entries, why: `it has a workspace for each${left}` };
  }
  const stems = Object.keys(varsOf), paired = stems.filter((stem) => backendsOf[stem]);
  if (paired.length > 0) {
    const entries = Object.fromEntries(paired.map((stem) => [stem, files(stem)]));
    const used = Object.values(entries).flatMap((entry) => [...entry.varFiles ?? [], ...entry.backendConfig ?? []]);
    const left = [...varFiles, ...backendFiles].filter((file) => !used.includes(file));
    const rest = left.length === 0
      ? ""
      : `; ${quoted(left)} ${left.length === 1 ? "belongs" : "belong"} to none of them`;
    return { entries, why: `it has a file of variables and settings of a backend for each${rest}` };
  }
  if (stems.length > 1) {
    return {
      entries: {},
      why: `which of ${quoted(varFiles)} belongs to it cannot be told: name it under "varFiles"`,
    };
  }
  const [only] = stems;
  return only === undefined
    ? undefined
    : { entries: { "": files(only) }, why: `Terraform does not read "${varFiles[0]}" by itself` };
}

function quoted(files: string[]): string {
  return files.map((file) => `"${file}"`).join(", ");
}

/** Words of a file's name that say what kind of file it is. */
const KINDS = new Set(
  "auto azurerm backend backends cfg conf config consul env gcs hcl http inputs json pg remote s3 state terraform tf tfbackend tfvars tofu values variables vars"
    .split(" "),
);

/** Files by what tells them from others of their kind: `prod` of `prod.s3.tfbackend`, and of `prod/terraform.tfvars`. */
function byStem(files: string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const file of files) {
    const parts = file.split("/");
    const own = wordsOf(parts.pop()!), folder = wordsOf(parts.pop() ?? "");
    const stem = (own.length > 0 ? own : folder).join("-");
    if (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(stem)) (found[stem] ??= []).push(file);
  }
  return found;
}

function wordsOf(name: string): string[] {
  return name.split(/[._-]/).filter((word) => word !== "" && !KINDS.has(word.toLowerCase()));
}
