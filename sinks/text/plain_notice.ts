/**
 * A run in a title and a few lines of plain text: what sinks say that show no formatting, people's own among them. Pure.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { visible } from "../../lib/visible.ts";
import type { Change, DriftReport, EnvironmentReport, Status } from "../../drift/report.ts";
import type { PlainNotice } from "../sink.ts";
import { changeStory } from "./change_story.ts";
import { inOrderAgain, STATUS } from "./environment_text.ts";
import { groupEqual } from "./equal_changes.ts";
import { driftText } from "./report_text.ts";
import { wrongText } from "./standing.ts";
import { differenceLines, EXPECTED_ACTUAL } from "./values.ts";

const ROOM = {
  columns: 120,
  verbose: false,
  measure: (text: string) => text.length,
  words: EXPECTED_ACTUAL,
};
const MOST_CHANGES = 20;
const MOST_ATTRIBUTES = 5;
const MOST_RESOLVED = 10;

/** Says what is new and what is over since the run before, and how everything stands. */
export function plainNotice(report: DriftReport): PlainNotice {
  const environments = report.environments.filter(({ skipped }) => !skipped);
  const news = environments.filter(isNews);
  return {
    title: titleOf(report),
    body: news.flatMap((environment) => linesOf(environment)).join("\n"),
    isNews: news.length > 0,
  };
}

function titleOf({ test, host, summary, environments }: DriftReport): string {
  const { ok } = summary;
  const said = wrongText(summary);
  const nothing = environments.some(({ leftOut }) => leftOut)
    ? "nothing of what is told here differs"
    : "nothing differs";
  if (said.length === 0) said.push(ok === 0 ? "nothing was checked" : `${nothing} in ${many(ok, "environment")}`);
  return `${test ? "Test: " : ""}pve-drift on ${visible(host)}: ${said.join(", ")}`;
}

function isNews(environment: EnvironmentReport): boolean {
  const { status, previousStatus, changes, resolved } = environment;
  const was: Status = previousStatus ?? "ok";
  return (status === "error") !== (was === "error") || changes.some(isTold) || resolved.some((one) => !one.wasLocked);
}

/** What Proxmox has locked, HA may do or somebody has snoozed is left out of messages. */
function isTold({ isNew, lock, isExpected, snoozedUntil }: Change): boolean {
  return isNew && lock === undefined && !isExpected && snoozedUntil === undefined;
}

function linesOf(environment: EnvironmentReport): string[] {
  const { name, status, error, changes } = environment;
  const { word } = STATUS[status];
  const fresh = groupEqual(changes.filter(isTold), (change) => change);
  const gone = inOrderAgain(environment).map(({ text }) => text);
  const head = status === "drift" ? `${word}, ${driftText(environment).join(", ")}` : word;
  return [
    `${visible(name)}: ${head}`,
    ...error ? [`  ${visible(`${error.class}: ${error.summary}`)}`, `  What to do: ${visible(error.cure)}`] : [],
    ...fresh.slice(0, MOST_CHANGES).flatMap(changeLines),
    ...more(fresh.slice(MOST_CHANGES).reduce((sum, group) => sum + group.length, 0), "new"),
    ...gone.slice(0, MOST_RESOLVED).map((text) => `  in order again: ${visible(text)}`),
    ...more(gone.length - MOST_RESOLVED, "in order again"),
  ];
}

function changeLines(group: readonly [Change, ...Change[]]): string[] {
  const [change] = group;
  const isOne = group.length === 1;
  const { what, consequence } = changeStory(change, isOne ? "it" : "them");
  const who = isOne ? change.label ?? change.address : `${group.length} × ${change.type}, all alike`;
  const told = change.attributes.filter(({ snoozedUntil }) => snoozedUntil === undefined);
  const attributes = told.slice(0, MOST_ATTRIBUTES);
  return [
    `  new: ${visible(who)}: ${what}; ${consequence}${change.confirmed ? "" : " (NOT CONFIRMED)"}`,
    ...change.note === undefined ? [] : [`    Note: ${visible(change.note)}`],
    ...attributes.flatMap((attribute) => differenceLines(attribute, ROOM)).map((line) => `    ${line}`),
    ...more(told.length - attributes.length, "attributes").map((line) => `  ${line}`),
  ];
}

function more(count: number, of: string): string[] {
  return count > 0 ? [`  and ${count} more ${of}`] : [];
}
