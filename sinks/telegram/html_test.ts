import { assertEquals } from "@std/assert";
import { bold, code, counted, escapeHtml, italic, moment, name, plainText, prose } from "./html.ts";

Deno.test("escapeHtml() leaves nothing that Telegram would read, and nothing that cannot be seen", () => {
  assertEquals(escapeHtml('<a href="x">&amp;</a>'), "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;");
  assertEquals(escapeHtml("a\u0000b\u202ec\ud800d\n"), "a\\u0000b\\u202ec\\ud800d\\n");
  assertEquals(bold("<") + italic(">") + code("&"), "<b>&lt;</b><i>&gt;</i><code>&amp;</code>");
});

Deno.test("plainText() gives back what was escaped", () => {
  for (const text of ['<b>&lt;</b> "x" &amp;amp; &#60;', "", "plain"]) assertEquals(plainText(bold(text)), text);
});

Deno.test("name() makes one line of a text and cuts it in its middle, prose() cuts it between words", () => {
  for (const cut of [name, prose]) assertEquals(cut("  a\n\tb  ", 10), "a b");
  assertEquals(name("abcdefghij", 5), "abc…j");
  assertEquals(prose("no route to host", 12), "no route to…");
  for (const cut of [name, prose]) assertEquals(cut("😀".repeat(20), 6).isWellFormed(), true);
});

Deno.test("counted() and moment() write for people", () => {
  assertEquals([counted(1, "check", "checks"), counted(0, "check", "checks")], ["1 check", "0 checks"]);
  assertEquals([moment("2026-11-24T05:00:59.999Z"), moment("no time")], ["2026-11-24 05:00 UTC", "no time"]);
});
