import { assertEquals } from "@std/assert";
import { isOver } from "./last_day.ts";

Deno.test("isOver() lets a day hold until its midnight, in local time", () => {
  assertEquals(isOver("2026-11-30", new Date(2026, 10, 30, 23, 59, 59).getTime()), false);
  assertEquals(isOver("2026-11-30", new Date(2026, 11, 1).getTime()), true);
});
