/**
 * One change on the page, or many that are alike: whose it is, what was done, both values, and who. Pure.
 *
 * @module
 */

import type { Action, AttributeChange, Change } from "../../drift/report.ts";
import { changeStory, ORIGINS } from "../text/change_story.ts";
import { flappingText, upgradeText } from "../text/history_text.ts";
import { isMixed } from "../text/change_text.ts";
import { type Group, groupEqual } from "../text/equal_changes.ts";
import { gravity } from "../text/gravity.ts";
import { EXPECTED_ACTUAL, WAS_IS } from "../text/values.ts";
import { traceLines } from "../text/witness_text.ts";
import { differences } from "./difference.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { badge, moment, type Shown, since } from "./shown.ts";

const SIGNS: Partial<Record<Action, string>> = { create: "+", update: "~", delete: "−", replace: "±" };
const MOST_GROUPS = 200;
const MOST_NAMES = 100;
const MOST_CAUSES = 10;

/** Changes that make a drift: the new and the gravest first. */
export function drifting(changes: readonly Change[], shown: Shown, knowsAge: boolean): Content {
  const sorted = changes.toSorted((a, b) => rank(a) - rank(b) || gravity(a) - gravity(b));
  return grouped(sorted, (group) => {
    const [change] = group;
    const { what, consequence } = changeStory(change, group.length > 1 ? "them" : "it");
    const destroys = change.action === "delete" || change.action === "replace";
    return card(group, badges(change, shown, knowsAge), [
      markup`<p>${what}; <span class="${destroys ? "destroys" : "consequence"}">${consequence}</span></p>`,
      aside(group),
      differences(change.attributes, EXPECTED_ACTUAL, (attribute) => remarks(attribute, change, shown, knowsAge)),
      who(change, shown),
      knowsAge && !change.isNew && markup`<p class="muted small">known ${since(change.firstSeenAt, shown)}</p>`,
    ]);
  });
}

/** Changes that are listed and no drift; `observed`: they only happened, and the code wants nothing of it. */
export function listed(changes: readonly Change[], observed: boolean): Content {
  return grouped(changes, (group) => {
    const [{ attributes, noise, origin }] = group;
    const said = noise ? noise.join(", ") : observed ? "" : ORIGINS[origin];
    return card(group, undefined, [
      said !== "" && markup`<p class="muted">${said}</p>`,
      differences(attributes, observed && !noise ? WAS_IS : EXPECTED_ACTUAL, () => undefined),
    ]);
  });
}

function grouped(changes: readonly Change[], write: (group: Group<Change>) => Markup): Content {
  const groups = groupEqual(changes, (change) => change);
  const left = groups.slice(MOST_GROUPS).reduce((sum, group) => sum + group.length, 0);
  return [
    groups.slice(0, MOST_GROUPS).map(write),
    left > 0 && markup`<p class="change">and ${left} more, which the log files list</p>`,
  ];
}

function card(group: Group<Change>, badges: Content, body: Content): Markup {
  const [{ action, label, address, type }] = group;
  const isOne = group.length === 1;
  const names = group.slice(0, MOST_NAMES).map((one) => one.label ?? one.address).join(", ");
  const more = group.length - MOST_NAMES;
  return markup`<article class="change"><h5><span class="sign ${action}" aria-hidden="true">${
    SIGNS[action] ?? "•"
  }</span>
${isOne ? label ?? address : `${group.length} × ${type}, all alike`} ${badges}</h5>
${
    isOne
      ? label !== undefined && markup`<p class="address">${address}</p>`
      : markup`<p class="muted">${names}${more > 0 && ` and ${more} more`}</p>`
  }${body}</article>`;
}

function badges(change: Change, shown: Shown, knowsAge: boolean): Content {
  const { isNew, confirmed, snoozedUntil, sinceUpgrade, lock, isExpected } = change;
  const isFresh = knowsAge && isNew;
  return [
    isFresh && badge("news", isMixed(change) ? "new differences" : "new"),
    !confirmed && badge("plain", "not confirmed"),
    lock !== undefined && badge("plain", `locked: ${lock}`),
    isExpected && badge("plain", "a move that HA may make"),
    snoozedUntil !== undefined && badge("plain", markup`snoozed until ${moment(snoozedUntil, shown)}`),
    sinceUpgrade && badge("plain", upgradeText(sinceUpgrade)),
  ].map((one) => [one, " "]);
}

function aside(group: Group<Change>): Content {
  const [{ note, reason, action }] = group;
  const causes = [...new Set(group.flatMap(({ causedBy }) => causedBy ?? []))];
  const told = causes.slice(0, MOST_CAUSES).join(", ");
  const more = causes.length - MOST_CAUSES;
  return [
    note !== undefined && markup`<p class="note">${note}</p>`,
    causes.length > 0 && markup`<p class="muted">because of ${told}${more > 0 && ` and ${more} more`}</p>`,
    reason !== undefined && (action === "replace" || action === "delete") &&
    markup`<p class="muted">Terraform's reason: ${reason.replaceAll("_", " ")}</p>`,
  ];
}

function remarks(attribute: AttributeChange, change: Change, shown: Shown, knowsAge: boolean): Content {
  const { origin, isNew, firstSeenAt, flapping, sinceUpgrade } = attribute;
  const isOld = knowsAge && isMixed(change) && !isNew;
  return [
    knowsAge && isMixed(change) && isNew && [" ", badge("news", "new")],
    flapping && [" ", badge("plain", flappingText(flapping))],
    sinceUpgrade && !change.sinceUpgrade && [" ", badge("plain", upgradeText(sinceUpgrade))],
    origin !== change.origin && markup` <span class="muted small">${ORIGINS[origin]}</span>`,
    isOld && markup` <span class="muted small">${since(firstSeenAt, shown)}</span>`,
  ];
}

function who(change: Change, { now }: Shown): Content {
  const lines = traceLines(change, now, true);
  return lines.length > 0 && markup`<ul class="who">${lines.map((line) => markup`<li>${line}</li>`)}</ul>`;
}

/** What is new before what is known, and what is snoozed last. */
function rank({ isNew, snoozedUntil }: Change): number {
  return snoozedUntil !== undefined ? 2 : isNew ? 0 : 1;
}
