import { assertEquals } from "@std/assert";
import { PhraseFinder } from "./phrase_finder.ts";

Deno.test("PhraseFinder.replace() replaces the longest phrases, and those that overlap as one", () => {
  const finder = new PhraseFinder();
  for (const phrase of ["abcd", "abcdef", "efgh-ijkl", "wxyz"]) finder.add(phrase);
  assertEquals(finder.replace("1 abcdefgh-ijkl 2 abcd 3 wxy", "#"), "1 # 2 # 3 wxy");
  assertEquals(finder.replace("abcd abcdef", "#", 6), "abcd #");
  assertEquals(new PhraseFinder().replace("abcd", "#"), "abcd");
});

Deno.test("PhraseFinder.replace() ends when a long phrase and the text repeat one character", () => {
  const finder = new PhraseFinder();
  for (const length of [200_000, 199_999, 100_000, 4]) finder.add("a".repeat(length));
  // Comparing the rest of the text at every character takes minutes.
  assertEquals(finder.replace("a".repeat(200_000), "#"), "#");
});
