/**
 * Moments as the host's own clock on the wall shows them.
 *
 * @module
 */

/** How moments (milliseconds since 1970) are written for people on this host. */
export interface LocalTime {
  /** As `2026-11-24`. */
  date(ms: number): string;
  /** With its distance to UTC, as `2026-11-24 06:00:00 +01:00`. */
  time(ms: number): string;
}

/** The time zone of this process: that of the host, or of `TZ`. */
export const hostTime: LocalTime = {
  date: (ms) => new Date(ms - offset(ms)).toISOString().slice(0, 10),
  time(ms) {
    const minutes = -offset(ms) / 60_000;
    const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
    const two = (value: number) => String(value).padStart(2, "0");
    const wall = new Date(ms - offset(ms)).toISOString().slice(0, 19).replace("T", " ");
    return `${wall} ${minutes < 0 ? "-" : "+"}${two(hour)}:${two(minute)}`;
  },
};

function offset(ms: number): number {
  return new Date(ms).getTimezoneOffset() * 60_000;
}
