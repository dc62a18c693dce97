import { assertEquals } from "@std/assert";
import { shorten } from "./shorten.ts";

Deno.test("shorten() leaves out words at the end, and cuts one only where it takes all of it", () => {
  assertEquals(shorten("no route to host", 16), "no route to host");
  assertEquals(shorten("no route to host", 15), "no route to…");
  assertEquals(shorten("x".repeat(50), 10), `${"x".repeat(9)}…`);
  assertEquals(shorten("👍👍👍", 4), "👍…");
});
