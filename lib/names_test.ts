import { assert } from "@std/assert";
import { environmentName } from "./names.ts";

Deno.test("environmentName allows what is fit for file names and labels, and nothing else", () => {
  for (const name of ["prod", "a", "7", "prod-eu.2_x", "x".repeat(64)]) assert(environmentName.test(name), name);
  for (const name of ["", ".", "..", ".git", "-x", "_x", "a b", "a/b", "é", "a\n", "x".repeat(65), "a,b"]) {
    assert(!environmentName.test(name), name);
  }
});
