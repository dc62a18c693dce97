/** Every recorded check of the real provider Telmate/proxmox gets the verdict that expect.tsv says, on the way of a check. */

import { assertEquals, assertFalse } from "@std/assert";
import { assertExpected, expectedRows } from "../../tests/support/recorded_verdicts.ts";
import { errorOf } from "../../tests/support/failures.ts";
import { judged, recordedChecks } from "../../tests/support/telmate_recordings.ts";

const FIXTURES = new URL("../../tests/fixtures/telmate/", import.meta.url);

/** What stands in the recorded code and nowhere else. */
const SECRET = /Passw0rd|aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee|99999999-8888-7777-6666-555555555555/;

const rows = await expectedRows(new URL("expect.tsv", FIXTURES));
const checks = await recordedChecks(FIXTURES);

Deno.test("every recorded check of Telmate/proxmox has its row", () => {
  assertEquals(rows.map(([name]) => name).sort(), [...checks.keys()].sort());
});

for (const row of rows) {
  const [name, , , said = ""] = row;
  Deno.test(`judge() gives the right verdict on the recorded check ${name} of Telmate/proxmox`, () => {
    const verdict = judged(checks.get(name)!);
    const told = verdict.failure && errorOf(verdict.failure);
    assertExpected(verdict, row);
    const { findings: _, ...shown } = verdict;
    assertFalse(SECRET.test(JSON.stringify({ ...shown, told })), "a secret is told");
    // What a person reads: the notes of the changes, the rows of the noise, the reason of a failure.
    const reasons = [
      ...verdict.changes.flatMap(({ note }) => note ?? []),
      ...verdict.observed.flatMap(({ noise = [] }) => noise),
      ...told ? [told.reason ?? "no reason"] : [],
    ];
    assertEquals([...new Set(reasons)].sort().join(" | "), said);
  });
}
