/**
 * What a check makes of the snoozes of its environment: marks for messages, and the end of those whose findings are gone.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { Change, Diagnostic, ResolvedFinding } from "../report.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { leftOf, resolvedSnoozed, type Snooze, withSnoozes } from "./snooze.ts";
import { SnoozeFiles } from "./snooze_files.ts";

/** What a check needs besides its verdict. */
export interface SnoozeDeps {
  /** Absolute path. */
  stateDir: string;
  /** Salt of the memory's hashes. */
  salt: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** End and set aside nothing. */
  isTrial: boolean;
}

/** What the report says of snoozes. */
export interface HeededSnoozes {
  /** The verdict's, marked. */
  changes: Change[];
  /** Marks what is in order again. */
  resolved: (findings: ResolvedFinding[]) => ResolvedFinding[];
  /** Snoozes that could not be read or ended. */
  warnings: Diagnostic[];
}

/** Never rejects: what cannot be read keeps nothing silent. Only a verdict ends a snooze. */
export async function heedSnoozes(
  environment: string,
  { status, changes, findings }: Pick<Verdict, "status" | "changes" | "findings">,
  { stateDir, salt, now, isTrial }: SnoozeDeps,
): Promise<HeededSnoozes> {
  const files = new SnoozeFiles(stateDir, environment);
  try {
    const { snoozes, problems } = await files.load({ now: now(), isReadOnly: isTrial });
    const evidence = { findings, salt, now: now() };
    const unsaved = isTrial || status === "error" ? [] : await settle(files, snoozes, evidence);
    return {
      changes: withSnoozes(changes, snoozes, evidence),
      resolved: (findings) => resolvedSnoozed(findings, snoozes, evidence.now),
      warnings: [...problems, ...unsaved].map(warning),
    };
  } catch (error) {
    return { changes, resolved: (findings) => findings, warnings: [warning(messageOf(error))] };
  }
}

/** Keeps of each snooze what is left of it. */
async function settle(
  files: SnoozeFiles,
  snoozes: readonly Snooze[],
  evidence: Parameters<typeof leftOf>[1],
): Promise<string[]> {
  const ended = await Promise.all(snoozes.map(async (snooze) => {
    const left = leftOf(snooze, evidence);
    if (left === snooze) return [];
    return await (left ? files.save(left) : files.remove(snooze.address)).then(
      () => [],
      (error) => [`Cannot end the snooze of ${snooze.address}: ${messageOf(error)}`],
    );
  }));
  return ended.flat();
}

function warning(summary: string): Diagnostic {
  return { severity: "warning", summary, detail: "" };
}
