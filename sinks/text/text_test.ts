import { assert, assertEquals } from "@std/assert";
import { cut, cutSentence, fewLines, isNarrow, loadMeasure, pad, quoted, takeHead, takeTail, wrap } from "./text.ts";

const measure = await loadMeasure();

Deno.test("quoted() keeps a written-out newline apart from a backslash and an n", () => {
  assertEquals(quoted("a\nb"), '"a\\nb"');
  assertEquals(quoted("a\\nb"), '"a\\\\nb"');
  assertEquals(quoted('say "x"'), '"say \\"x\\""');
});

Deno.test("isNarrow() holds only where the measure counts the characters", () => {
  for (let code = 0x20; code < 0x3000; code++) {
    const text = String.fromCodePoint(code);
    if (isNarrow(text)) assertEquals(measure(text), 1, `U+${code.toString(16)}`);
  }
  assert(isNarrow("Größe → 3…"));
  for (const text of ["数", "👍", "e\u0301", "\u00ad", "\n"]) assert(!isNarrow(text), text);
});

Deno.test("cutSentence() cuts between words, and a first word that is too long anywhere", () => {
  assertEquals(cutSentence("no route to host", 16, measure), "no route to host");
  assertEquals(cutSentence("no route to host", 15, measure), "no route to…");
  assertEquals(cutSentence("no route to host", 12, measure), "no route to…");
  assertEquals(cutSentence("Use it instead. The name", 18, measure), "Use it instead…");
  assertEquals(cutSentence("dial:192.0.2.10:8006", 10, measure), "dial:192…");
  for (let columns = 1; columns < 30; columns++) {
    assert(measure(cutSentence("数据库 服务器 of the estate", columns, measure)) <= columns);
  }
});

Deno.test("cut() keeps both ends when a text is too wide", () => {
  assertEquals(cut("abcdefghij", 10, measure), "abcdefghij");
  assertEquals(cut("abcdefghijk", 10, measure), "abcdef…ijk");
  assertEquals(cut("abc", 1, measure), "…");
});

Deno.test("cut() never splits a character or exceeds its columns when characters are wide", () => {
  const text = "数据库👩‍💻é中文服务器名称";
  for (let columns = 1; columns < 30; columns++) {
    const short = cut(text, columns, measure);
    assert(measure(short) <= columns, `${columns}: ${short}`);
    assert(short.isWellFormed());
    assert(!short.includes("👩") || short.includes("👩‍💻"), short);
  }
});

Deno.test("pad() aligns by columns when characters are wide", () => {
  assertEquals(measure(pad("数据", 10, measure)), 10);
  assertEquals(pad("toolong", 3, measure), "toolong");
});

Deno.test("wrap() breaks at spaces, and within a word only when it must", () => {
  assertEquals(wrap("one two three", 8, measure), ["one two", "three"]);
  assertEquals(wrap("a abcdefghij b", 4, measure), ["a", "abcd", "efgh", "ij b"]);
  assertEquals(wrap("", 8, measure), [""]);
  assertEquals(wrap("数据库 数据", 6, measure), ["数据库", "数据"]);
  assertEquals(wrap("数数", 1, measure), ["数", "数"]);
});

Deno.test("takeHead() and takeTail() give nothing when there is no room", () => {
  assertEquals([takeHead("abc", 0, measure), takeTail("abc", 0, measure), takeTail("abc", -1, measure)], ["", "", ""]);
  assertEquals([takeHead("数据", 3, measure), takeTail("数据", 3, measure)], ["数", "据"]);
});

Deno.test("fewLines() leaves out words at the end, and breaks one only where it is all there is", () => {
  const text = "suspect: 3 of 4 proxmox_virtual_environment_vm vanished at once";
  assertEquals(fewLines(text, 80, 2, measure), [text]);
  assertEquals(fewLines(text, 31, 2, measure), ["suspect: 3 of 4", "proxmox_virtual_environment_vm…"]);
  assertEquals(fewLines(text, 30, 2, measure), ["suspect: 3 of 4", "proxmox_virtual_environment_v…"]);
  assertEquals(fewLines(text, 27, 2, measure), ["suspect: 3 of 4…"]);
  assertEquals(fewLines("proxmox_virtual_environment_vm vanished", 15, 2, measure), [
    "proxmox_virtual",
    "_environment_v…",
  ]);
  for (let columns = 1; columns < 70; columns++) {
    const lines = fewLines(`${text} 数据库`, columns, 2, measure);
    assert(lines.length <= 2 && lines.every((line) => measure(line) <= Math.max(2, columns)), `${columns}: ${lines}`);
  }
});
