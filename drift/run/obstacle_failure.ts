/**
 * From what ended a session early to the failure that it is told as.
 *
 * @module
 */

import type { Secrets } from "../../lib/secrets.ts";
import type { Environment } from "../config/config.ts";
import { providers } from "../providers/registry.ts";
import type { FailedRun, FileProblem, Obstacle, StopReason } from "../terraform/obstacle.ts";
import { classify } from "../verdict/classify.ts";
import { type Failure, failure } from "../verdict/failures.ts";

/** What is needed to tell an obstacle as a failure. */
export interface ObstacleContext {
  /** Where the session was. */
  environment: Pick<Environment, "name" | "dir" | "timeoutMs">;
  /** Absolute path. */
  stateDir: string;
  /** Scrubs what a command wrote. */
  secrets: Secrets;
}

/** So much of stdout is looked at where a command says nothing on stderr, in characters. */
const LONGEST_TAIL = 4000;

/** The failure of a check that met an obstacle. */
export function failureOf(obstacle: Obstacle, context: ObstacleContext): Failure {
  const { environment: { name, dir }, stateDir } = context;
  switch (obstacle.kind) {
    case "folder-missing":
    case "folder-barred":
      return failure(obstacle.kind, { environment: name, dir });
    case "folder-unreadable":
      return failure(obstacle.kind, { environment: name, dir, ...problemOf(obstacle) });
    case "backend-open":
      return failure(obstacle.kind, { backend: obstacle.backend, settings: obstacle.settings });
    case "var-file-unreadable":
      return failure(obstacle.kind, { environment: name, file: obstacle.file, ...problemOf(obstacle) });
    case "var-file-missing":
      return failure(obstacle.kind, { environment: name, file: obstacle.file });
    case "tofu-code-alone":
      return failure(obstacle.kind, { environment: name, program: obstacle.program });
    case "program-missing":
      return failure(obstacle.kind, { problem: obstacle.problem });
    case "state-dir-unwritable":
      return failure(obstacle.kind, { stateDir, problem: obstacle.problem });
    case "stopped":
      return stopFailure(obstacle.why, context.environment);
    case "command-failed":
      return commandFailure(obstacle, context);
  }
}

function problemOf({ code, problem }: FileProblem): FileProblem {
  return { code, problem };
}

/** The failure of a check that we stopped ourselves. */
export function stopFailure(why: StopReason, { timeoutMs }: Pick<Environment, "timeoutMs">): Failure {
  switch (why) {
    case "timeout":
      return failure("time-over", { seconds: Math.round(timeoutMs / 1000) });
    case "run-timeout":
      return failure("run-time-over", {});
    case "interrupted":
      return failure("stopped", {});
  }
}

function commandFailure({ phase, exit, stderr, stdout }: FailedRun, { secrets }: ObstacleContext): Failure {
  return classify({
    phase,
    exitCode: exit.code,
    ...(exit.signal ? { signal: exit.signal } : {}),
    diagnostics: [],
    // Scrubbed before the text is cut: half a secret would not be known again.
    stderr: secrets.scrub(stderr),
    stdoutTail: secrets.scrub(stdout).slice(-LONGEST_TAIL),
  }, providers.failures);
}
