/**
 * What one environment has to say: its error and the cure, its changes, what is in order again, what is listed and no
 * drift.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { visible } from "../../lib/visible.ts";
import type { Change, EnvironmentReport, SettlingAttribute, Status } from "../../drift/report.ts";
import { ageText } from "./age_text.ts";
import { ORIGINS } from "./change_story.ts";
import { driftTelling, listTelling, observedSentence, putChanges, type Telling } from "./change_text.ts";
import { detailLines } from "../../lib/detail_lines.ts";
import type { Group } from "./equal_changes.ts";
import { explainLine } from "./explain_line.ts";
import { settlingText, upgradeText } from "./history_text.ts";
import { codeText } from "./code_text.ts";
import type { Level, Page, Style } from "./page.ts";
import { wrap } from "./text.ts";
import { differenceLines, EXPECTED_ACTUAL } from "./values.ts";

/** How each status reads. */
export const STATUS: Record<Status, { word: string; style: Style; level: Level }> = {
  ok: { word: "OK", style: "green", level: "info" },
  drift: { word: "DRIFT", style: "yellow", level: "warning" },
  error: { word: "ERROR", style: "red", level: "error" },
};

const DETAIL_LINES_SHOWN = 8;
const RESOLVED_SHOWN = 10;

/**
 * Writes one environment's part of the report; nothing where the table has said it all.
 *
 * @param group The environment, and those that failed in the same way.
 */
export function putEnvironment(page: Page, group: Group<EnvironmentReport>, now: string): void {
  const [environment] = group;
  const { status, error, resolved, settling = [], outputs, skipped, leftOut = [] } = environment;
  const lists = page.verbose ? listedOnly(environment) : [];
  // Those that failed alike may be of several checkouts.
  const code = environment.code && group.length === 1 ? [codeText(environment.code)] : [];
  const said = [resolved, settling, leftOut, lists, page.verbose ? [...outputs, ...code] : []];
  const isSaid = status === "ok" && said.every((list) => list.length === 0);
  if (isSaid || skipped) return;
  page.gap();
  putHeading(page, group);
  if (error) putError(page, error);
  putDrift(page, environment, now);
  putResolved(page, environment);
  putSettling(page, settling);
  for (const { title, list, telling } of lists) {
    page.prose(title, 2, "info", "bold");
    putChanges(page, list, telling);
  }
  if (page.verbose) putOutputs(page, outputs);
  if (leftOut.length > 0) page.prose(leftOutText(leftOut), 2, "info");
  for (const text of code) page.prose(`Code: ${text}`, 2, "info", "dim");
  putRest(page, environment);
}

/** Says how much the `only` of a sink leaves out of what its readers see. */
export function leftOutText(addresses: readonly string[]): string {
  return `Left out here: ${many(addresses.length, "further resource")} that differ${addresses.length === 1 ? "s" : ""}`;
}

/** Writes the lines of a message, unless verbose only the first few. */
export function putDetail(page: Page, paragraphs: string[], level: Level): void {
  const lines = paragraphs.flatMap((line) => wrap(line, page.columns - 4, page.measure));
  const shown = page.verbose || lines.length <= DETAIL_LINES_SHOWN ? lines : lines.slice(0, DETAIL_LINES_SHOWN - 1);
  for (const line of shown) page.put(`    ${page.paint(line, "dim")}`, level);
  if (shown.length < lines.length) {
    page.put(`    (${many(lines.length - shown.length, "more line")} with --verbose)`, level);
  }
}

/** How many there are of what is listed and no drift, as `2 accepted`. */
export function listedCounts({ accepted, observed, bookkeeping, outputs }: EnvironmentReport): string[] {
  return [
    accepted.length && `${accepted.length} accepted`,
    observed.length && `${observed.length} observed`,
    bookkeeping.length && `${bookkeeping.length} bookkeeping`,
    outputs.length && many(outputs.length, "output"),
  ].filter((said) => typeof said === "string");
}

/** True where an earlier check is known, so that "new" says something. */
export function isRemembered({ previousStatus }: EnvironmentReport): boolean {
  return previousStatus !== undefined;
}

/** What is in order again: an object that is whole again is one, whatever differed of it; of others each attribute is one. */
export function inOrderAgain({ resolved, changes }: EnvironmentReport): { address: string; text: string }[] {
  const present = new Set(changes.map(({ address }) => address));
  const objects = Map.groupBy(resolved, ({ address }) => address);
  return [...objects].flatMap(([address, findings]) => {
    const name = findings.find(({ label }) => label !== undefined)?.label ?? address;
    const paths = findings.flatMap(({ path, wasFlapping }) =>
      path === undefined ? [] : [`${path}${wasFlapping ? " (flaps no more)" : ""}`]
    );
    const told = present.has(address) ? paths : [paths.join(", ")];
    return told.map((path) => ({ address, text: path ? `${name}: ${path}` : name }));
  });
}

function putHeading(page: Page, group: Group<EnvironmentReport>): void {
  const [{ status, error }] = group;
  const { word, style, level } = STATUS[status];
  const name = group.map((one) => visible(one.name)).join(", ");
  const histories = new Set(group.map(history));
  const rest = `${error ? ` ${visible(error.class)}` : ""}${histories.size === 1 ? [...histories].join("") : ""}`;
  const plain = `${name}: ${word}${rest}`;
  if (page.measure(plain) > page.columns) page.prose(plain, 0, level, "bold");
  else page.put(`${page.paint(`${name}: ${page.paint(word, style)}`, "bold")}${rest}`, level);
}

function history({ status, previousStatus, since, startedAt }: EnvironmentReport): string {
  if (previousStatus !== undefined && previousStatus !== status) return `, ${STATUS[previousStatus].word} before`;
  const age = ageText(since, startedAt);
  return age && ` for ${age}`;
}

function putError(page: Page, { summary, cure, detail }: NonNullable<EnvironmentReport["error"]>): void {
  page.prose(visible(summary), 2, "error", "red");
  page.prose(`What to do: ${visible(cure)}`, 2, "error", "bold");
  const more = detailLines(detail, summary);
  if (more.length > 0) page.put("  Details:", "error");
  putDetail(page, more, "error");
}

function putDrift(page: Page, environment: EnvironmentReport, now: string): void {
  const { status, error, changes } = environment;
  if (changes.length === 0) return;
  const { level } = STATUS[status];
  const isAllNew = !error && changes.length > 1 && isRemembered(environment) &&
    changes.every(({ isNew, attributes }) => isNew && attributes.every((attribute) => attribute.isNew));
  if (error) {
    page.gap();
    page.prose("Found despite the error:", 2, level);
  } else if (isAllNew) page.prose("All of it is new since the last check.", 2, level);
  // Nothing can confirm a plan that was recorded, and its reader knows.
  const tellsDoubts = !environment.replayed || error !== undefined;
  putChanges(
    page,
    changes,
    {
      ...driftTelling(level, now, { knowsAge: isRemembered(environment) && !isAllNew, tellsDoubts }),
      ...page.verbose ? { advice: (change) => explainLine(environment.name, change) } : {},
    },
  );
}

function noiseSentence({ sinceUpgrade }: Change): string {
  return ["the same", ...sinceUpgrade ? [upgradeText(sinceUpgrade)] : []].join(", ") +
    "; an apply would change nothing";
}

interface Listed {
  title: string;
  list: Change[];
  telling: Telling;
}

function listedOnly({ accepted, observed, bookkeeping }: EnvironmentReport): Listed[] {
  const lists: Listed[] = [
    { title: "Accepted by a rule:", list: accepted, telling: listTelling(({ origin }) => ORIGINS[origin], false) },
    {
      title: "Observed, changed by hand and left alone by the plan:",
      list: observed.filter(({ noise }) => !noise),
      telling: listTelling(observedSentence, true),
    },
    {
      title: "Noise, in which the plan sees a difference and there is none:",
      list: observed.filter(({ noise }) => noise),
      telling: listTelling(noiseSentence, false),
    },
    { title: "State bookkeeping:", list: bookkeeping, telling: listTelling(({ action }) => action, false) },
  ];
  return lists.filter(({ list }) => list.length > 0);
}

function putResolved(page: Page, environment: EnvironmentReport): void {
  const resolved = inOrderAgain(environment);
  if (resolved.length === 0) return;
  page.prose("In order again since the last check:", 2, "info");
  const shown = page.verbose ? resolved : resolved.slice(0, RESOLVED_SHOWN);
  for (const { address, text } of shown) {
    page.prose(visible(text), 4, "info");
    if (!text.startsWith(address)) page.prose(visible(address), 6, "info", "dim");
  }
  if (shown.length < resolved.length) page.put(`    and ${resolved.length - shown.length} more`, "info");
}

function putSettling(page: Page, settling: SettlingAttribute[]): void {
  if (settling.length === 0) return;
  page.prose("Flapping, and equal at the moment:", 2, "info");
  const shown = page.verbose ? settling : settling.slice(0, RESOLVED_SHOWN);
  for (const one of shown) page.prose(settlingText(one), 4, "info");
  if (shown.length < settling.length) page.put(`    and ${settling.length - shown.length} more`, "info");
}

function putOutputs(page: Page, outputs: EnvironmentReport["outputs"]): void {
  if (outputs.length === 0) return;
  page.prose("Outputs that an apply would change:", 2, "info", "bold");
  const room = { columns: page.valueColumns, verbose: true, measure: page.measure, words: EXPECTED_ACTUAL };
  for (const { name, expected, actual } of outputs) {
    for (const line of differenceLines({ path: name, expected, actual }, room)) page.put(`    ${line}`, "info");
  }
}

function putRest(page: Page, environment: EnvironmentReport): void {
  const providers = Object.entries(environment.providers).map(([source, version]) => visible(`${source} ${version}`));
  const counts = listedCounts(environment);
  if (page.verbose && providers.length > 0) page.prose(`Providers: ${providers.join(", ")}`, 2, "info");
  if (!page.verbose && counts.length > 0) {
    page.prose(`Not counted as drift: ${counts.join(", ")} (list with --verbose)`, 2, "info", "dim");
  }
}
