/**
 * What one environment has to say: its error and the cure, each change with expected and actual, what is in order again.
 *
 * @module
 */

import { formatDuration } from "../../lib/duration.ts";
import { visible } from "../../lib/visible.ts";
import type { Action, Change, EnvironmentReport, Lock, Status } from "../../drift/report.ts";
import { changeStory, ORIGINS } from "./change_story.ts";
import { type Level, many, type Page, type Style } from "./page.ts";
import { wrap } from "./text.ts";
import { differenceLines, EXPECTED_ACTUAL, WAS_IS } from "./values.ts";

/** How each status reads. */
export const STATUS: Record<Status, { word: string; style: Style; level: Level }> = {
  ok: { word: "OK", style: "green", level: "info" },
  drift: { word: "DRIFT", style: "yellow", level: "warning" },
  error: { word: "ERROR", style: "red", level: "error" },
};

/** How an environment reads at which the run did not look. */
export const SKIPPED: (typeof STATUS)[Status] = { word: "SKIPPED", style: "dim", level: "info" };

const SIGNS: Partial<Record<Action, [string, Style]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  delete: ["-", "red"],
  replace: ["±", "red"],
};
const DETAIL_LINES_SHOWN = 8;
const RESOLVED_SHOWN = 10;
const ADDRESSES_SHOWN = 3;

/** Writes one environment's part of the report; nothing where the table has said it all. */
export function putEnvironment(page: Page, environment: EnvironmentReport, now: string): void {
  const { status, error, changes, resolved, outputs } = environment;
  const lists = page.verbose ? listedOnly(environment) : [];
  if (status === "ok" && resolved.length + lists.length + (page.verbose ? outputs.length : 0) === 0) return;
  const { word, style, level } = STATUS[status];
  page.gap();
  const name = visible(environment.name);
  const rest = `${error ? ` ${visible(error.class)}` : ""}${history(environment)}`;
  const plain = `${name}: ${word}${rest}`;
  if (page.measure(plain) > page.columns) page.prose(plain, 0, level, "bold");
  else page.put(`${page.paint(`${name}: ${page.paint(word, style)}`, "bold")}${rest}`, level);
  if (error) putError(page, error);
  const allNew = !error && changes.length > 1 && isRemembered(environment) && changes.every(({ isNew }) => isNew);
  if (changes.length > 0 && error) {
    page.gap();
    page.prose("What could be seen all the same:", 2, level);
  } else if (allNew) page.prose("All of it is new since the last check.", 2, level);
  for (const change of changes) {
    putChange(
      page,
      change,
      level,
      changeSentence(change, allNew || !isRemembered(environment) ? "" : seen(change, now)),
    );
  }
  putResolved(page, resolved);
  for (const { title, list, tell } of lists) {
    page.prose(title, 2, "info", "bold");
    for (const change of list) putChange(page, change, "info", tell(change), tell === observedSentence);
  }
  if (page.verbose) putOutputs(page, outputs);
  putRest(page, environment);
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

/** The lines of a message of Terraform's that say more than its summary did. */
export function detailLines(detail: string, summary: string): string[] {
  const lines = detail.split("\n").map((line) => visible(line.trim())).filter((line) => line !== "");
  return lines[0] === visible(summary.trim()) ? lines.slice(1) : lines;
}

/** Addresses in a row, unless verbose only the first few. */
export function someAddresses(page: Page, addresses: string[]): string {
  const shown = page.verbose ? addresses : addresses.slice(0, ADDRESSES_SHOWN);
  const more = addresses.length - shown.length;
  return shown.map(visible).join(", ") + (more > 0 ? ` and ${more} more` : "");
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

/** Time between two moments (ISO 8601) in words; empty under a minute and where either cannot be read. */
export function ageText(since: string, now: string): string {
  const age = Date.parse(now) - Date.parse(since);
  return age >= 60_000 ? formatDuration(age) : "";
}

/** True where an earlier check is known, so that "new" says something. */
export function isRemembered({ previousStatus }: EnvironmentReport): boolean {
  return previousStatus !== undefined;
}

function history({ status, previousStatus, since, startedAt }: EnvironmentReport): string {
  if (previousStatus !== undefined && previousStatus !== status) return `, ${STATUS[previousStatus].word} before`;
  const age = ageText(since, startedAt);
  return age && ` for ${age}`;
}

function holder({ who = "somebody unknown", since, id }: Lock): string {
  return `Locked by ${who}${since ? ` since ${since}` : ""}${id ? ` (lock ${id})` : ""}`;
}

function putError(page: Page, { summary, lock, cure, detail }: NonNullable<EnvironmentReport["error"]>): void {
  page.prose(visible(summary), 2, "error", "red");
  if (lock) page.prose(visible(holder(lock)), 2, "error");
  page.prose(`What to do: ${visible(cure)}`, 2, "error", "bold");
  const more = detailLines(detail, summary);
  if (more.length > 0) page.put("  Details:", "error");
  putDetail(page, more, "error");
}

function putChange(page: Page, change: Change, level: Level, told: string, happened = false): void {
  const [sign, style] = SIGNS[change.action] ?? ["*", "cyan"];
  const name = wrap(visible(change.label ?? change.address), page.columns - 4, page.measure);
  name.forEach((line, at) =>
    page.put(`  ${at ? " " : page.paint(sign, style, "bold")} ${page.paint(line, "bold")}`, level)
  );
  if (change.label) page.prose(visible(change.address), 4, level, "dim");
  page.prose(told, 4, level, style);
  if (change.note) page.prose(`Note: ${visible(change.note)}`, 4, level, "bold");
  if (change.causedBy?.length) page.prose(`because of ${someAddresses(page, change.causedBy)}`, 4, level);
  if (change.reason && (page.verbose || change.action === "replace" || change.action === "delete")) {
    page.prose(`Terraform's reason: ${visible(change.reason.replaceAll("_", " "))}`, 4, level);
  }
  const words = happened ? WAS_IS : EXPECTED_ACTUAL;
  const room = { columns: page.columns - 4, verbose: page.verbose, measure: page.measure, words };
  for (const attribute of change.attributes) {
    const remark = happened || attribute.origin === change.origin ? undefined : ORIGINS[attribute.origin];
    for (const line of differenceLines(attribute, room, remark)) page.put(`    ${line}`, level);
  }
}

function changeSentence(change: Change, age: string): string {
  const { what, consequence } = changeStory(change);
  return `${what}${change.confirmed ? "" : " (NOT CONFIRMED)"}${age && `, ${age}`}; ${consequence}`;
}

function seen({ isNew, firstSeenAt }: Change, now: string): string {
  if (isNew) return "new";
  const age = ageText(firstSeenAt, now);
  return age && `seen for ${age}`;
}

function observedSentence({ action }: Change): string {
  const what: Partial<Record<Action, string>> = { create: "appeared", delete: "gone", update: "changed" };
  return `${what[action] ?? action}; an apply would not touch it`;
}

interface Listed {
  title: string;
  list: Change[];
  tell: (change: Change) => string;
}

function listedOnly({ accepted, observed, bookkeeping }: EnvironmentReport): Listed[] {
  const lists: Listed[] = [
    { title: "Accepted by a rule:", list: accepted, tell: ({ origin }) => ORIGINS[origin] },
    { title: "Observed, changed by hand and left alone by the plan:", list: observed, tell: observedSentence },
    { title: "State bookkeeping:", list: bookkeeping, tell: ({ action }) => action },
  ];
  return lists.filter(({ list }) => list.length > 0);
}

function putResolved(page: Page, resolved: EnvironmentReport["resolved"]): void {
  if (resolved.length === 0) return;
  page.prose("In order again since the last check:", 2, "info");
  const shown = page.verbose ? resolved : resolved.slice(0, RESOLVED_SHOWN);
  for (const { address, path } of shown) page.prose(visible(path ? `${address}: ${path}` : address), 4, "info");
  if (shown.length < resolved.length) page.put(`    and ${resolved.length - shown.length} more`, "info");
}

function putOutputs(page: Page, outputs: EnvironmentReport["outputs"]): void {
  if (outputs.length === 0) return;
  page.prose("Outputs that an apply would change:", 2, "info", "bold");
  const room = { columns: page.columns - 4, verbose: true, measure: page.measure, words: EXPECTED_ACTUAL };
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
