/**
 * The last day that something holds, as people write it in a configuration.
 *
 * @module
 */

/** Whether a day, `YYYY-MM-DD` in the host's local time, is over. `now` is in milliseconds since 1970. */
export function isOver(day: string, now: number): boolean {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return now >= new Date(year, month - 1, date + 1).getTime();
}
