/**
 * What a Telegram message says of one environment: head lines that always stand, and units of lines, one for each
 * difference, that stand as far as there is room. Pure.
 *
 * @module
 */

import type { Action, Change, CheckError, Lock } from "../../drift/report.ts";
import { changeStory, ORIGINS } from "../text/change_story.ts";
import { ageText } from "../text/environment_text.ts";
import { bold, code, counted, escapeHtml, moment, prose } from "./html.ts";
import type { EnvironmentNews, FreshChange, ResolvedFinding } from "./news.ts";
import { differenceLines, EXPECTED_ACTUAL } from "../text/values.ts";

/** How much is said of each thing. */
export interface Detail {
  /** Attributes of a change. */
  attributes: number;
  /** Characters of a line that shows values. */
  columns: number;
  /** Characters of a sentence of somebody else's. */
  prose: number;
}

/** Lines that stand or fall together. */
export interface Unit {
  /** What it is about. */
  kind: "difference" | "resolved";
  /** HTML. */
  lines: string[];
}

/** The part of a message that is about one environment, or about several that failed alike. */
export interface Block {
  /** Environments. */
  names: string[];
  /** HTML. */
  head: string[];
  /** Writes one of its units, which few blocks have room for all of. */
  unit: (index: number) => Unit;
  /** How many units there are. */
  total: number;
  /** How many of them are differences. */
  differences: number;
}

/** News of environments that are told in one: the first of them speaks for all. */
export type Group = [EnvironmentNews, ...EnvironmentNews[]];

/** The gravest first: what a reader must not miss. */
const GRAVITY: Partial<Record<Action, number>> = { replace: 0, delete: 1, create: 2, update: 3 };
const WHY: Record<FreshChange["why"], string> = {
  new: "new",
  changed: "changed again",
  confirmed: "now confirmed",
  untold: "",
};
const WARNINGS_SHOWN = 2;
const NAMES_SHOWN = 3;

/** Puts together what failed in the same way and has nothing else to say: a backend that is down is one thing, not twelve. */
export function groupFailures(news: EnvironmentNews[]): Group[] {
  const groups = new Map<unknown, Group>();
  for (const one of news) {
    const { kind, environment: { error }, fresh, unchecked, before } = one;
    const alike = kind === "failed" && fresh.length === 0 && unchecked === 0 && error;
    const key = alike ? JSON.stringify([error.class, error.summary, error.cure, error.lock, before]) : one;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

/** Writes what is to be said of a group. */
export function blockOf(group: Group, detail: Detail): Block {
  const [{ kind, environment, fresh, resolved }] = group;
  const differences = kind === "reminder" ? [] : fresh.toSorted((a, b) => gravity(a) - gravity(b));
  return {
    names: group.map(({ environment }) => environment.name),
    head: headLines(group, detail),
    unit(index) {
      const difference = differences[index];
      if (difference) return { kind: "difference", lines: changeLines(difference, environment.startedAt, detail) };
      return { kind: "resolved", lines: [resolvedLine(resolved[index - differences.length]!, detail)] };
    },
    total: differences.length + resolved.length,
    differences: differences.length,
  };
}

function headLines(group: Group, detail: Detail): string[] {
  const [{ kind, environment, fresh, unchecked, before }] = group;
  const { status, error, since, startedAt } = environment;
  const name = bold(prose(group.map(({ environment }) => environment.name).join(", "), detail.prose));
  const age = ageText(since, startedAt);
  const lasting = `since ${moment(since)}${age && ` (${age})`}`;
  switch (kind) {
    case "failed":
      return [
        `🔴 ${name}: the check failed: ${code(error?.class ?? "unknown")}${
          before ? `, before ${code(before.class)}` : ""
        }`,
        ...error ? errorLines(error, detail) : [],
        ...unchecked > 0
          ? [`${counted(unchecked, "known difference", "known differences")} could not be looked at`]
          : [],
        ...fresh.length > 0 ? ["What could be seen all the same:"] : [],
      ];
    case "failing":
      return [
        `🔴 ${name}: the check still fails: ${code(error?.class ?? "unknown")}, ${lasting}; new in what could be seen:`,
      ];
    case "found":
    case "drifted":
      return [`🟠 ${name}: drift${tally(group[0])}`, ...doubts(group[0], detail)];
    case "recovered": {
      const again = `the check works again after ${code(before?.class ?? "error")}`;
      if (status === "ok") return [`🟢 ${name}: ${again}; nothing differs`];
      return [`🟠 ${name}: ${again}; drift${tally(group[0])}`, ...doubts(group[0], detail)];
    }
    case "closed":
      return [`🟢 ${name}: nothing differs any more`];
    case "reminder":
      return [`⏰ ${name}: ${reminder(group[0], lasting, detail)}`];
  }
}

function errorLines({ summary, cure, lock }: CheckError, detail: Detail): string[] {
  const said = prose(summary, detail.prose);
  const todo = prose(cure, detail.prose);
  return [
    ...said ? [code(said)] : [],
    ...lock ? [holderLine(lock)] : [],
    ...todo ? [`What to do: ${escapeHtml(todo)}`] : [],
  ];
}

function holderLine({ who = "", since = "" }: Lock): string {
  return `Locked by ${code(prose(who, 64) || "?")}${since === "" ? "" : ` since ${escapeHtml(prose(since, 64))}`}`;
}

function tally({ fresh, known, resolved }: EnvironmentNews): string {
  const of = (why: FreshChange["why"]) => fresh.filter((one) => one.why === why).length;
  const confirmed = of("confirmed");
  const said = [
    of("new") && `${of("new")} new`,
    of("untold") && `${of("untold")} seen before`,
    of("changed") && `${of("changed")} changed again`,
    confirmed && `${confirmed} now confirmed`,
    known && `${known} known and as before`,
    resolved.length && `${resolved.length} resolved`,
  ].filter((part) => typeof part === "string");
  return said.length > 0 ? `: ${said.join(", ")}` : "";
}

/** Why a change may be none: the environment's warnings say who holds the lock. */
function doubts({ fresh, environment: { warnings } }: EnvironmentNews, detail: Detail): string[] {
  if (fresh.every(({ change }) => change.confirmed)) return [];
  return warnings.filter(({ lock }) => lock).slice(0, WARNINGS_SHOWN).map(({ summary }) =>
    `Warning: ${code(prose(summary, detail.prose) || "?")}`
  );
}

/** What stays as it was, in one line. */
function reminder(
  { environment: { status, error, changes } }: EnvironmentNews,
  lasting: string,
  detail: Detail,
): string {
  if (status === "error") {
    return `the check still fails, ${lasting}: ${code(error?.class ?? "unknown")} ${
      escapeHtml(prose(error?.summary ?? "", detail.prose))
    }`;
  }
  const names = [...new Set(changes.map(({ label, address }) => label ?? address))];
  const more = names.length - NAMES_SHOWN;
  return `still drift, ${lasting}: ${escapeHtml(prose(names.slice(0, NAMES_SHOWN).join(", "), detail.prose))}${
    more > 0 ? ` and ${more} more` : ""
  }`;
}

function changeLines({ change, why }: FreshChange, now: string, detail: Detail): string[] {
  const { label, address, note, causedBy, reason, attributes, firstSeenAt, action } = change;
  const age = why === "untold" ? ageText(firstSeenAt, now) : "";
  const seen = age ? `seen for ${age}` : WHY[why];
  const shown = attributes.slice(0, detail.attributes);
  const more = attributes.length - shown.length;
  const sentence = (text: string) => escapeHtml(prose(text, detail.prose));
  return [
    `• ${bold(prose(label ?? address, detail.prose))}${seen && `, ${seen}`}`,
    ...label === undefined ? [] : [code(prose(address, Math.max(detail.columns, detail.prose)))],
    actionSentence(change),
    ...note ? [`Note: ${sentence(note)}`] : [],
    ...causedBy?.length ? [`Because of ${code(prose(causedBy.join(", "), detail.prose))}`] : [],
    ...reason && (action === "replace" || action === "delete")
      ? [`Terraform's reason: ${sentence(reason.replaceAll("_", " "))}`]
      : [],
    ...shown.flatMap((attribute) => {
      const remark = attribute.origin === change.origin ? undefined : ORIGINS[attribute.origin];
      const room = {
        columns: detail.columns,
        verbose: false,
        measure: (text: string) => text.length,
        words: EXPECTED_ACTUAL,
      };
      return differenceLines(attribute, room, remark).map(code);
    }),
    ...more > 0 ? [`… and ${counted(more, "more attribute", "more attributes")}`] : [],
  ];
}

/** Who made the difference, and what Terraform would do about it. */
function actionSentence(change: Change): string {
  const { what, consequence } = changeStory(change);
  return `${what}; ${consequence}${change.confirmed ? "" : "; NOT CONFIRMED"}`;
}

function resolvedLine({ name, address, path, accepted }: ResolvedFinding, detail: Detail): string {
  const what = prose(name ?? address, detail.prose);
  return `✅ ${accepted ? "set aside by a rule" : "resolved"}: ${bold(what)}${
    path ? ` ${code(prose(path, detail.columns))}` : ""
  }`;
}

function gravity({ change }: FreshChange): number {
  return GRAVITY[change.action] ?? 4;
}
