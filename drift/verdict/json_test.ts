import { assertEquals } from "@std/assert";
import { isEqual } from "./json.ts";

Deno.test("isEqual() takes absent and null for the same, and nothing else", () => {
  assertEquals(isEqual({ a: null }, {}), true);
  assertEquals(isEqual([1, { b: [2] }], [1, { b: [2] }]), true);
  assertEquals(isEqual([1], { 0: 1 }), false);
  assertEquals(isEqual("1", 1), false);
  assertEquals(isEqual({ a: 1 }, { a: 1, b: 2 }), false);
});
