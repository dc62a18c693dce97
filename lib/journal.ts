/**
 * Priorities that systemd's journal reads from lines of output.
 *
 * @module
 */

/** Syslog priorities. */
const PRIORITIES = { debug: 7, info: 6, warning: 4, error: 3 } as const;

/** The severity of a line. */
export type Gravity = keyof typeof PRIORITIES;

/** The prefix that gives a line its priority in the journal, as `<4>`. See sd-daemon(3). */
export function journalPrefix(gravity: Gravity): string {
  return `<${PRIORITIES[gravity]}>`;
}
