import { assertEquals } from "@std/assert";
import { parseShown } from "./shown.ts";

Deno.test("parseShown() finds the plan behind what a wrapper printed, be it JSON too", () => {
  const plan = '{"format_version":"1.2","id":12345678901234567890}';
  const json = { format_version: "1.2", id: "12345678901234567890" };
  for (
    const before of ["", "loading\n", '{"level":"info","msg":"loading"}\n', '{ not JSON\n{"a":1}\n', "{}\r\n\n"]
  ) assertEquals(parseShown(`${before}${plan}\n`, "x"), { json }, before);
  assertEquals(
    parseShown('loading\n{"values":{}}\n', "x"),
    { json: { values: {} } },
    "what is no plan is told as that",
  );
});

Deno.test("parseShown() says from where on a text is no JSON, in words of its own", () => {
  for (
    const [text, where] of [
      ["12345:x", "7 characters that are no JSON from line 1, column 6 on"],
      ['{\n  "a": hunter2\n}', "18 characters that are no JSON"],
      ['{"format_version":', "18 characters that are no JSON"],
    ] as const
  ) assertEquals(parseShown(text, '"p"'), { problem: `Cannot read the plan in "p": ${where}` });
});
