/** Thirty checks each, with terraform and with OpenTofu, of an estate of Telmate/proxmox that nobody touches: no false alarm. */

import { assertEquals } from "@std/assert";
import { expectedRows } from "../../tests/support/recorded_verdicts.ts";
import { judged, recordedChecks } from "../../tests/support/telmate_recordings.ts";

const FIXTURES = new URL("../../tests/fixtures/telmate_runs/", import.meta.url);
const checks = await recordedChecks(FIXTURES);

/** Versions of the provider by folder; code for 2.9 is none for 3.0, so that no upgrade leads from one to the other. */
const VERSIONS: Record<string, string[]> = {
  "terraform": ["3.0.2-rc08", "3.0.2-rc09"],
  "terraform-2.9": ["2.9.14"],
  "tofu": ["3.0.2-rc08", "3.0.2-rc09"],
};

for (const [tool, versions] of Object.entries(VERSIONS)) {
  Deno.test(`judge() finds no drift in thirty runs over an unchanged estate of Telmate/proxmox: ${tool}`, async () => {
    const runs = await expectedRows(new URL(`${tool}/runs.tsv`, FIXTURES));
    assertEquals(runs.length, 30);
    assertEquals([...new Set(runs.map(([, version]) => version))], versions);
    for (const [run, version, recording, exitCode] of runs) {
      const check = { ...checks.get(`${tool}/${recording}`)!, version };
      assertEquals(check.evidence.plan!.exitCode, Number(exitCode), run);
      const { status, changes, failure, observed } = judged(check);
      assertEquals({ status, changes, failure }, { status: "ok", changes: [], failure: undefined }, `run ${run}`);
      // The tool itself speaks of four objects to be changed, every time.
      assertEquals(observed.filter(({ noise }) => noise).length, 4, `run ${run}`);
    }
  });
}
