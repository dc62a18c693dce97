/**
 * How a change reads on a page: whose it is, what was done and what an apply would do, and what differs. Many that are
 * alike read as one.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import type { Action, AttributeChange, Change } from "../../drift/report.ts";
import { ageText } from "./age_text.ts";
import { changeStory, ORIGINS } from "./change_story.ts";
import { type Group, groupEqual } from "./equal_changes.ts";
import type { ExplainLine } from "./explain_line.ts";
import { flappingText, upgradeText } from "./history_text.ts";
import type { Level, Page, Style } from "./page.ts";
import { wrap } from "./text.ts";
import { traceLines } from "./witness_text.ts";
import { differenceLines, EXPECTED_ACTUAL, WAS_IS } from "./values.ts";

const SIGNS: Partial<Record<Action, [string, Style]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  delete: ["-", "red"],
  replace: ["±", "red"],
};
const CAUSES_SHOWN = 3;
const NAMES_SHOWN = 10;

/** How changes are told. */
export interface Telling {
  /** How grave their lines are. */
  level: Level;
  /** What is said of a change; `object` is `it`, or `them` where it stands for many. */
  sentence: (change: Change, object: "it" | "them") => string;
  /** What is said of an attribute in parentheses. */
  remark: (attribute: AttributeChange, change: Change) => string | undefined;
  /** Who may have made it, one line for each record. */
  traces: (change: Change) => string[];
  /** It only happened: the code wants nothing of it. */
  isObserved: boolean;
  /** What to type for more about it; absent where nothing is said. */
  advice?: (change: Change) => ExplainLine | undefined;
}

/** Writes changes, those that are alike together. */
export function putChanges(page: Page, changes: readonly Change[], telling: Telling): void {
  for (const group of groupEqual(changes, (change) => change)) putGroup(page, group, telling);
}

/**
 * How changes that make a drift are told.
 *
 * @param now The run's start, ISO 8601.
 * @param says `knowsAge`: what is new and since when the rest is known; `tellsDoubts`: what no second plan has confirmed.
 */
export function driftTelling(
  level: Level,
  now: string,
  { knowsAge, tellsDoubts }: { knowsAge: boolean; tellsDoubts: boolean },
): Telling {
  return {
    level,
    sentence(change, object) {
      const { what, consequence } = changeStory(change, object);
      const doubt = change.confirmed || !tellsDoubts ? "" : " (NOT CONFIRMED)";
      const history = [knowsAge ? changeAge(change, now) : "", ...upgradeOf(change), ...snoozeOf(change, now)].filter(
        Boolean,
      );
      return `${[what + doubt, ...history].join(", ")}; ${consequence}`;
    },
    remark(attribute, change) {
      const said = [
        attribute.origin === change.origin ? "" : ORIGINS[attribute.origin],
        knowsAge && isMixed(change) ? attributeAge(attribute, now) : "",
        ...change.sinceUpgrade ? [] : upgradeOf(attribute),
        attribute.flapping ? flappingText(attribute.flapping) : "",
        ...snoozeOf(attribute, now),
      ];
      return said.filter(Boolean).join(", ") || undefined;
    },
    traces: (change) => traceLines(change, now, false),
    isObserved: false,
  };
}

/** How changes are told that are listed and no drift. */
export function listTelling(sentence: Telling["sentence"], isObserved: boolean): Telling {
  return { level: "info", sentence, remark: () => undefined, traces: () => [], isObserved };
}

/** What happened where the plan does nothing about it. */
export function observedSentence({ action }: Change): string {
  const what: Partial<Record<Action, string>> = { create: "appeared", delete: "gone", update: "changed" };
  return `${what[action] ?? action}; an apply would not touch it`;
}

function upgradeOf({ sinceUpgrade }: Pick<Change, "sinceUpgrade">): string[] {
  return sinceUpgrade ? [upgradeText(sinceUpgrade)] : [];
}

function snoozeOf({ snoozedUntil }: Pick<Change, "snoozedUntil">, now: string): string[] {
  if (snoozedUntil === undefined) return [];
  const left = ageText(now, snoozedUntil);
  return [left ? `snoozed (${left} left)` : "snoozed"];
}

/** Names or addresses in a row, unless verbose only the first few. */
export function someNames(page: Page, names: readonly string[], few = CAUSES_SHOWN): string {
  const shown = page.verbose ? names : names.slice(0, few);
  const more = names.length - shown.length;
  return shown.map(visible).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function putGroup(page: Page, group: Group<Change>, telling: Telling): void {
  const { level, sentence, remark, traces, isObserved, advice } = telling;
  const [change] = group;
  const [, style] = SIGNS[change.action] ?? ["*", "cyan"];
  if (group.length === 1) putName(page, change, level);
  else putNames(page, group, level);
  page.prose(sentence(change, group.length === 1 ? "it" : "them"), 4, level, style);
  if (change.note) page.prose(`Note: ${visible(change.note)}`, 4, level, "bold");
  const causes = [...new Set(group.flatMap(({ causedBy }) => causedBy ?? []))];
  if (causes.length > 0) page.prose(`because of ${someNames(page, causes)}`, 4, level);
  if (change.reason && (page.verbose || change.action === "replace" || change.action === "delete")) {
    page.prose(`Terraform's reason: ${visible(change.reason.replaceAll("_", " "))}`, 4, level);
  }
  const words = isObserved ? WAS_IS : EXPECTED_ACTUAL;
  const room = { columns: page.valueColumns, verbose: page.verbose, measure: page.measure, words };
  for (const attribute of change.attributes) {
    for (const line of differenceLines(attribute, room, remark(attribute, change))) page.put(`    ${line}`, level);
  }
  for (const line of traces(change)) page.prose(visible(line), 4, level);
  const line = advice?.(change);
  for (const part of line ? fitted(line, page) : []) page.put(`    ${page.paint(part, "dim")}`, level);
}

/** In one line, or two that a shell reads as one; nothing where it would have to be broken elsewhere. */
function fitted([command, address]: ExplainLine, { columns, measure }: Page): string[] {
  if (measure(`${command} ${address}`) + 4 <= columns) return [`${command} ${address}`];
  return Math.max(measure(command), measure(address)) + 6 <= columns ? [`${command} \\`, `  ${address}`] : [];
}

function putName(page: Page, { label, address, action }: Change, level: Level): void {
  putHeading(page, visible(label ?? address), action, level);
  if (label) page.prose(visible(address), 4, level, "dim");
}

/** Verbose, each object has a line of its own: a search of the log finds it. */
function putNames(page: Page, group: Group<Change>, level: Level): void {
  const [{ type, action }] = group;
  putHeading(page, `${group.length} × ${visible(type)}, all alike`, action, level);
  if (!page.verbose) {
    return page.prose(someNames(page, group.map(({ label, address }) => label ?? address), NAMES_SHOWN), 4, level);
  }
  for (const { label, address } of group) {
    page.prose(visible(label ? `${label}: ${address}` : address), 4, level, "dim");
  }
}

function putHeading(page: Page, text: string, action: Action, level: Level): void {
  const [sign, style] = SIGNS[action] ?? ["*", "cyan"];
  wrap(text, page.columns - 4, page.measure).forEach((line, at) =>
    page.put(`  ${at ? " " : page.paint(sign, style, "bold")} ${page.paint(line, "bold")}`, level)
  );
}

/** Whether some of its differences are new and others are not. */
export function isMixed({ attributes }: Change): boolean {
  return attributes.some(({ isNew }) => isNew) && attributes.some(({ isNew }) => !isNew);
}

function changeAge(change: Change, now: string): string {
  if (!isMixed(change)) return change.isNew ? "new" : seenFor(change, now);
  const count = change.attributes.filter(({ isNew }) => isNew).length;
  return [seenFor(change, now), `${count} of ${change.attributes.length} attributes new`].filter(Boolean).join(", ");
}

function attributeAge(attribute: AttributeChange, now: string): string {
  return attribute.isNew ? "new" : seenFor(attribute, now);
}

function seenFor({ firstSeenAt }: { firstSeenAt: string }, now: string): string {
  const age = ageText(firstSeenAt, now);
  return age && `seen for ${age}`;
}
