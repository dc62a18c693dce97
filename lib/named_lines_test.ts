import { assertEquals } from "@std/assert";
import { namedLines } from "./named_lines.ts";

Deno.test("namedLines() gives names and values of YAML, of settings and of a shell", () => {
  const text =
    '#cloud-config\npassword: hunter22\n  - name: \'a b\'\nKEY=value\nexport TOKEN="x=y"\n"json": "v",\nno line\n: x\n';
  assertEquals(namedLines(text), [
    ["password", "hunter22"],
    ["name", "a b"],
    ["KEY", "value"],
    ["TOKEN", "x=y"],
    ["json", "v"],
  ]);
});

Deno.test("namedLines() ends on lines made to exhaust it", () => {
  for (
    const line of [`a:${" ".repeat(200_000)}x`, "-".repeat(200_000), `a${"-".repeat(200_000)}`, "- ".repeat(100_000)]
  ) {
    assertEquals(namedLines(`${line}\n`).length < 2, true);
  }
});
