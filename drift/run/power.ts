/**
 * Differences in power alone, which a backup in stop mode or a restart by HA makes for a while: they count as confirmed
 * when two plans that are far enough apart show them. Pure.
 *
 * @module
 */

import { providers } from "../providers/registry.ts";
import type { Change } from "../report.ts";
import type { Memory } from "./memory.ts";

/** The changes of power alone that no earlier plan has shown, or one that was too short a time ago. */
export function fleetingChanges(
  changes: readonly Change[],
  memory: Memory | undefined,
  { planned, confirmAfterMs }: { planned: number; confirmAfterMs: number },
): Change[] {
  return changes.filter((change) => {
    if (!providers.isPowerAlone(change)) return false;
    if (change.isNew) return true;
    // The plan of the last run began at some time before that run's end.
    const isOfLastRun = change.firstSeenAt === memory?.checkedAt;
    const seen = isOfLastRun ? memory.endedAt ?? memory.checkedAt : change.firstSeenAt;
    return planned - Date.parse(seen) < confirmAfterMs;
  });
}
