/**
 * The lines of a Telegram message about one change, or about many that are alike. Pure.
 *
 * @module
 */

import { ageText } from "../text/age_text.ts";
import { changeStory, ORIGINS } from "../text/change_story.ts";
import type { EnvironmentReport } from "../../drift/report.ts";
import type { Group } from "../text/equal_changes.ts";
import { explainLine } from "../text/explain_line.ts";
import { flappingText, upgradeText } from "../text/history_text.ts";
import { differenceLines, EXPECTED_ACTUAL } from "../text/values.ts";
import { traceLines } from "../text/witness_text.ts";
import { bold, code, counted, escapeHtml, moment, name, prose } from "./html.ts";
import type { FreshChange } from "./fresh.ts";

/** How much is said of each thing. */
export interface Detail {
  /** Attributes of a change. */
  attributes: number;
  /** Characters of a line that shows values. */
  columns: number;
  /** Characters of a sentence of somebody else's. */
  prose: number;
  /** What to type for more about a change. */
  advice: boolean;
}

const WHY: Record<FreshChange["why"], string> = {
  new: "new",
  changed: "changed since it was last told",
  further: "with new differences",
  confirmed: "now confirmed",
  untold: "",
  awake: "no longer snoozed",
};
const NAMES_SHOWN = 3;

/** What a person calls an object. */
export function nameOf({ label, address }: { label?: string; address: string }): string {
  return label ?? address;
}

/** The first few names, escaped, and how many more there are. */
export function someNames(all: string[], detail: Detail): string {
  const names = [...new Set(all)];
  const more = names.length - NAMES_SHOWN;
  const shown = escapeHtml(prose(names.slice(0, NAMES_SHOWN).join(", "), detail.prose));
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** Writes a change that is news, or many that are alike. */
export function changeLines(
  group: Group<FreshChange>,
  { name: environment, startedAt: now }: Pick<EnvironmentReport, "name" | "startedAt">,
  detail: Detail,
): string[] {
  const [{ change, why, attributes: news }] = group;
  const { note, causedBy, reason, attributes, firstSeenAt, sinceUpgrade, action } = change;
  const age = why === "untold" ? ageText(firstSeenAt, now) : "";
  const isRead = why === "new" || why === "untold";
  const seen = [age ? `seen for ${age}` : WHY[why], ...isRead && sinceUpgrade ? [upgradeText(sinceUpgrade)] : []]
    .filter(Boolean).join(", ");
  const shown = attributes.slice(0, detail.attributes);
  const advice = detail.advice ? explainLine(environment, change) : undefined;
  const more = attributes.length - shown.length;
  const sentence = (text: string) => escapeHtml(prose(text, detail.prose));
  return [
    ...nameLines(group, seen, detail),
    actionSentence(group),
    ...note ? [`Note: ${sentence(note)}`] : [],
    ...causedBy?.length ? [`Because of ${code(prose(causedBy.join(", "), detail.prose))}`] : [],
    ...reason && (action === "replace" || action === "delete")
      ? [`Terraform's reason: ${sentence(reason.replaceAll("_", " "))}`]
      : [],
    ...shown.flatMap((attribute) => {
      const remark = [
        ...attribute.origin === change.origin ? [] : [ORIGINS[attribute.origin]],
        ...news.size > 0 ? [news.get(attribute.path) ?? `since ${moment(attribute.firstSeenAt)}`] : [],
        ...attribute.flapping ? [flappingText(attribute.flapping)] : [],
        ...attribute.sinceUpgrade && !(isRead && sinceUpgrade) ? [upgradeText(attribute.sinceUpgrade)] : [],
      ].join(", ");
      const room = {
        columns: detail.columns,
        verbose: false,
        measure: (text: string) => text.length,
        words: EXPECTED_ACTUAL,
      };
      return differenceLines(attribute, room, remark || undefined).map(code);
    }),
    ...more > 0 ? [`… and ${counted(more, "more attribute", "more attributes")}`] : [],
    ...traceLines(change, now, true).map(sentence),
    ...advice === undefined ? [] : [code(advice.join(" "))],
  ];
}

function nameLines(group: Group<FreshChange>, seen: string, detail: Detail): string[] {
  const [{ change }] = group;
  const said = seen && `, ${seen}`;
  if (group.length > 1) {
    const title = `${group.length} × ${change.type}, all alike`;
    return [
      `• ${bold(name(title, detail.prose))}${said}`,
      someNames(group.map(({ change }) => nameOf(change)), detail),
    ];
  }
  return [
    `• ${bold(name(nameOf(change), detail.prose))}${said}`,
    ...change.label === undefined ? [] : [code(name(change.address, Math.max(detail.columns, detail.prose)))],
  ];
}

/** Who made the difference, and what Terraform would do about it. */
function actionSentence(group: Group<FreshChange>): string {
  const [{ change }] = group;
  const { what, consequence } = changeStory(change, group.length > 1 ? "them" : "it");
  return `${what}; ${consequence}${change.confirmed ? "" : "; NOT CONFIRMED"}`;
}
