/**
 * The recorded plans that come with the program, for the dry run and for samples.
 *
 * @module
 */

import type { EnvironmentReport } from "../report.ts";
import { type Messages, parseMessages } from "../terraform/stream.ts";
import type { Evidence } from "../verdict/evidence.ts";
import { type ReplayContext, replayEnvironment } from "./replay.ts";

/** The names of the recorded environments, in the order of a report. */
export const RECORDED: readonly string[] = ["clean", "drifted", "failing"];

/** One of the recorded plans that come with the program: bpg/proxmox 0.111.1 on a small estate. */
export async function recordedEnvironment(
  name: string,
  context: ReplayContext,
): Promise<{ report: EnvironmentReport; version?: string }> {
  const recorded = await loadRecorded(name);
  const messages: Messages = parseMessages(recorded.stream);
  const evidence: Evidence = {
    plan: { exitCode: recorded.exitCode, stderr: "" },
    messages,
    shown: { json: recorded.show },
  };
  return {
    report: replayEnvironment(name, `(recorded plan "${name}")`, evidence, { ...context, isSecondPlan: true }),
    ...(messages.version ? { version: messages.version } : {}),
  };
}

type Recorded = { exitCode: number; stream: string; show: unknown };

async function loadRecorded(name: string): Promise<Recorded> {
  switch (name) {
    case "clean":
      return (await import("./recorded/clean.json", { with: { type: "json" } })).default;
    case "drifted":
      return (await import("./recorded/drifted.json", { with: { type: "json" } })).default;
    default:
      return (await import("./recorded/failing.json", { with: { type: "json" } })).default;
  }
}
