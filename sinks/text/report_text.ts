/**
 * The report as lines of text for a person: a table of all environments, then what each of them has to say.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { visible } from "../../lib/visible.ts";
import { formatDuration } from "../../lib/duration.ts";
import type { Change, DriftReport, EnvironmentReport, Origin } from "../../drift/report.ts";
import { isConsequence, originText } from "./change_story.ts";
import { ageText } from "./age_text.ts";
import { isMixed } from "./change_text.ts";
import type { Group } from "./equal_changes.ts";
import { failureKind } from "./failure_kind.ts";
import { inOrderAgain, isRemembered, listedCounts, putEnvironment, STATUS } from "./environment_text.ts";
import { putWarnings, toldWarnings } from "./warnings_text.ts";
import { putWitnesses } from "./witness_page.ts";
import { type Level, type Line, Page, type Style, type View } from "./page.ts";
import { cut, fewLines, isNarrow, loadMeasure, type Measure, pad } from "./text.ts";

/** How an environment reads that the run did not look at: never as conforming. */
const SKIPPED = { word: "SKIPPED", style: "dim", level: "info" } as const;
/** The order in which the origins of changes are counted. */
const ORDER: Origin[] = ["outside", "pending", "both"];
const DETAILS_LINES = 2;
const NARROWEST_DETAILS = 16;

/**
 * Shows a report. Whatever stands in it, no line holds a control character but those of our own colors, and unless a
 * word of an address or a verbose value is longer, none is wider than the view.
 */
export function renderReport(report: DriftReport, view: View, measure: Measure): Line[] {
  const page = new Page(view, measure);
  const all = report.environments;
  const shown = view.detail === "quiet" ? all.filter(({ status, skipped }) => status !== "ok" && !skipped) : all;
  const notice = noticeOf(report);
  if (notice !== undefined) {
    page.prose(notice, 0, "info", "bold");
    page.gap();
  }
  if (all.length === 0) putNothing(page, report);
  if (shown.length > 0) putTable(page, shown);
  for (const group of groupFailures(page, shown)) putEnvironment(page, group, report.startedAt);
  putWitnesses(page, report);
  putWarnings(page, all.filter(({ skipped }) => !skipped));
  if (shown.length > 0 && (report.status !== "ok" || page.verbose)) putTotal(page, report);
  return page.lines;
}

/** What a reader must know before anything else: that this is no report of a check. */
export function noticeOf({ test, dryRun }: DriftReport): string | undefined {
  if (test) return "Test of this sink: nothing was checked. The verdict comes from a recorded plan.";
  return dryRun ? "Dry run: nothing was checked. These verdicts come from recorded plans." : undefined;
}

/** {@linkcode renderReport} with the measure of wide characters, which is loaded only where a text needs it. */
export async function renderLazily(report: DriftReport, view: View): Promise<Line[]> {
  let plain = true;
  const lines = renderReport(report, view, (text) => {
    plain &&= isNarrow(text);
    return text.length;
  });
  return plain ? lines : renderReport(report, view, await loadMeasure());
}

/** What failed in the same way and shows nothing else is one block: an outage is one thing to read. */
function groupFailures(page: Page, environments: EnvironmentReport[]): Group<EnvironmentReport>[] {
  const groups = Map.groupBy(environments, (one) => {
    const { error, changes } = one;
    return error && changes.length === 0 && !page.verbose ? failureKind(error) : one;
  });
  return [...groups.values()] as Group<EnvironmentReport>[];
}

function putTable(page: Page, environments: EnvironmentReport[]): void {
  const { measure, columns } = page;
  const heads = ["ENVIRONMENT", "STATUS", columns >= 72 ? "RESOURCES CHANGED" : "CHANGED", "DETAILS"];
  const names = environments.map(({ name }) => cut(visible(name), Math.floor(columns / 3), measure));
  const changed = environments.map(resourcesText);
  const widths = [
    Math.max(...[heads[0]!, ...names].map(measure)),
    Math.max(heads[1]!.length, ...environments.map((one) => statusOf(one).word.length)),
    Math.max(...[heads[2]!, ...changed].map(measure)),
  ];
  const left = widths.reduce((sum, width) => sum + width + 2, 0);
  const row = (cells: string[], styles: Style[][]) =>
    cells.map((cell, at) => page.paint(pad(cell, widths[at] ?? 0, measure), ...styles[at] ?? [])).join("  ").trimEnd();
  page.put(row(heads, heads.map(() => ["bold"])), "info");
  environments.forEach((environment, at) => {
    const { word, style, level } = statusOf(environment);
    const start = columns - left < NARROWEST_DETAILS ? 2 : left;
    const said = fewLines(detailsText(page, environment), columns - start, DETAILS_LINES, measure);
    const beside = start === left ? said.shift()! : "";
    page.put(row([names[at]!, word, changed[at]!, beside], [[], ["bold", style]]), level);
    for (const line of said) page.put(" ".repeat(start) + line, level);
  });
}

function statusOf({ status, skipped }: EnvironmentReport): { word: string; style: Style; level: Level } {
  return skipped ? SKIPPED : STATUS[status];
}

function resourcesText({ status, resourcesChanged, skipped }: EnvironmentReport): string {
  if (skipped) return "unknown";
  if (status !== "error") return String(resourcesChanged);
  return resourcesChanged > 0 ? `at least ${resourcesChanged}` : "unknown";
}

function detailsText(page: Page, environment: EnvironmentReport): string {
  const { status, error, skipped } = environment;
  if (skipped) return skippedText(environment);
  const said = error
    ? [`${visible(error.class)}: ${visible(error.summary)}`]
    : status === "ok"
    ? conformingText(environment)
    : driftText(environment);
  const warnings = toldWarnings(page, environment).length;
  return [...said, ...warnings > 0 ? [many(warnings, "warning")] : []].join(", ");
}

function skippedText(environment: EnvironmentReport): string {
  const { status, skipped, startedAt } = environment;
  const { reason, lastVerdictAt } = skipped!;
  const age = lastVerdictAt === undefined ? "" : ageText(lastVerdictAt, startedAt);
  const before = isRemembered(environment) ? `, ${STATUS[status].word} ${age ? `${age} ago` : "before"}` : "";
  return visible(reason) + before;
}

/** What is said of an environment in which nothing differs, in short. */
export function conformingText(environment: EnvironmentReport): string[] {
  const { since, startedAt, previousStatus } = environment;
  const age = ageText(since, startedAt);
  const again = inOrderAgain(environment).length;
  return [
    `no difference${age && ` for ${age}`}`,
    ...previousStatus === "error" ? ["the check works again (ERROR before)"] : [],
    ...listedCounts(environment),
    ...again > 0 ? [`${again} in order again`] : [],
    ...environment.settling ? [`${environment.settling.length} flapping`] : [],
  ];
}

/** What is said of the changes of an environment, in short: how many of which origin, and what an apply would destroy. */
export function driftText(environment: EnvironmentReport): string[] {
  const { changes } = environment;
  const count = (test: (change: Change) => boolean) => changes.filter(test).length;
  const said = (number: number, text: string) => number > 0 ? [`${number} ${text}`] : [];
  const own = Map.groupBy(changes.filter((change) => !isConsequence(change)), originText);
  const origins = [...own].toSorted(([, [a]], [, [b]]) => ORDER.indexOf(a!.origin) - ORDER.indexOf(b!.origin))
    .map(([text, { length, 0: one }]) => `${length} ${one!.origin === "both" ? "both ways" : text}`);
  const destroyed = count(({ action }) => action === "delete" || action === "replace");
  const isKnown = isRemembered(environment);
  const further = isKnown ? count(isMixed) : 0;
  const news = isKnown ? count((change) => change.isNew && !isMixed(change)) : 0;
  return [
    ...origins,
    ...said(count(isConsequence), "in consequence"),
    ...destroyed > 0 ? [`an apply would DESTROY ${destroyed}`] : [],
    ...news === changes.length && news > 0 ? ["all new"] : said(news, "new"),
    ...said(further, "with new differences"),
    ...said(count(({ attributes }) => attributes.some(({ flapping }) => flapping)), "flapping"),
  ];
}

function putNothing(page: Page, { shard, configured }: DriftReport): void {
  const isEmpty = shard !== undefined && configured.length === 0;
  page.prose(
    isEmpty ? `No environment is in shard ${shard.index}/${shard.of}.` : "No environment was checked.",
    0,
    isEmpty ? "info" : "warning",
  );
}

function putTotal(
  page: Page,
  { summary, status, environments, terraform, startedAt, finishedAt, dryRun, shard }: DriftReport,
): void {
  const skipped = environments.filter((environment) => environment.skipped).length;
  const counts = [
    ...(["ok", "drift", "error"] as const).map((key) => [summary[key], key] as const),
    [skipped, "skipped"] as const,
  ].filter(([count]) => count > 0).map((part) => part.join(" ")).join(", ");
  const took = Date.parse(finishedAt) - Date.parse(startedAt);
  const changed = `${many(summary.resourcesChanged, "resource")} changed`;
  const resources = summary.error === 0 ? changed : summary.resourcesChanged > 0 ? `at least ${changed}` : "";
  const said = [
    `${many(environments.length, "environment")}${shard ? ` of shard ${shard.index}/${shard.of}` : ""}: ${counts}`,
    resources,
    dryRun || Number.isNaN(took) ? "" : formatDuration(took),
    terraform ? visible(`${terraform.bin.split("/").at(-1)} ${terraform.version}`) : "",
  ];
  page.gap();
  page.prose(said.filter(Boolean).join("; "), 0, STATUS[status].level);
}
