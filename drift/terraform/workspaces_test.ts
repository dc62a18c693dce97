import { assertEquals } from "@std/assert";
import { parseWorkspaces } from "./workspaces.ts";

Deno.test("parseWorkspaces() reads the names, whichever is selected", () => {
  assertEquals(parseWorkspaces("  default\n* prod\n  dev\n\n"), ["dev", "prod"]);
  assertEquals(parseWorkspaces("* default\n\n"), []);
  assertEquals(parseWorkspaces("Loading secrets …\n* default\n"), []);
});
