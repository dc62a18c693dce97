/**
 * How the command `explain` shows what it knows of findings.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import { putCode } from "./explain_code_text.ts";
import type { Explanation, Subject, Way, WayStep } from "../explain/explanation.ts";
import type { DriftReport } from "../report.ts";
import { driftTelling, putChanges } from "../../sinks/text/change_text.ts";
import { isNarrow, loadMeasure, type Measure } from "../../sinks/text/text.ts";
import { Page, type View } from "../../sinks/text/page.ts";
import { clusterName, strangerText } from "../../sinks/text/witness_text.ts";

/** The explanations as lines for a person; commands and code stand in lines of their own, never broken. */
export async function render(
  explanations: readonly Explanation[],
  report: DriftReport,
  view: View,
): Promise<string> {
  let isPlain = true;
  const lines = linesOf(explanations, report, view, (text) => {
    isPlain &&= isNarrow(text);
    return text.length;
  });
  const shown = isPlain ? lines : linesOf(explanations, report, view, await loadMeasure());
  return shown.map((line) => `${line}\n`).join("");
}

function linesOf(
  explanations: readonly Explanation[],
  report: DriftReport,
  view: View,
  measure: Measure,
): string[] {
  const page = new Page(view, measure);
  if (explanations.length === 0) page.put("There is nothing to explain: no finding, and no guest in no state", "info");
  for (const one of explanations) {
    page.gap();
    putSubject(page, one.subject, report);
    if (one.code) putCode(page, one.code);
    one.ways.forEach((way, at) => putWay(page, way, at + 1));
    if (one.ways.length === 0) page.prose(NO_WAY, 2, "warning");
  }
  return page.lines.map(({ text }) => text);
}

const NO_WAY =
  "No command or edit is offered: something in it is masked, holds control characters, or no way is known. " +
  "The handbook has the ways by hand: docs/DRIFT-DETECTION.md#reconciliation";

function putSubject(page: Page, subject: Subject, report: DriftReport): void {
  switch (subject.kind) {
    case "change": {
      const { name, previousStatus } = report.environments.find(({ name }) => name === subject.environment)!;
      page.prose(`${visible(name)}:`, 0, "warning", "bold");
      const telling = { knowsAge: previousStatus !== undefined, tellsDoubts: true };
      return putChanges(page, [subject.change], driftTelling("warning", report.startedAt, telling));
    }
    case "guest":
      page.prose(`${clusterName(subject)}:`, 0, "warning", "bold");
      return page.prose(visible(strangerText(subject.guest, report.startedAt)), 2, "warning");
    case "error": {
      const { class: cls, summary } = subject.error;
      return page.prose(visible(`${subject.environment}: the check failed: ${cls}: ${summary}`), 0, "error", "bold");
    }
  }
}

function putWay(page: Page, { title, danger, steps }: Way, number: number): void {
  page.gap();
  page.prose(`${number}. ${visible(title)}`, 2, "info", "bold");
  if (danger !== undefined) page.prose(visible(danger), 5, "warning", "red");
  for (const step of steps) putStep(page, step);
}

function putStep(page: Page, step: WayStep): void {
  switch (step.kind) {
    case "command":
      return page.put(`     ${visible(step.line)}`, "info");
    case "text":
      return page.prose(visible(step.text), 5, "info", "dim");
    case "lines":
      page.prose(`Into ${visible(step.where)}:`, 5, "info", "dim");
      return putLines(page, step.lines);
    case "patch":
      return putLines(page, step.patch);
  }
}

/** Lines for a file, as they are. */
function putLines(page: Page, lines: string): void {
  for (const line of lines.replace(/\n$/, "").split("\n")) page.put(`       ${visible(line)}`, "info");
}
