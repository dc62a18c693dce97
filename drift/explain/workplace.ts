/**
 * Where and how somebody runs Terraform by hand in an environment, so that it looks at what the check looked at. Pure.
 *
 * @module
 */

import { shellWord } from "../../lib/shell_word.ts";
import type { WayStep } from "./explanation.ts";
import { isPlain, optionWord } from "./line.ts";

/** What tells how Terraform is run in an environment. */
export interface Workplace {
  /** Name of the environment. */
  name: string;
  /** The program as a person types it. */
  program: string;
  /** Absolute folder. */
  dir: string;
  /** Absent where none is configured. */
  workspace?: string;
  /** Absolute paths. */
  varFiles: readonly string[];
  /** Absolute paths of files, or `key=value`. */
  backendConfig: readonly string[];
  /** Names of the variables that its programs get besides. */
  variables: readonly string[];
  /** Absolute path of a file with more of them. */
  envFile?: string;
  /** The configuration here knows the environment; else the report is all that is known. */
  isConfigured: boolean;
}

/** The steps that plan and apply for some objects alone, and let somebody read the plan in between. */
export function applySteps(place: Workplace, addresses: readonly string[]): WayStep[] {
  return [
    // The plan holds secrets: a file of its own, which only its maker can read.
    { kind: "command", line: "PLAN=$(mktemp)" },
    planStep(place, ['-out="$PLAN"', ...addresses.map((address) => optionWord("-target", address))]),
    { kind: "text", text: "Read the plan: go on only where it says what you want, and nothing else." },
    terraformStep(place, ["apply", '"$PLAN"']),
    { kind: "command", line: 'rm "$PLAN"' },
  ];
}

/** The step that plans with the environment's values; the arguments are quoted already. */
export function planStep(place: Workplace, args: readonly string[]): WayStep {
  return terraformStep(place, ["plan", ...args, ...place.varFiles.map((file) => optionWord("-var-file", file))]);
}

/** The steps that go to the folder, and initialize it for the state that the check looked at. */
export function entrySteps(place: Workplace): WayStep[] {
  const backend = place.backendConfig.map((entry) => optionWord("-backend-config", entry));
  return [
    ...noteSteps(place),
    { kind: "command", line: `cd ${shellWord(place.dir)}` },
    ...backend.length > 0 ? [{ kind: "command" as const, line: line(place, ["init", ...backend]) }] : [],
  ];
}

/** A step that runs Terraform in the environment's workspace; the arguments are quoted already. */
export function terraformStep(place: Workplace, args: readonly string[]): WayStep {
  // For this command alone: the workspace that is selected in the folder stays.
  const prefix = place.workspace === undefined ? "" : `TF_WORKSPACE=${shellWord(place.workspace)} `;
  return { kind: "command", line: prefix + line(place, args) };
}

/** Whether commands can be written for these words of a report. */
export function canWork({ dir }: Workplace, words: readonly string[]): boolean {
  return [dir, ...words].every(isPlain);
}

function line({ program }: Workplace, args: readonly string[]): string {
  return [shellWord(program), ...args].join(" ");
}

/** What no command can say: variables that the shell must have, and what the report does not tell. */
function noteSteps({ variables, envFile, isConfigured, name }: Workplace): WayStep[] {
  const given = [...variables, ...envFile === undefined ? [] : [`the variables of ${envFile}`]];
  const notes = [
    ...given.length > 0 ? [`Set what the check sets: ${given.join(", ")}.`] : [],
    ...isConfigured ? [] : [
      `The configuration here does not know "${name}": add the -var-file options and the workspace that it needs.`,
    ],
  ];
  return notes.map((text) => ({ kind: "text", text }));
}
