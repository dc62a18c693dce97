/**
 * The page: one document without scripts, whose policy allows its own style alone. The first thing it says is whether
 * something is wrong, the second is where. Pure.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { many } from "../../lib/many.ts";
import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import type { SinkOutcome } from "../sink.ts";
import { conformingText, driftText, noticeOf } from "../text/report_text.ts";
import { wrongText } from "../text/standing.ts";
import { clusterPart } from "./cluster.ts";
import { anchor, environmentPart, verdictBadge } from "./environment.ts";
import type { Kept, KeptEnvironment } from "./kept.ts";
import { type Content, Markup, markup } from "./markup.ts";
import { list, moment, type Shown } from "./shown.ts";
import { strip } from "./strip.ts";
import { STYLE } from "./style.ts";

/** Marks a page that shows a sample or a recorded plan, and that no check has written. */
export const SAMPLE_MARK = '<meta name="pve-drift" content="sample">';

/** What a page shows. */
export interface PageFacts {
  /** The run that writes it. */
  report: DriftReport;
  /** All that is known, this run included. */
  kept: Kept;
  /** How the other sinks fared. */
  outcomes: readonly SinkOutcome[];
  /** How many days the strips have. */
  days: number;
  /** The host's clock. */
  local: Shown["local"];
  /** No check has written it. */
  isSample: boolean;
}

type Entry = [name: string, kept: KeptEnvironment];

const POLICY = `default-src 'none'; style-src 'sha256-${
  createHash("sha256").update(STYLE).digest("base64")
}'; base-uri 'none'; form-action 'none'`;

/** Writes the page. */
export function renderPage({ report, kept, outcomes, days, local, isSample }: PageFacts): string {
  const shown = { now: report.startedAt, local, days };
  const entries = Object.entries(kept.environments).toSorted(([, a], [, b]) => rank(a) - rank(b));
  const headline = headlineOf(entries);
  const clusters = Object.values(kept.clusters);
  const failed = outcomes.filter(({ delivered }) => !delivered);
  return `<!DOCTYPE html>\n${markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, nofollow">
${isSample && new Markup(SAMPLE_MARK)}
<title>${headline} · pve-drift</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<div class="wrap">
${top(report, entries, headline, shown)}
<main>
${
    entries.length > 0 && markup`<h2>Environments</h2>
<ul class="card overview">${entries.map((entry) => overviewLine(entry, shown))}</ul>`
  }
${
    failed.length > 0 && markup`<h2>Reports that did not arrive</h2>
${list(failed.map(({ sink, reason }) => `Sink "${sink}": ${reason ?? "it gave no reason"}`))}`
  }
${parts("Findings", entries.filter(([, { last }]) => last && last.status !== "ok"), shown)}
${clusters.length > 0 && [markup`<h2>Second witness</h2>`, clusters.map((one) => clusterPart(one, shown))]}
${parts("Conforming", entries.filter(([, { last }]) => last?.status === "ok"), shown)}
</main>
${foot(report)}
</div>
</body>
</html>`}\n`;
}

/** The gravest first. */
function rank({ last }: KeptEnvironment): number {
  if (!last) return 2;
  return { error: 0, drift: 1, ok: 3 }[last.status];
}

function headlineOf(entries: readonly Entry[]): string {
  const count = (status?: EnvironmentReport["status"]) =>
    entries.filter(([, { last }]) => last?.status === status).length;
  const [error, drift, unchecked, ok] = [count("error"), count("drift"), count(), count("ok")];
  const said = [
    ...wrongText({ error, drift }),
    ...unchecked > 0 ? [`${unchecked} not checked`] : [],
  ];
  if (said.length > 0) return said.join(", ");
  if (ok === 0) return "No environment is checked";
  const nothing = entries.some(([, { last }]) => last?.leftOut)
    ? "Nothing of what is told here differs"
    : "Nothing differs";
  return ok === 1 ? nothing : `${nothing} in ${ok} environments`;
}

function top(report: DriftReport, entries: readonly Entry[], headline: string, shown: Shown): Markup {
  const gravest = Math.min(...entries.map(([, one]) => rank(one)), 3);
  const notice = noticeOf(report);
  const checked = report.environments.filter(({ skipped }) => !skipped).length;
  const zone = shown.local.time(Date.parse(report.startedAt)).slice(19);
  return markup`<header class="top ${["error", "drift", "drift", "ok"][gravest]!}">
${notice !== undefined && markup`<p class="notice">${notice}</p>`}
<h1>${headline}</h1>
<p class="muted">As of ${moment(report.startedAt, shown)}${zone} on ${report.host}: this run checked ${checked} of ${
    many(entries.length, "environment")
  }</p>
</header>`;
}

function parts(title: string, entries: readonly Entry[], shown: Shown): Content {
  if (entries.length === 0) return undefined;
  return [markup`<h2>${title}</h2>`, entries.map(([name, one]) => environmentPart(name, one, shown))];
}

function overviewLine([name, kept]: Entry, shown: Shown): Markup {
  return markup`<li>${verdictBadge(kept)}<span class="name">${
    kept.last ? markup`<a href="#${anchor(name)}">${name}</a>` : name
  }</span><span class="said small">${saidOf(kept)}</span><div class="past">${strip(kept, shown)}</div></li>`;
}

function saidOf({ last }: KeptEnvironment): Content {
  if (!last) return "no run has checked it yet";
  const { error, status } = last;
  return error
    ? `${error.class}: ${error.summary}`
    : (status === "ok" ? conformingText(last) : driftText(last)).join(", ");
}

function foot({ runId, tool, terraform, host }: DriftReport): Markup {
  const said = [
    `${tool.name} ${tool.version} on ${host}`,
    `run ${runId}`,
    ...terraform ? [`${terraform.bin} ${terraform.version}`] : [],
  ];
  return markup`<footer>${
    said.join(" · ")
  }. Times are those of the host's clock. It only looks: nothing here changes anything.</footer>`;
}
