import { assertEquals, assertMatch } from "@std/assert";
import { hostTime } from "./local_time.ts";

Deno.test("hostTime agrees with the host's own calendar", () => {
  for (const ms of [0, 1_000_000_000_000, Date.parse("2026-03-29T00:59:59Z"), Date.parse("2026-10-25T01:00:00Z")]) {
    const date = new Date(ms);
    const two = (value: number) => String(value).padStart(2, "0");
    assertEquals(hostTime.date(ms), `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`);
    assertMatch(hostTime.time(ms), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d$/);
    assertEquals(Date.parse(hostTime.time(ms).replace(" ", "T").replace(" ", "")), ms);
  }
});
