import { assertEquals, assertThrows } from "@std/assert";
import { duration, flag, fromLoader, type OptionKind, path, readOptions } from "./options.ts";

const text: OptionKind<string> = {
  wanted: "a text that is not empty",
  read: (value) => typeof value === "string" && value !== "" ? value : undefined,
};
const TABLE = { dir: path, keep: duration, loud: flag, title: text };
const SURROUNDINGS = { asked: fromLoader<boolean>() };

function read(input: unknown) {
  return readOptions("sample", input, TABLE, SURROUNDINGS);
}

Deno.test("readOptions() reads strings of a query and values of a configuration alike", () => {
  assertEquals(read({ dir: "/var/log/x", keep: "30d", loud: "true", title: "t", asked: false }), {
    dir: "/var/log/x",
    keep: 30 * 86_400_000,
    loud: true,
    title: "t",
    asked: false,
  });
  assertEquals(read({ loud: false }), { loud: false });
});

Deno.test("readOptions() gives nothing when nothing is given", () => {
  assertEquals(read(undefined), {});
  assertEquals(read({ keep: undefined }), {});
});

Deno.test("readOptions() names the closest option when one is unknown", () => {
  assertThrows(
    () => read({ kep: "30d" }),
    TypeError,
    'Cannot use sink "sample": unknown option "kep": did you mean "keep"? It takes "dir", "keep", "loud", "title"',
  );
  assertThrows(() => readOptions("bare", { a: 1 }, {}, {}), TypeError, 'it takes no options, got "a"');
});

Deno.test("readOptions() does not take inherited names for options", () => {
  assertThrows(() => read({ constructor: "x" }), TypeError, 'unknown option "constructor"');
  assertThrows(() => read(JSON.parse('{"__proto__":{"keep":"30d"}}')), TypeError, 'unknown option "__proto__"');
});

for (
  const [name, value, message] of [
    ["keep", "5 min", '"keep" must be a duration like "90s", "5m", "12h" or "30d", got "5 min"'],
    ["keep", 30, '"keep" must be a duration like "90s", "5m", "12h" or "30d", got 30'],
    ["keep", "0d", '"keep" must be a duration'],
    ["keep", "-1d", '"keep" must be a duration'],
    ["dir", "", '"dir" must be a path, got ""'],
    ["dir", "/a\0b", '"dir" must be a path'],
    ["loud", "maybe", '"loud" must be true or false, got "maybe"'],
    ["title", "", '"title" must be a text that is not empty, got ""'],
    ["title", null, '"title" must be a text that is not empty, got null'],
    ["title", ["x".repeat(99)], "x…"],
  ] as const
) {
  Deno.test(`readOptions() says what was found and wanted when ${name} is ${JSON.stringify(value).slice(0, 20)}`, () => {
    assertThrows(() => read({ [name]: value }), TypeError, message);
  });
}

Deno.test("readOptions() refuses options that are no object", () => {
  for (const input of [null, "dir=/x", ["/x"], 1]) {
    assertThrows(() => read(input), TypeError, "its options must be an object, got");
  }
});
