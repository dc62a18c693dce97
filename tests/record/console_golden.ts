/**
 * The renders that are kept under tests/fixtures/console, to be read by people in a review. Run as a program, it writes
 * them anew: `deno run -A tests/record/console_golden.ts`.
 *
 * @module
 */

import type { DriftReport } from "../../drift/report.ts";
import { renderReport } from "../../sinks/text/report_text.ts";
import type { View } from "../../sinks/text/page.ts";
import { loadMeasure } from "../../sinks/text/text.ts";
import {
  againReport,
  driftReport,
  errorReport,
  furtherReport,
  manyReport,
  okReport,
  outageReport,
  putBackReport,
  strangeReport,
} from "../support/sample_reports.ts";
import { firstWitnessReport, silentWitnessReport, witnessedReport } from "../support/witness_reports.ts";

/** One kept render. */
export interface Golden {
  /** File name under tests/fixtures/console. */
  file: string;
  report: DriftReport;
  view: View;
}

/** How most people see it: a terminal of 80 columns without colors. */
export const PLAIN: View = { color: false, columns: 80, detail: "normal", journal: false };

/** All kept renders. */
export const GOLDENS: Golden[] = [
  { file: "ok.txt", report: okReport(), view: PLAIN },
  { file: "drift.txt", report: driftReport(), view: PLAIN },
  { file: "drift_color.txt", report: driftReport(), view: { ...PLAIN, color: true } },
  { file: "drift_verbose.txt", report: driftReport(), view: { ...PLAIN, detail: "verbose" } },
  { file: "error.txt", report: errorReport(), view: PLAIN },
  { file: "error_quiet_narrow.txt", report: errorReport(), view: { ...PLAIN, detail: "quiet", columns: 40 } },
  { file: "dry_run.txt", report: { ...errorReport(), dryRun: true }, view: PLAIN },
  { file: "many.txt", report: manyReport(), view: PLAIN },
  { file: "further.txt", report: furtherReport(), view: PLAIN },
  { file: "put_back.txt", report: putBackReport(), view: PLAIN },
  { file: "again.txt", report: againReport(), view: PLAIN },
  { file: "again_quiet.txt", report: againReport(), view: { ...PLAIN, detail: "quiet" } },
  { file: "again_verbose.txt", report: againReport(), view: { ...PLAIN, detail: "verbose" } },
  { file: "outage.txt", report: outageReport(), view: PLAIN },
  { file: "many_verbose.txt", report: manyReport(), view: { ...PLAIN, detail: "verbose" } },
  { file: "witness.txt", report: witnessedReport(), view: PLAIN },
  { file: "witness_verbose.txt", report: witnessedReport(), view: { ...PLAIN, detail: "verbose" } },
  { file: "witness_quiet.txt", report: witnessedReport(), view: { ...PLAIN, detail: "quiet" } },
  { file: "witness_first.txt", report: firstWitnessReport(), view: PLAIN },
  { file: "witness_silent.txt", report: silentWitnessReport(), view: PLAIN },
  { file: "strange.txt", report: strangeReport(), view: PLAIN },
  { file: "strange_verbose.txt", report: strangeReport(), view: { ...PLAIN, detail: "verbose" } },
];

/** The text of one render. */
export async function goldenText({ report, view }: Golden): Promise<string> {
  return renderReport(report, view, await loadMeasure()).map(({ text }) => `${text}\n`).join("");
}

/** Where a render is kept. */
export function goldenUrl(file: string): URL {
  return new URL(`../fixtures/console/${file}`, import.meta.url);
}

if (import.meta.main) {
  for (const golden of GOLDENS) await Deno.writeTextFile(goldenUrl(golden.file), await goldenText(golden));
}
