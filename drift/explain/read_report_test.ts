import { assertEquals, assertRejects } from "@std/assert";
import { driftReport, errorReport, okReport } from "../../tests/support/sample_reports.ts";
import { witnessedReport } from "../../tests/support/witness_reports.ts";
import { UsageError } from "../usage_error.ts";
import { readReport } from "./read_report.ts";

async function read(text: string) {
  const file = await Deno.makeTempFile({ dir: "/tmp" });
  try {
    await Deno.writeTextFile(file, text);
    return await readReport(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("readReport() reads what the program writes, whatever is in it", async () => {
  for (const report of [okReport(), driftReport(), errorReport(), witnessedReport()]) {
    assertEquals(await read(JSON.stringify(report)), report);
  }
});

Deno.test("readReport() refuses what only looks like a report, and says where", async () => {
  const [environment] = driftReport().environments;
  const wrong: [text: string, says: string][] = [
    ["{", "Cannot read the report"],
    ["[]", "it"],
    [JSON.stringify({ ...driftReport(), schemaVersion: 2 }), '"schemaVersion"'],
    [
      JSON.stringify({ ...driftReport(), environments: [{ ...environment, changes: [{}] }] }),
      '"environments.0.changes.0',
    ],
    [
      JSON.stringify({
        ...driftReport(),
        environments: [{ ...environment, changes: [{ ...environment!.changes[0], action: "destroy" }] }],
      }),
      '"environments.0.changes.0.action"',
    ],
  ];
  for (const [text, says] of wrong) await assertRejects(() => read(text), UsageError, says);
  await assertRejects(() => readReport("/tmp/there/is/none"), UsageError, "Cannot read the report");
});
