/** Every recorded check of the real provider Telmate/proxmox gets the verdict that expect.tsv says, on the way of a check. */

import { assertEquals, assertFalse } from "@std/assert";
import { assertExpected, expectedRows } from "../../tests/support/recorded_verdicts.ts";
import { type RecordedCheck, recordedChecks } from "../../tests/support/telmate_recordings.ts";
import { Secrets } from "../../lib/secrets.ts";
import { noiseFinder } from "../providers/noise.ts";
import { providers } from "../providers/registry.ts";
import { failureText } from "./failure_text.ts";
import { judge } from "./verdict.ts";

const FIXTURES = new URL("../../tests/fixtures/telmate/", import.meta.url);

/** What stands in the recorded code and nowhere else. */
const SECRET = /Passw0rd|aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee|99999999-8888-7777-6666-555555555555/;

function judged({ evidence, source, version }: RecordedCheck) {
  const secrets = new Secrets();
  const verdict = judge(evidence, {
    secrets,
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
    noise: noiseFinder({ noise: true, versions: { [source]: version } }),
  });
  const scrub = (text: string) => secrets.scrub(text);
  const told = verdict.failure &&
    failureText(verdict.failure, { knowledge: providers.failures, scrub, hideText: false });
  return { verdict, told };
}

const rows = await expectedRows(new URL("expect.tsv", FIXTURES));
const checks = await recordedChecks(FIXTURES);

Deno.test("every recorded check of Telmate/proxmox has its row", () => {
  assertEquals(rows.map(([name]) => name).sort(), [...checks.keys()].sort());
});

for (const row of rows) {
  const [name, , , said = ""] = row;
  Deno.test(`judge() gives the right verdict on the recorded check ${name} of Telmate/proxmox`, () => {
    const { verdict, told } = judged(checks.get(name)!);
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
