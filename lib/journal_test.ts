import { assertEquals } from "@std/assert";
import { journalPrefix } from "./journal.ts";

Deno.test("journalPrefix() gives the syslog numbers that systemd knows", () => {
  assertEquals((["debug", "info", "warning", "error"] as const).map(journalPrefix), ["<7>", "<6>", "<4>", "<3>"]);
});
