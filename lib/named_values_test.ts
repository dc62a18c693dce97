import { assertEquals } from "@std/assert";
import { namedValues } from "./named_values.ts";

Deno.test("namedValues() reads lines of YAML, of settings and of a shell", () => {
  const text =
    '#cloud-config\npassword: hunter22\n  - name: \'a longer b\'\nKEY=value1\nexport TOKEN="x=y=z="\n"json": "value\n2",\nno line\nshort: x\n';
  assertEquals(namedValues(text), [
    ["password", "hunter22"],
    ["name", "a longer b"],
    ["KEY", "value1"],
    ["TOKEN", "x=y=z="],
    ["json", '"value'],
  ]);
});

Deno.test("namedValues() reads variables and options", () => {
  assertEquals(namedValues("DB_PASSWORD=a b"), [["DB_PASSWORD", "a b"]]);
  assertEquals(namedValues("run --user=somebody --password hunter22 -- rest"), [["user", "somebody"], [
    "password",
    "hunter22",
  ]]);
  for (const none of ["password: in prose", "x + y=z", "", "a--b c"]) assertEquals(namedValues(none), []);
});

Deno.test("namedValues() ends on texts made to exhaust it", () => {
  for (
    const line of [`a:${" ".repeat(200_000)}x`, "-".repeat(200_000), `a${"-".repeat(200_000)}`, "- ".repeat(100_000)]
  ) {
    assertEquals(namedValues(`${line}\n`), []);
  }
});
