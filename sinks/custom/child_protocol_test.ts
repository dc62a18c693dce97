import { assertEquals, assertThrows } from "@std/assert";
import { Lines } from "./child_protocol.ts";

Deno.test("Lines gives lines when they are complete, wherever the chunks were cut", () => {
  const bytes = new TextEncoder().encode('{"a":"ä"}\n\n{"b":1}\nrest');
  for (let at = 0; at <= bytes.length; at++) {
    const lines = new Lines(100);
    assertEquals([...lines.add(bytes.subarray(0, at)), ...lines.add(bytes.subarray(at))], ['{"a":"ä"}', "", '{"b":1}']);
  }
});

Deno.test("Lines refuses a line that never ends", () => {
  const lines = new Lines(10);
  assertEquals(lines.add(new TextEncoder().encode("1234567890")), []);
  assertThrows(() => lines.add(new TextEncoder().encode("1")), RangeError, "more than 10 characters");
});
