import { assert, assertEquals } from "@std/assert";
import { type Measure, wrap } from "./wrap.ts";

/** Han characters take two columns. */
const wide: Measure = (text) => [...text].reduce((sum, one) => sum + (/\p{Script=Han}/u.test(one) ? 2 : 1), 0);
const BREAK = { longWords: "break", measure: wide } as const;

Deno.test("wrap() breaks at spaces, and within a word only when it must", () => {
  assertEquals(wrap("one two three", 8, BREAK), ["one two", "three"]);
  assertEquals(wrap("a abcdefghij b", 4, BREAK), ["a", "abcd", "efgh", "ij b"]);
  assertEquals(wrap("", 8, BREAK), [""]);
  assertEquals(wrap("数据库 数据", 6, BREAK), ["数据库", "数据"]);
  assertEquals(wrap("数数", 1, BREAK), ["数", "数"]);
});

Deno.test("wrap() keeps a long word whole when it is not to be broken", () => {
  assertEquals(wrap("run chmod go-w /etc/pve-drift/some/file now", 10), [
    "run chmod",
    "go-w",
    "/etc/pve-drift/some/file",
    "now",
  ]);
});

Deno.test("wrap() keeps spaces that stand in a row within a line", () => {
  assertEquals(wrap("a  b", 8), ["a  b"]);
});

Deno.test("wrap() measures each character a few times at most, however long the word", () => {
  for (const text of ["x".repeat(20_000), "数".repeat(20_000), "数 ".repeat(20_000)]) {
    let measured = 0;
    const counting: Measure = (part) => (measured += part.length, wide(part));
    const lines = wrap(text, 40, { longWords: "break", measure: counting });
    assertEquals(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
    assert(lines.every((line) => wide(line) <= 40));
    assert(measured <= 4 * text.length, `${measured} characters measured for ${text.length}`);
  }
});
