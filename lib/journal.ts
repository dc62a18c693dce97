/**
 * Priorities that systemd's journal reads from lines of output.
 *
 * @module
 */

/** The severity of a line. */
export type Gravity = "debug" | "info" | "warning" | "error";

/** Syslog priorities. */
const PRIORITIES: Record<Gravity, number> = { debug: 7, info: 6, warning: 4, error: 3 };

/** The prefix that gives a line its priority in the journal, as `<4>`. See sd-daemon(3). */
export function journalPrefix(gravity: Gravity): string {
  return `<${PRIORITIES[gravity]}>`;
}
