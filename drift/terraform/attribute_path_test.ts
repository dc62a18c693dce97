import { assertEquals } from "@std/assert";
import { formatPath, joinPath } from "./attribute_path.ts";

Deno.test("formatPath() and joinPath() quote what is no plain name", () => {
  assertEquals(formatPath(["memory", 0, "dedicated"]), "memory[0].dedicated");
  assertEquals(joinPath("metadata", "a.b"), 'metadata["a.b"]');
});
