import { assertEquals, assertThrows } from "@std/assert";
import { formatDuration, parseDuration, parseTimeout } from "./duration.ts";

Deno.test("parseDuration() gives milliseconds when the text is a number and a unit", () => {
  const expected = { "500ms": 500, "0s": 0, "90s": 90_000, "5m": 300_000, "1h": 3_600_000, "30d": 2_592_000_000 };
  for (const [text, ms] of Object.entries(expected)) assertEquals(parseDuration(text), ms, text);
});

Deno.test("parseDuration() says what is wanted when the text is anything else", () => {
  for (const text of ["", "5", "s", "5 m", "5min", "1.5h", "-5s", "1h30m", "5S", " 5s", "5s\n", "٥s", "9999999999s"]) {
    assertThrows(() => parseDuration(text), RangeError, `must be like "90s", "5m", "1h" or "30d", got "${text}"`);
  }
});

Deno.test("parseTimeout() refuses what no timer can wait and, unless told, no time at all", () => {
  assertEquals(parseTimeout("24d"), 2_073_600_000);
  assertEquals(parseTimeout("0s", 0), 0);
  assertThrows(() => parseTimeout("0s"), RangeError, 'must be more than 0s and at most 24d, got "0s"');
  assertThrows(() => parseTimeout("25d", 0), RangeError, 'must be at most 24d, got "25d"');
  assertThrows(() => parseTimeout("5 min"), RangeError, 'must be a duration like "90s", "5m" or "1h", got "5 min"');
});

Deno.test("formatDuration() writes two units at most and never sixty of one", () => {
  const expected: [number, string][] = [
    [-5, "0ms"],
    [0, "0ms"],
    [849.6, "850ms"],
    [999.6, "1s"],
    [1_000, "1s"],
    [2_345, "2.3s"],
    [9_949, "9.9s"],
    [9_950, "10s"],
    [42_400, "42s"],
    [59_499, "59s"],
    [59_600, "1m"],
    [90_000, "1m 30s"],
    [900_000, "15m"],
    [3_599_400, "59m 59s"],
    [3_599_600, "1h"],
    [3_600_000 + 29_000, "1h"],
    [5_400_000, "1h 30m"],
    [86_369_999, "23h 59m"],
    [86_370_000, "1d"],
    [2_592_000_000, "30d"],
    [187_200_000, "2d 4h"],
  ];
  for (const [ms, text] of expected) assertEquals(formatDuration(ms), text, String(ms));
});
