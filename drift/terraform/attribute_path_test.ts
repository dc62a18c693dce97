import { assertEquals } from "@std/assert";
import { formatPath, joinPath, valueAt } from "./attribute_path.ts";

Deno.test("formatPath() and joinPath() quote what is no plain name", () => {
  assertEquals(formatPath(["memory", 0, "dedicated"]), "memory[0].dedicated");
  assertEquals(joinPath("metadata", "a.b"), 'metadata["a.b"]');
});

Deno.test("valueAt() finds what a path names, and nothing that an object inherits", () => {
  const value = { memory: [{ dedicated: 4 }], tags: { "a.b": "x", constructor: "y" } };
  assertEquals(
    ["memory[0].dedicated", 'tags["a.b"]', "tags.constructor", "tags.toString", "memory[1].dedicated", "memory[0]"].map(
      (
        path,
      ) => valueAt(value, path),
    ),
    [4, "x", "y", undefined, undefined, { dedicated: 4 }],
  );
  assertEquals(valueAt({ memory: true }, "memory[0].dedicated"), true);
});
