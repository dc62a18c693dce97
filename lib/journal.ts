/**
 * What systemd's journal reads from a line of output.
 *
 * @module
 */

/** The syslog number of each level of gravity. */
const PRIORITIES = { debug: 7, info: 6, warning: 4, error: 3 } as const;

/** How grave a line is. */
export type Gravity = keyof typeof PRIORITIES;

/** The prefix that gives a line its priority in the journal, as `<4>`. See sd-daemon(3). */
export function journalPrefix(gravity: Gravity): string {
  return `<${PRIORITIES[gravity]}>`;
}
