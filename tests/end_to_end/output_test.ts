/** What becomes of a report whose reader is gone, or for which there is no room. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT, run } from "../support/programs.ts";

const DRIFTED = join(ROOT, "tests/fixtures/bpg/ram_added.json");

for (const [stdout, why] of [[">/dev/full", "No space left on device"], ["| true", "Broken pipe"]] as const) {
  Deno.test(`a report that cannot be printed (${stdout}) still goes to the sinks, and hides no drift`, async () => {
    const dir = await Deno.makeTempDir({ prefix: "pve-drift-output-" });
    try {
      const program = [Deno.execPath(), "run", "-q", `--config=${join(ROOT, "deno.json")}`, "-P=drift", "--no-prompt"];
      const args = ["replay", DRIFTED, "--json", "--sink", `prom?file=${dir}/d.prom`];
      const script = `{ "$@"; echo $? >code; } ${stdout}; while ! [ -s code ]; do sleep 0.05; done; cat code`;
      const { stdout: code, stderr } = await run(
        "/bin/sh",
        ["-c", script, "sh", ...program, join(ROOT, "drift/check-drift.ts"), ...args],
        { cwd: dir, env: { XDG_STATE_HOME: dir } },
      );
      assertEquals(code.trim(), "3");
      assertStringIncludes(stderr, `Cannot print the report: ${why}`);
      assertStringIncludes(await Deno.readTextFile(join(dir, "d.prom")), 'pve_drift_status{env="ram_added"} 1');
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
