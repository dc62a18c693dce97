/**
 * One environment on the page: its verdict, its error and the cure, what differs, and, folded, what is listed and no
 * drift. Pure.
 *
 * @module
 */

import type { Change, Diagnostic, EnvironmentReport } from "../../drift/report.ts";
import { detailLines } from "../../lib/detail_lines.ts";
import { codeText } from "../text/code_text.ts";
import { inOrderAgain, isRemembered, leftOutText, STATUS } from "../text/environment_text.ts";
import { settlingText } from "../text/history_text.ts";
import { EXPECTED_ACTUAL } from "../text/values.ts";
import { drifting, listed } from "./change.ts";
import { differences, outputDifference } from "./difference.ts";
import type { KeptEnvironment } from "./kept.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { badge, folded, list, moment, type Shown, since } from "./shown.ts";

/** The place of an environment on the page, for links. */
export function anchor(name: string): string {
  return `env-${encodeURIComponent(name)}`;
}

/** The verdict in a colored box. */
export function verdictBadge({ last }: KeptEnvironment): Markup {
  if (!last) return badge("plain", "NOT CHECKED");
  return badge(last.status, STATUS[last.status].word);
}

/** Writes an environment's part. */
export function environmentPart(name: string, kept: KeptEnvironment, shown: Shown): Markup {
  const { last, passedOver } = kept;
  return markup`<section class="card env" id="${anchor(name)}"><header><h3>${name}</h3>${verdictBadge(kept)}
${
    last && markup`<span class="muted">${since(last.since, shown)}, checked ${moment(last.startedAt, shown)}</span>`
  }</header>
${passedOver && markup`<p class="muted">${moment(passedOver.at, shown)}: not planned, ${passedOver.reason}</p>`}${
    last ? body(last, kept, shown) : markup`<p class="muted">No run has checked it since this page is written.</p>`
  }</section>`;
}

function body(last: EnvironmentReport, { verdict }: KeptEnvironment, shown: Shown): Content {
  const again = inOrderAgain(last).map(({ text }) => text);
  const settling = (last.settling ?? []).map(settlingText);
  return [
    failure(last),
    last.error && last.changes.length > 0 && markup`<h4>Found despite the error</h4>`,
    drifting(last.changes, shown, isRemembered(last)),
    stillKnown(last, verdict, shown),
    again.length > 0 && markup`<h4>In order again since the check before</h4>${list(again)}`,
    settling.length > 0 && markup`<h4>Flapping, and equal at the moment</h4>${list(settling)}`,
    (last.leftOut ?? []).length > 0 && markup`<p>${leftOutText(last.leftOut!)}</p>`,
    warnings(last.warnings),
    listings(last),
    origins(last),
  ];
}

function failure({ error }: EnvironmentReport): Content {
  if (!error) return undefined;
  const { class: cls, summary, cure, detail } = error;
  const more = detailLines(detail, summary);
  return markup`<div class="failure"><p><strong>${cls}</strong>: ${summary}</p><p><strong>What to do:</strong> ${cure}</p>${
    more.length > 0 && markup`<details><summary>Details</summary><pre>${
      more.map((line) => markup`${line}\n`)
    }</pre></details>`
  }</div>`;
}

/** What the last verdict found and the failed check could not look at. */
function stillKnown(last: EnvironmentReport, verdict: EnvironmentReport | undefined, shown: Shown): Content {
  if (!verdict) return undefined;
  const seen = new Set(last.changes.map(({ address }) => address));
  const known = verdict.changes.filter(({ address }) => !seen.has(address)).map(asKnown);
  if (known.length === 0) {
    return markup`<h4>The last verdict was ${STATUS[verdict.status].word}, ${moment(verdict.startedAt, shown)}</h4>`;
  }
  return [
    markup`<h4>Known from ${moment(verdict.startedAt, shown)}; this check could not look at it</h4>`,
    drifting(known, shown, isRemembered(verdict)),
  ];
}

/** What was new to a check before this one. */
function asKnown(change: Change): Change {
  return { ...change, isNew: false, attributes: change.attributes.map((one) => ({ ...one, isNew: false })) };
}

function warnings(all: readonly Diagnostic[]): Content {
  const line = ({ summary, detail, address }: Diagnostic) => {
    const more = detailLines(detail, summary);
    return markup`${summary}${address !== undefined && markup` <code>${address}</code>`}${
      more.length > 0 && markup` <span class="muted">${more.join(" ")}</span>`
    }`;
  };
  const told = all.filter(({ deprecation }) => !deprecation);
  return [
    told.length > 0 && markup`<h4>Warnings</h4>${list(told.map(line))}`,
    folded("Deprecations", all.filter(({ deprecation }) => deprecation).map(line)),
  ];
}

function listings({ accepted, observed, bookkeeping, outputs }: EnvironmentReport): Content {
  const part = (title: string, count: number, content: Content) =>
    count > 0 && markup`<details><summary>${title} (${count})</summary>${content}</details>`;
  const [noise, happened] = [observed.filter(({ noise }) => noise), observed.filter(({ noise }) => !noise)];
  return [
    part("Accepted by a rule", accepted.length, listed(accepted, false)),
    part("Changed by hand and left alone by the plan", happened.length, listed(happened, true)),
    part("Noise, in which there is no difference", noise.length, listed(noise, true)),
    folded("State bookkeeping", bookkeeping.map(({ action, label, address }) => `${action}: ${label ?? address}`)),
    part(
      "Outputs that an apply would change",
      outputs.length,
      differences(outputs.map(outputDifference), EXPECTED_ACTUAL, () => undefined),
    ),
  ];
}

function origins({ code, providers, dir }: EnvironmentReport): Content {
  const versions = Object.entries(providers).map(([source, version]) => `${source} ${version}`);
  const said = [dir, ...code ? [codeText(code)] : [], ...versions];
  return markup`<p class="muted small">${said.join(" · ")}</p>`;
}
