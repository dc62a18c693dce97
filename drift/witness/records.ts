/**
 * Reads what Proxmox recorded on all nodes of a cluster.
 *
 * @module
 */

import { recordsInSight } from "./rights.ts";
import type { Records } from "./traces.ts";
import type { Witness } from "./witness.ts";

/** Most entries of a node's task list that are asked for: as many as Proxmox keeps. */
const TASKS = 1500;
/** Most lines of the cluster log that are asked for: it holds about 600. */
const LINES = 1000;

/** A task that began so much sooner, in seconds, can have ended since: Proxmox goes by when it began, and by its own clock. */
const EARLIER_S = 3_600;
/** Clocks that differ by less are taken for the same. */
const CLOCK_DOUBT_MS = 2_000;

/**
 * The records since a time, in milliseconds since 1970 as `clock` has it. A node or a log that does not answer, or may not
 * be read, has none, and they are not whole.
 */
export async function readRecords(
  witness: Witness,
  nodes: readonly string[],
  { sinceMs, clock }: { sinceMs: number; clock: () => number },
): Promise<Records> {
  const since = Math.max(0, Math.floor(sinceMs / 1000) - EARLIER_S);
  const [base, log, ...lists] = await Promise.all([
    witness.base(),
    witness.ask(async (api) => {
      const { lines, isCut } = await api.clusterLog(LINES);
      const ahead = api.server?.clock === undefined ? 0 : api.server.clock - clock();
      // It tells whole seconds, and its answer took a while.
      return { lines, isCut, clockAheadMs: Math.abs(ahead) < CLOCK_DOUBT_MS ? 0 : Math.round(ahead / 1000) * 1000 };
    }),
    ...nodes.map((node) => witness.ask((api) => api.tasks(node, { since, limit: TASKS, source: "all" }))),
  ]);
  const { lines, clockAheadMs, isCut } = "said" in log ? log.said : { lines: [], clockAheadMs: 0, isCut: true };
  const inSight = "said" in base ? recordsInSight(base.said.permissions) : { tasks: false, log: false };
  return {
    tasks: lists.flatMap((heard) => "said" in heard ? heard.said : []),
    lines,
    clockAheadMs,
    isWhole: {
      tasks: inSight.tasks && lists.length > 0 && lists.every((heard) => "said" in heard),
      log: inSight.log && !isCut,
    },
  };
}
