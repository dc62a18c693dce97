import { assertEquals } from "@std/assert";
import { randomOf } from "../../../tests/support/random.ts";
import { codeReader } from "./parse.ts";
import { isWritable, writeBlock, writeHeredoc, writeKey, writeValue } from "./write_value.ts";

const PIECES = ["a", "é", "🖥", '"', "\\", "$", "%", "{", "}", "$${", "%{", "\n", "\t", " ", "#", "//", "'", "EOT", "~"];

/** Texts of pieces that mean something in the language. */
function* texts(count: number): Generator<string> {
  const next = randomOf(7);
  for (let at = 0; at < count; at++) {
    yield Array.from({ length: Math.floor(next() * 8) }, () => PIECES[Math.floor(next() * PIECES.length)]!).join("");
  }
}

/** The value of the only attribute in a text. */
async function readBack(code: string): Promise<unknown> {
  const { items: [item] } = (await codeReader()).read(code);
  if (item?.kind !== "attribute" || item.value.kind !== "literal") throw new Error(`No literal in ${code}`);
  return item.value.value;
}

Deno.test("writeValue() writes any text so that it is read as the same", async () => {
  for (const text of texts(300)) assertEquals(await readBack(`x = ${writeValue(text)}\n`), text);
});

Deno.test("writeHeredoc() writes a text so that it is read as the same, or not at all", async () => {
  let written = 0;
  for (const start of ["<<EOT", "<<-EOT"]) {
    for (const text of texts(300)) {
      const heredoc = writeHeredoc(`${text}\n`, `${start}\n    old\n  EOT`, "\n");
      if (heredoc === undefined) continue;
      assertEquals(await readBack(`x = ${heredoc}\n`), `${text}\n`);
      written++;
    }
  }
  assertEquals(written > 300, true, `${written}`);
});

Deno.test("writeValue() keeps the kind that the code has", () => {
  assertEquals(writeValue(4, "2"), '"4"');
  assertEquals(writeValue("4", 2), "4");
  assertEquals(writeValue("04", 2), '"04"');
  assertEquals(writeValue("true", false), "true");
  assertEquals(writeValue(null, 2), "null");
  assertEquals(writeValue({ a: [1, "b"], "c d": {} }), '{ a = [1, "b"], "c d" = {} }');
  assertEquals(writeKey("a.b"), '"a.b"');
});

Deno.test("writeBlock() leaves out what says nothing, and nests lists of objects", () => {
  assertEquals(writeBlock("disk", { size: 8, file: "", speed: [{ read: 1, write: null }], mtu: 0, on: false }), [
    "disk {",
    "  size = 8",
    "  on   = false",
    "  speed {",
    "    read = 1",
    "  }",
    "}",
  ]);
});

Deno.test("isWritable() refuses what is masked, what cannot be seen and what has lost digits, at any depth", () => {
  const refused = ["a(sensitive)", "(hidden)", "(known after apply)", "\u0007", "\u202e", "\r", 2 ** 60, NaN];
  for (const value of refused) {
    assertEquals(isWritable(value), false, `${value}`);
    assertEquals(isWritable({ a: [value] }), false, `${value}`);
  }
  assertEquals(isWritable({ "\u0007": 1 }), false);
  for (const value of ["a\n\tb é 🖥", 0.5, -1, null, true, [{}]]) assertEquals(isWritable(value), true);
});
