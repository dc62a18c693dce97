/**
 * The clock of a host in UTC, whatever the machine's zone.
 *
 * @module
 */

import type { LocalTime } from "../../sinks/text/local_time.ts";

/** UTC. */
export const UTC: LocalTime = {
  date: (ms) => new Date(ms).toISOString().slice(0, 10),
  time: (ms) => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} +00:00`,
};
