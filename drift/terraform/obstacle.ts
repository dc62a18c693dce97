/**
 * What can end a session before there is a plan to judge, as facts: whoever opened the session decides what they mean.
 *
 * @module
 */

import { ProgramMissing } from "../../lib/find_program.ts";
import { messageOf } from "../../lib/message_of.ts";
import type { Exit } from "../../lib/process.ts";
import type { BackendSetting } from "./backend.ts";
import type { TerraformRun } from "./command.ts";

/** Why a check was stopped before it ended. */
export type StopReason = "timeout" | "run-timeout" | "interrupted";

/** What could not be done, and with what. */
export type Obstacle =
  | { kind: "folder-missing" }
  | { kind: "folder-barred" }
  | ({ kind: "folder-unreadable" } & FileProblem)
  | { kind: "var-file-missing"; file: string }
  | { kind: "tofu-code-alone"; program: string }
  | ({ kind: "var-file-unreadable"; file: string } & FileProblem)
  | { kind: "backend-open"; backend: string; settings: BackendSetting[] }
  | { kind: "program-missing"; problem: string }
  | { kind: "state-dir-unwritable"; problem: string }
  | { kind: "stopped"; why: StopReason }
  | FailedRun;

/** Why the operating system gives no access, where that is no matter of permissions. */
export interface FileProblem {
  /** Its name of the error, as `EMFILE`; empty where there is none. */
  code: string;
  /** In its own words. */
  problem: string;
}

/** What is known of an error of the file system. */
export function fileProblem(error: unknown): FileProblem {
  return { code: (error as { code?: string }).code ?? "", problem: messageOf(error) };
}

/** A command of Terraform that failed, other than `plan`. */
export interface FailedRun {
  /** Tells it from other obstacles. */
  kind: "command-failed";
  /** Which command. */
  phase: "init" | "workspace" | "show";
  /** How it ended. */
  exit: Exit;
  /** All of it. */
  stderr: string;
  /** All of it, where stderr is empty. */
  stdout: string;
}

/** Ends a session before there is a plan to judge. */
export class SessionEnded extends Error {
  /** Tells it from other errors. */
  override readonly name = "SessionEnded";
  /** `obstacle`: for the caller to classify. */
  constructor(readonly obstacle: Obstacle) {
    super(obstacle.kind);
  }
}

/** A missing program as what it keeps from being done; any other error as it is. */
export function asObstacle(error: unknown): unknown {
  return error instanceof ProgramMissing
    ? new SessionEnded({ kind: "program-missing", problem: error.message })
    : error;
}

/** What a command that failed leaves: all of its stderr, and its stdout where that is empty. */
export async function failedRun(phase: FailedRun["phase"], run: TerraformRun): Promise<FailedRun> {
  const stderr = await run.stderr();
  const stdout = stderr.trim() === "" ? await run.stdout() : "";
  return { kind: "command-failed", phase, exit: run.exit, stderr, stdout };
}
