import { assert, assertEquals } from "@std/assert";
import { insteadOfVariable } from "./reserved_variables.ts";

Deno.test("insteadOfVariable() knows what would change a plan behind our back, and nothing else", () => {
  const names = ["TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG", "TF_LOG_PATH"];
  for (const name of [...names, "TF_REATTACH_PROVIDERS"]) assert(insteadOfVariable(name), name);
  for (const name of ["TF_VAR_x", "TF_PLUGIN_CACHE_DIR", "TF_WORKSPACES", "MY_TF_LOG", "tf_log", "TF_DATA_DIRS"]) {
    assertEquals(insteadOfVariable(name), undefined, name);
  }
});
