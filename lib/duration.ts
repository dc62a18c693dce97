/**
 * Durations as people write them: a whole number and a unit, `500ms`, `90s`, `5m`, `1h`, `30d`.
 *
 * @module
 */

/** Milliseconds of each unit, the largest first. */
const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** Matches a written duration; for schemas. */
export const durationPattern: RegExp = /^(\d{1,9})(ms|s|m|h|d)$/;

/** The longest time a timer can wait, in milliseconds; a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Reads a duration such as `90s`.
 *
 * @returns Milliseconds.
 * @throws {RangeError} Says what was found and what is wanted.
 */
export function parseDuration(text: string): number {
  const [, amount, unit] = durationPattern.exec(text) ?? [];
  if (amount === undefined) {
    throw new RangeError(`Cannot read duration: must be like "90s", "5m", "1h" or "30d", got "${text}"`);
  }
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/**
 * Reads a timeout: a duration that a timer can wait, at most 24 days.
 *
 * @param least Milliseconds.
 * @returns Milliseconds.
 * @throws {RangeError} Its message is the end of a sentence: `must be …, got "5 min"`.
 */
export function parseTimeout(text: string, least = 1): number {
  if (!durationPattern.test(text)) {
    throw new RangeError(`must be a duration like "90s", "5m" or "1h", got "${text}"`);
  }
  const ms = parseDuration(text);
  if (ms >= least && ms <= LONGEST_TIMER) return ms;
  throw new RangeError(`must be ${least > 0 ? "more than 0s and " : ""}at most 24d, got "${text}"`);
}

/**
 * Writes a duration for people, with two units at most: `850ms`, `2.3s`, `42s`, `1m 30s`, `15m`, `2d 4h`.
 *
 * @param ms Milliseconds; a negative number counts as 0.
 */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1_000) return `${whole}ms`;
  if (whole < 9_950) return `${Math.round(whole / 100) / 10}s`;
  const [large, small] = whole < 3_599_500
    ? ["m", "s"] as const
    : whole < 86_370_000
    ? ["h", "m"] as const
    : ["d", "h"] as const;
  const total = Math.round(whole / UNITS[small]);
  const perLarge = UNITS[large] / UNITS[small];
  const parts = [[Math.floor(total / perLarge), large], [total % perLarge, small]] as const;
  return parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount}${unit}`).join(" ");
}
