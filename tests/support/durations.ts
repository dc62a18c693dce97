/** Durations that a test cannot foresee, in what the program says. */

/** Source of a pattern for what `formatDuration` of lib/duration.ts writes of up to an hour: `850ms`, `2.3s`, `42s`, `1m 30s`, `15m`. */
export const DURATION = String.raw`(?:\d+ms|\d+(?:\.\d)?s|\d+m(?: \d+s)?)`;
