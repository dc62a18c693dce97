/** What becomes of a report whose reader is gone, or for which there is no room. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { DRIFT, ROOT, run } from "../support/programs.ts";

const DRIFTED = join(ROOT, "tests/fixtures/bpg/ram_added.json");

/** Runs pve-drift in a shell, with its output going where `stdout` says; gives its own exit code, and what it said. */
async function into(stdout: string, args: string[]): Promise<{ code: string; stderr: string; metrics: string }> {
  const dir = await Deno.makeTempDir({ prefix: "pve-drift-output-" });
  try {
    const script = `{ "$@"; echo $? >code; } ${stdout}; while ! [ -s code ]; do sleep 0.05; done; cat code`;
    const program = [Deno.execPath(), ...DRIFT, ...args.map((arg) => arg.replace("DIR", dir))];
    const { stdout: code, stderr } = await run("/bin/sh", ["-c", script, "sh", ...program], {
      cwd: dir,
      env: { XDG_STATE_HOME: dir },
    });
    return { code: code.trim(), stderr, metrics: await Deno.readTextFile(join(dir, "d.prom")).catch(() => "") };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const REPLAY = ["replay", DRIFTED, "--sink", "prom?file=DIR/d.prom"];

Deno.test("a report that cannot be printed still goes to the sinks, and hides no drift", async () => {
  const { code, stderr, metrics } = await into(">/dev/full", [...REPLAY, "--json"]);
  assertEquals(code, "3");
  assertStringIncludes(stderr, "Cannot print the report: No space left on device\n");
  assertStringIncludes(metrics, 'pve_drift_status{env="ram_added"} 1');
});

for (const args of [[...REPLAY, "--json"], [...REPLAY, "--sink", "console"]]) {
  Deno.test(`a reader that leaves ends the printing in silence, and nothing else (${args.at(-1)})`, async () => {
    const { code, stderr, metrics } = await into("| true", args);
    assertEquals([code, stderr], ["2", ""]);
    assertStringIncludes(metrics, 'pve_drift_status{env="ram_added"} 1');
    assertEquals(metrics.includes('pve_drift_sink_failures{sink="console"} 1'), false);
  });
}

for (const command of ["help", "version", "completion bash"]) {
  Deno.test(`a reader that leaves ends \`${command}\` in silence, as SIGPIPE ends other programs`, async () => {
    const { code, stderr } = await into("| true", command.split(" "));
    assertEquals([code, stderr], ["141", ""]);
  });
}
