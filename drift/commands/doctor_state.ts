/**
 * Whether a check can keep what it must, and where the doctor works meanwhile.
 *
 * @module
 */

import { join } from "node:path";
import { howToWrite } from "../../lib/access.ts";
import { messageOf } from "../../lib/message_of.ts";
import { acquireRunLock, RunLockHeld } from "../../lib/run_lock.ts";
import { whyNotWritable } from "../../lib/writable.ts";
import type { Config } from "../config/config.ts";
import { failure } from "../verdict/failures.ts";
import { type DoctorDeps, whatToDo } from "./doctor_deps.ts";
import type { DoctorFinding } from "./doctor_text.ts";

/** The state directory for a trial, with the run lock while it is held. */
export interface TrialState extends AsyncDisposable {
  /** What is told of it. */
  finding: DoctorFinding;
  /** Where to work. */
  stateDir: string;
}

/**
 * The real state directory where it is ours and no check is at work in it, so that what the next check needs is
 * initialized; else one that is thrown away. What root writes in the directory of a service, the service cannot read.
 */
export async function openTrialState(
  { stateDir }: Pick<Config, "stateDir">,
  { run, holder }: Pick<DoctorDeps, "run" | "holder">,
): Promise<TrialState> {
  const real = (finding: DoctorFinding, release = () => {}) => ({
    finding,
    stateDir,
    [Symbol.asyncDispose]: () => Promise.resolve(release()),
  });
  const throwaway = async (why: string) => {
    const dir = await Deno.makeTempDir({ prefix: "pve-drift-doctor-" });
    const finding: DoctorFinding = { state: "warning", text: `State directory: "${stateDir}", ${why}` };
    return { finding, stateDir: dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
  };
  const failed = (why: string, cure = whatToDo(failure("state-dir-unwritable", { stateDir, problem: why }))) =>
    real({ state: "failed", text: `State directory: "${stateDir}" ${why}`, more: [cure] });
  const barred = async (why: string) =>
    failed(why, `What to do: ${await howToWrite(stateDir)}, or name another folder as "stateDir"`);
  try {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = `cannot be made: ${messageOf(error)}`;
    return error instanceof Deno.errors.PermissionDenied ? await barred(why) : failed(why);
  }
  const why = await whyNotWritable(stateDir);
  if (why) return await barred(why);
  const { uid } = await Deno.stat(stateDir);
  if (uid !== Deno.uid()) {
    return await throwaway(
      `belongs to user ${uid}, and this is user ${Deno.uid()}: tried with an empty one. Run doctor as that user to see what a check of theirs sees (sudo -u '#${uid}' …)`,
    );
  }
  try {
    const lock = await acquireRunLock(join(stateDir, "lock"), { waitMs: 0, holder, signal: run.signals.interrupt });
    return real({ state: "ok", text: `State directory: "${stateDir}"` }, () => lock.release());
  } catch (error) {
    if (!(error instanceof RunLockHeld)) return failed(`cannot be locked: ${messageOf(error)}`);
    const who = error.holder ? `process ${error.holder.pid}, since ${error.holder.startedAt}` : "another process";
    return await throwaway(`where a check is running (${who}): tried with an empty one`);
  }
}
