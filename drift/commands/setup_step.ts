/**
 * What a step of `setup` is given and gives.
 *
 * @module
 */

import { writeSettings } from "../../lib/settings_file.ts";
import type { CliOptions, WitnessOptions } from "../cli/parse.ts";
import type { World } from "../world.ts";
import type { Dialog } from "./setup_dialog.ts";
import type { Machine } from "./setup_machine.ts";
import type { SetupPlaces } from "./setup_places.ts";

/** What a step is given. */
export interface Setup {
  /** Facts that the command line gives, so that nobody is asked. */
  cli: Pick<CliOptions, "root" | "sinks" | "loginFile" | "telegramTokenFile" | keyof WitnessOptions>;
  /** Whom it asks. */
  dialog: Dialog;
  /** Where it writes. */
  places: SetupPlaces;
  /** The machine's own programs. */
  machine: Machine;
  /** The process. */
  world: World;
  /** Reads a file that an option names, or standard input where it is `-`. */
  readFile(path: string): Promise<string>;
  /** Ends what takes long. */
  stop: AbortSignal;
}

/** How a step ended. */
export interface StepEnd {
  /** Command lines for root, where this user cannot do what the step is about. */
  forRoot?: readonly string[];
  /** Somebody asked for a check right away. */
  checksNow?: true;
}

/** A step. Each looks at what is there by itself, so that any of them may be left out. */
export interface SetupStep {
  /** What it is about, as a heading. */
  title: string;
  /** Somebody's own checks have nothing of the kind. */
  isOfService?: true;
  /** The options without which it would have to ask, with what they are for; for `--yes`. */
  missing?(setup: Setup): Promise<string[]>;
  /** Says what it found, asks before it writes, and says what it wrote. */
  run(setup: Setup): Promise<StepEnd>;
}

/** Writes a file that somebody agreed to, and says so. */
export async function write({ dialog, world }: Setup, path: string, text: string, mode: number): Promise<void> {
  const { fate, backup } = await writeSettings(path, text, { mode, now: world.now() });
  const kept = backup === undefined ? "" : `; what was there is in "${backup}"`;
  await dialog.say(fate === "same" ? `"${path}" says so already.` : `Wrote "${path}"${kept}.`);
}
