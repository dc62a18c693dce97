import { assertEquals } from "@std/assert";
import { visible } from "./visible.ts";

Deno.test("visible() writes out what would act on the terminal when a value carries it", () => {
  assertEquals(visible("\u001b[2J\u001b]0;owned\u0007"), "\\u001b[2J\\u001b]0;owned\\u0007");
  assertEquals(visible("a\nb\r\tc\u009b31m\u007f"), "a\\nb\\r\\tc\\u009b31m\\u007f");
  assertEquals(visible("x\u2028y\u2029z"), "x\\u2028y\\u2029z");
});

Deno.test("visible() writes out what hides or turns text round when a value carries it", () => {
  assertEquals(visible("user\u202eroot\u2066\u200b\ufeff\u00ad"), "user\\u202eroot\\u2066\\u200b\\ufeff\\u00ad");
  assertEquals(visible("pa\u200dss"), "pa\\u200dss");
  assertEquals(visible("\ud800x\u{e0041}"), "\\ud800x\\u{e0041}");
});

Deno.test("visible() leaves letters of every script and emoji alone", () => {
  for (const text of ["Prüfung", "数据库", "データ", "👩‍💻", "❤️‍🔥", "👍🏽", "é", "नमस्ते"]) assertEquals(visible(text), text);
});
