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
