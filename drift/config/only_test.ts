import { assertThrows } from "@std/assert";
import { UsageError } from "../usage_error.ts";
import { refuseUnknownOnly } from "./only.ts";
import { sinkEntry } from "./sink_entries.ts";

Deno.test("refuseUnknownOnly() refuses a name that no environment has, and lets patterns wait for theirs", () => {
  const of = (use: string, env: string[]) =>
    sinkEntry({ use, only: { env }, allow: [], env: [], options: {} }, "configuration", "/");
  refuseUnknownOnly([of("telegram", ["prod", "stage*"]), of("prom", ["lab"])], ["prod", "lab"]);
  refuseUnknownOnly([of("telegram", ["prod"])], []);
  assertThrows(
    () => refuseUnknownOnly([of("telegram", ["prod"]), of("exec:./ntfy", ["lab", "prd"])], ["prod", "lab"]),
    UsageError,
    'Cannot use sink "exec:./ntfy": "only.env" must name environments, got "prd"; did you mean "prod"? known are prod, lab',
  );
});
