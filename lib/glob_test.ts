import { assertEquals } from "@std/assert";
import { matchesGlob } from "./glob.ts";

Deno.test("matchesGlob() takes * for any characters, and everything else for itself", () => {
  for (
    const [glob, text, wanted] of [
      ["", "", true],
      ["*", "", true],
      ["*", "a\nb", true],
      ["a", "ab", false],
      ["a*", "ab", true],
      ["*b", "ab", true],
      ["a*b", "ab", true],
      ["ab*b", "ab", false],
      ["*ab*b", "ab", false],
      ["a*a", "a", false],
      ["a**c", "abc", true],
      ["*b*", "abc", true],
      ["*bc*b*", "abcb", true],
      ["*bc*bc*", "abc", false],
      ["*ab", "abxab", true],
      ["x[*].y", "x[12].y", true],
      ["x[1]", "x1", false],
      ["t.gs", "tags", false],
      ["a?c", "abc", false],
      ["(a|b)*", "a", false],
    ] as const
  ) assertEquals(matchesGlob(glob, text), wanted, `${glob} on ${text}`);
});

Deno.test("matchesGlob() agrees with trying every place for each star", () => {
  const texts = Array.from({ length: 64 }, (_, i) => i.toString(2).slice(1).replaceAll("0", "a").replaceAll("1", "b"));
  const globs = ["*a*b*", "a*ab*", "*ab*ba*", "**aa*", "b*a*b", "*a*a*a*", "ab*"];
  for (const glob of globs) {
    const pattern = new RegExp(`^${glob.replaceAll("*", ".*")}$`);
    for (const text of texts) assertEquals(matchesGlob(glob, text), pattern.test(text), `${glob} on ${text}`);
  }
});

Deno.test("matchesGlob() answers when a pattern has many stars and the text is long", () => {
  // As a regular expression, this one would not end.
  assertEquals(matchesGlob(`${"*a".repeat(50)}*b`, "a".repeat(100_000)), false);
  assertEquals(matchesGlob(`${"*a".repeat(50)}*`, "a".repeat(100_000)), true);
});
