/**
 * What the parts of the command `doctor` share.
 *
 * @module
 */

import type { Holder } from "../../lib/run_lock.ts";
import type { SinkHost } from "../../sinks/load.ts";
import { providers } from "../providers/registry.ts";
import type { Progress } from "../run/progress.ts";
import type { RunDeps } from "../run/run.ts";
import { failureText } from "../verdict/failure_text.ts";
import type { Failure } from "../verdict/failures.ts";

/** What the doctor needs of the process it runs in. */
export interface DoctorDeps {
  /** As for a check. */
  run: Omit<RunDeps, "isTrial" | "retryDelays" | "progress">;
  /** Shows how far the environments are; opened when it is their turn. */
  openProgress: () => Progress;
  /** As for a check. */
  sinks: Omit<SinkHost, "openMs">;
  /** Ourselves, for the run lock. */
  holder: Holder;
  /** Takes what is found, whole lines. */
  print: (text: string) => Promise<unknown>;
}

/** The line that says what to do about a failure. */
export function whatToDo(failed: Failure): string {
  const { cure } = failureText(failed, { knowledge: providers.failures, scrub: (text) => text, hideText: false });
  return `What to do: ${cure}`;
}
