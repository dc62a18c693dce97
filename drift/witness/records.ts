/**
 * Reads what Proxmox recorded on all nodes of a cluster.
 *
 * @module
 */

import type { Records } from "./traces.ts";
import type { Witness } from "./witness.ts";

/** Most entries of a node's task list that are asked for: as many as Proxmox keeps. */
const TASKS = 1500;
/** Most lines of the cluster log that are asked for: it holds about 600. */
const LINES = 1000;

/**
 * The records since a time, in milliseconds since 1970 by our clock. A node or a log that does not answer, or may not be
 * read, has none: a trace is never owed.
 */
export async function readRecords(witness: Witness, nodes: readonly string[], sinceMs: number): Promise<Records> {
  const server = await witness.ask((api) => Promise.resolve(api.server));
  const clockAheadMs = "said" in server ? server.said?.clockAheadMs ?? 0 : 0;
  const since = Math.floor((sinceMs + clockAheadMs) / 1000) - LONGEST_TASK_S;
  const [log, ...lists] = await Promise.all([
    witness.ask((api) => api.clusterLog(LINES)),
    ...nodes.map((node) => witness.ask((api) => api.tasks(node, { since, limit: TASKS, source: "all" }))),
  ]);
  return {
    tasks: lists.flatMap((heard) => "said" in heard ? heard.said : []),
    lines: "said" in log ? log.said.lines : [],
    clockAheadMs,
  };
}

/** A task that began sooner can have ended since: Proxmox sorts them by their start. */
const LONGEST_TASK_S = 3_600;
