/**
 * What a Telegram message says of one environment: head lines that always stand, and units of lines, one for each
 * difference, that stand as far as there is room. Pure.
 *
 * @module
 */

import type { CheckError } from "../../drift/report.ts";
import { ageText } from "../text/age_text.ts";
import { type Group, groupEqual } from "../text/equal_changes.ts";
import { gravity } from "../text/gravity.ts";
import { failureKind } from "../text/failure_kind.ts";
import { changeLines, type Detail, nameOf, someNames } from "./change_lines.ts";
import { bold, code, counted, escapeHtml, moment, name, prose } from "./html.ts";
import type { FreshChange } from "./fresh.ts";
import type { GoneFinding } from "./gone.ts";
import type { EnvironmentNews } from "./news.ts";

/** Lines that stand or fall together. */
export interface Unit {
  /** What it is about. */
  kind: "difference" | "resolved" | "witness";
  /** How many differences or findings it stands for. */
  count: number;
  /** HTML. */
  lines: string[];
}

/** The part of a message that is about one environment, about several that failed alike, or about a cluster. */
export interface Block {
  /** What it is about. */
  names: string[];
  /** What these names are of. */
  noun: "environment" | "cluster";
  /** HTML. */
  head: string[];
  /** Writes one of its units, which few blocks have room for all of. */
  unit: (index: number) => Unit;
  /** How many units there are. */
  total: number;
  /** How many things its units stand for. */
  counts: Record<Unit["kind"], number>;
}

/** News of environments that are told in one. */
export interface NewsGroup {
  /** The first of them speaks for all. */
  news: Group<EnvironmentNews>;
  /** Its differences, the gravest first, those that are alike together. */
  differences: Group<FreshChange>[];
}

const WARNINGS_SHOWN = 3;

/**
 * Puts together what failed in the same way and has nothing else to say: a backend that is down is one thing, not twelve.
 * The kind of failure and the server that it names decide; the text of each may name another object.
 */
export function groupFailures(news: EnvironmentNews[]): NewsGroup[] {
  const groups = Map.groupBy(news, (one) => {
    const { kind, environment: { error }, fresh, unchecked, before } = one;
    const isBare = kind === "failed" && fresh.length === 0 && unchecked === 0;
    return isBare && error ? JSON.stringify([failureKind(error), before ?? null]) : one;
  });
  return Array.from(groups.values(), ([first, ...more]) => ({
    news: [first!, ...more],
    differences: differencesOf(first!),
  }));
}

function differencesOf({ kind, fresh }: EnvironmentNews): Group<FreshChange>[] {
  const sorted = kind === "reminder" ? [] : fresh.toSorted((a, b) => gravity(a.change) - gravity(b.change));
  return groupEqual(sorted, ({ change }) => change, ({ why, attributes }) => [why, [...attributes]]);
}

/** Writes what is to be said of a group. */
export function blockOf({ news, differences }: NewsGroup, detail: Detail): Block {
  const [{ environment, resolved }] = news;
  return {
    names: news.map(({ environment }) => environment.name),
    noun: "environment",
    head: headLines(news, detail),
    unit(index) {
      const difference = differences[index];
      if (!difference) {
        return { kind: "resolved", count: 1, lines: [resolvedLine(resolved[index - differences.length]!, detail)] };
      }
      const lines = changeLines(difference, environment, detail);
      return { kind: "difference", count: difference.length, lines };
    },
    total: differences.length + resolved.length,
    counts: {
      difference: differences.reduce((sum, group) => sum + group.length, 0),
      resolved: resolved.length,
      witness: 0,
    },
  };
}

function headLines(group: Group<EnvironmentNews>, detail: Detail): string[] {
  const [news] = group;
  const title = bold(prose(group.map(({ environment }) => environment.name).join(", "), detail.prose));
  const lines = verdictLines(news, title, detail);
  return [...lines, ...warningLines(news, detail)];
}

function verdictLines(news: EnvironmentNews, title: string, detail: Detail): string[] {
  const { kind, environment: { status, error, settling, leftOut = [] }, before, warnings } = news;
  const ofPart = leftOut.length > 0 ? " of what is told here" : "";
  const worksAgain = `the check works again (it had failed: ${code(before?.class ?? "error")})`;
  switch (kind) {
    case "failed":
      return [`🔴 ${title}: the check failed: ${errorClass(error)}${earlier(before)}`, ...failureLines(news, detail)];
    case "failing":
      return [
        `🔴 ${title}: the check still fails: ${errorClass(error)}, ${lasting(news)}; new, found despite the error:`,
      ];
    case "found":
    case "drifted":
      return [`🟠 ${title}: drift${tally(news, detail)}`];
    case "recovered":
      return status === "ok"
        ? [`🟢 ${title}: ${worksAgain}; nothing differs${ofPart}`]
        : [`🟠 ${title}: ${worksAgain}; drift${tally(news, detail)}`];
    case "closed":
      return [`🟢 ${title}: nothing differs ${settling ? "at the moment, and something flaps" : `any more${ofPart}`}`];
    case "warned":
      return [
        `⚠️ ${title}: ${status === "ok" ? `nothing differs${ofPart}` : "drift as before"}; ${
          counted(warnings.length, "new warning", "new warnings")
        }`,
      ];
    case "upgraded":
      // What an upgrade explains has a block of its own, with that of other environments.
      return [];
    case "reminder":
      return [`⏰ ${title}: ${reminder(news, detail)}`];
  }
}

function errorClass(error: CheckError | undefined): string {
  return code(error?.class ?? "unknown");
}

function earlier(before: EnvironmentNews["before"]): string {
  return before ? ` (before: ${code(before.class)})` : "";
}

/** Since when an environment has its status. */
function lasting({ environment: { since, startedAt } }: EnvironmentNews): string {
  const age = ageText(since, startedAt);
  return `since ${moment(since)}${age && ` (${age})`}`;
}

function failureLines({ environment: { error }, unchecked, fresh }: EnvironmentNews, detail: Detail): string[] {
  return [
    ...error ? errorLines(error, detail) : [],
    ...unchecked > 0 ? [`${counted(unchecked, "known difference", "known differences")} could not be checked`] : [],
    ...fresh.length > 0 ? ["Found despite the error:"] : [],
  ];
}

function errorLines({ summary, cure }: CheckError, detail: Detail): string[] {
  const said = prose(summary, detail.prose);
  const todo = prose(cure, detail.prose);
  return [
    ...said ? [code(said)] : [],
    ...todo ? [`What to do: ${escapeHtml(todo)}`] : [],
  ];
}

function tally({ fresh, known, resolved }: EnvironmentNews, detail: Detail): string {
  const number = (why: FreshChange["why"], text: string) => {
    const count = fresh.filter((one) => one.why === why).length;
    return count > 0 ? [`${count} ${text}`] : [];
  };
  const said = [
    ...number("new", "new"),
    ...number("untold", "known to earlier checks"),
    ...number("further", "with new differences"),
    ...number("changed", "changed"),
    ...number("confirmed", "now confirmed"),
    ...number("awake", "no longer snoozed"),
    ...known.length > 0 ? [`${known.length} as before (${someNames(known.map(nameOf), detail)})`] : [],
    ...resolved.length > 0 ? [`${resolved.length} resolved`] : [],
  ];
  return said.length > 0 ? `: ${said.join(", ")}` : "";
}

/** What a reader must know to judge the changes: who holds the lock, so that a change may be none, and what is new. */
function warningLines({ kind, fresh, warnings, environment }: EnvironmentNews, detail: Detail): string[] {
  if (kind === "reminder") return [];
  const isDoubtful = fresh.some(({ change }) => !change.confirmed);
  const locks = isDoubtful ? environment.warnings.filter(({ lock }) => lock) : [];
  const told = [...locks, ...warnings];
  const more = told.length - WARNINGS_SHOWN;
  return [
    ...told.slice(0, WARNINGS_SHOWN).map(({ summary }) => `Warning: ${code(prose(summary, detail.prose) || "?")}`),
    ...more > 0 ? [`… and ${counted(more, "more warning", "more warnings")}`] : [],
  ];
}

/** What stays as it was, in one line. */
function reminder(news: EnvironmentNews, detail: Detail): string {
  const { status, error, changes } = news.environment;
  if (status === "error") {
    return `the check still fails, ${lasting(news)}: ${errorClass(error)} ${
      escapeHtml(prose(error?.summary ?? "", detail.prose))
    }`;
  }
  return `still drift, ${lasting(news)}: ${someNames(changes.map(nameOf), detail)}`;
}

function resolvedLine({ name: label, address, path, accepted, wasFlapping }: GoneFinding, detail: Detail): string {
  return `✅ ${accepted ? "accepted by a rule" : "resolved"}: ${bold(name(label ?? address, detail.prose))}${
    path ? `: ${code(name(path, detail.columns))}` : ""
  }${wasFlapping && !accepted ? ", flaps no more" : ""}`;
}
