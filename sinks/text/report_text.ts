/**
 * The report as lines of text for a person: a table of all environments, then what each of them has to say.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import { formatDuration } from "../../lib/duration.ts";
import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { isConsequence, ORIGINS } from "./change_story.ts";
import {
  ageText,
  detailLines,
  isRemembered,
  listedCounts,
  putDetail,
  putEnvironment,
  SKIPPED,
  someAddresses,
  STATUS,
} from "./environment_text.ts";
import { type Line, many, Page, type Style, type View } from "./page.ts";
import { cut, isNarrow, loadMeasure, type Measure, pad, takeHead, wrap } from "./text.ts";

const DETAILS_LINES = 2;
const NARROWEST_DETAILS = 16;

/**
 * Shows a report. Whatever stands in it, no line holds a control character but those of our own colours, and unless a
 * word of an address or a verbose value is longer, none is wider than the view.
 */
export function renderReport(report: DriftReport, view: View, measure: Measure): Line[] {
  const page = new Page(view, measure);
  const all = report.environments;
  const shown = view.detail === "quiet" ? all.filter(({ status, skipped }) => status !== "ok" && !skipped) : all;
  if (report.dryRun) {
    page.prose("Dry run: nothing was checked. These verdicts come from recorded plans.", 0, "info", "bold");
    page.gap();
  }
  if (all.length === 0) putNothing(page, report);
  if (shown.length === 0) return page.lines;
  putTable(page, shown);
  for (const environment of shown) if (!environment.skipped) putEnvironment(page, environment, report.startedAt);
  putWarnings(page, shown);
  if (report.status !== "ok" || page.verbose) putTotal(page, report);
  return page.lines;
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

function putTable(page: Page, environments: EnvironmentReport[]): void {
  const { measure, columns } = page;
  const heads = ["ENVIRONMENT", "STATUS", columns >= 72 ? "RESOURCES CHANGED" : "CHANGED", "DETAILS"];
  const names = environments.map(({ name }) => cut(visible(name), Math.floor(columns / 3), measure));
  const changed = environments.map(resourcesText);
  const widths = [
    Math.max(...[heads[0]!, ...names].map(measure)),
    Math.max(heads[1]!.length, ...environments.map((environment) => wordOf(environment).word.length)),
    Math.max(...[heads[2]!, ...changed].map(measure)),
  ];
  const left = widths.reduce((sum, width) => sum + width + 2, 0);
  const row = (cells: string[], styles: Style[][]) =>
    cells.map((cell, at) => page.paint(pad(cell, widths[at] ?? 0, measure), ...styles[at] ?? [])).join("  ").trimEnd();
  page.put(row(heads, heads.map(() => ["bold"])), "info");
  environments.forEach((environment, at) => {
    const { word, style, level } = wordOf(environment);
    const start = columns - left < NARROWEST_DETAILS ? 2 : left;
    const said = wrap(detailsText(environment), columns - start, measure);
    if (said.length > DETAILS_LINES) {
      const last = said.splice(DETAILS_LINES - 1).join(" ");
      said.push(`${takeHead(last, columns - start - 1, measure)}…`);
    }
    const beside = start === left ? said.shift()! : "";
    page.put(row([names[at]!, word, changed[at]!, beside], [[], ["bold", style]]), level);
    for (const line of said) page.put(" ".repeat(start) + line, level);
  });
}

function wordOf({ status, skipped }: EnvironmentReport): (typeof STATUS)[EnvironmentReport["status"]] {
  return skipped ? SKIPPED : STATUS[status];
}

function resourcesText({ status, resourcesChanged, skipped }: EnvironmentReport): string {
  if (skipped) return "unknown";
  if (status !== "error") return String(resourcesChanged);
  return resourcesChanged > 0 ? `at least ${resourcesChanged}` : "unknown";
}

function detailsText(environment: EnvironmentReport): string {
  const { status, changes, resolved, error, warnings, skipped } = environment;
  if (skipped) {
    return [visible(skipped.reason), ...isRemembered(environment) ? [`${STATUS[status].word} before`] : []].join(", ");
  }
  const said: string[] = [];
  if (error) said.push(`${visible(error.class)}: ${visible(error.summary)}`);
  else if (status === "ok") {
    const age = ageText(environment.since, environment.startedAt);
    said.push(`no difference${age && ` for ${age}`}`, ...listedCounts(environment));
    if (resolved.length > 0) said.push(`${resolved.length} in order again`);
  } else {
    const count = (test: (change: EnvironmentReport["changes"][number]) => boolean) => changes.filter(test).length;
    for (const origin of ["outside", "pending", "both"] as const) {
      const found = count((change) => change.origin === origin && !isConsequence(change));
      if (found > 0) said.push(`${found} ${origin === "both" ? "both" : ORIGINS[origin]}`);
    }
    const following = count(isConsequence);
    if (following > 0) said.push(`${following} in consequence`);
    const destroyed = count(({ action }) => action === "delete" || action === "replace");
    if (destroyed > 0) said.push(`an apply would DESTROY ${destroyed}`);
    const news = isRemembered(environment) ? count(({ isNew }) => isNew) : 0;
    if (news > 0) said.push(news === changes.length ? "all new" : `${news} new`);
  }
  if (warnings.length > 0) said.push(many(warnings.length, "warning"));
  return said.join(", ");
}

/** Warnings of all environments, one that several of them have only once. */
function putWarnings(page: Page, environments: EnvironmentReport[]): void {
  const told = environments.flatMap(({ name, warnings }) => warnings.map((warning) => ({ name, ...warning })));
  const groups = Map.groupBy(told, ({ summary, detail }) => JSON.stringify([summary, detail]));
  if (groups.size === 0) return;
  page.gap();
  page.put(page.paint("Warnings", "bold", "yellow"), "warning");
  for (const group of groups.values()) {
    const { summary, detail } = group[0]!;
    const names = new Set(group.map(({ name }) => visible(name)));
    const addresses = new Set(group.flatMap(({ address }) => address ?? []));
    page.prose(`${[...names].join(", ")}: ${visible(summary)}`, 2, "warning");
    if (addresses.size > 0) page.prose(`at ${someAddresses(page, [...addresses])}`, 4, "warning", "dim");
    putDetail(page, detailLines(detail, summary), "warning");
  }
}

function putNothing(page: Page, { shard, configured }: DriftReport): void {
  const isEmpty = shard !== undefined && configured.length === 0;
  page.prose(
    isEmpty ? `No environment is in shard ${shard.index}/${shard.of}.` : "No environment was checked.",
    0,
    isEmpty ? "info" : "warning",
  );
}

function putTotal(page: Page, report: DriftReport): void {
  const { summary, status, terraform, startedAt, finishedAt, dryRun, shard } = report;
  const skipped = report.environments.length - summary.environments;
  const counts = [
    ...(["ok", "drift", "error"] as const).map((key) => [summary[key], key] as const),
    [skipped, "skipped"] as const,
  ].filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(", ");
  const took = Date.parse(finishedAt) - Date.parse(startedAt);
  const changed = `${many(summary.resourcesChanged, "resource")} changed`;
  const resources = summary.error === 0 ? changed : summary.resourcesChanged > 0 ? `at least ${changed}` : "";
  const said = [
    `${many(report.environments.length, "environment")}${
      shard ? ` of shard ${shard.index}/${shard.of}` : ""
    }: ${counts}`,
    resources,
    dryRun || Number.isNaN(took) ? "" : formatDuration(took),
    terraform ? visible(`${terraform.bin.split("/").at(-1)} ${terraform.version}`) : "",
  ];
  page.gap();
  page.prose(said.filter(Boolean).join("; "), 0, STATUS[status].level);
}
