/**
 * What the second witness says of a cluster, on the page. Where it is silent, what it said last stays and is marked. Pure.
 *
 * @module
 */

import { detailLines } from "../../lib/detail_lines.ts";
import { beyondText, clusterName, coverageText, strangerText, waitingText } from "../text/witness_text.ts";
import type { KeptCluster } from "./kept.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { badge, folded, list, moment, type Shown } from "./shown.ts";

/** So many are listed openly; the rest is folded. */
const OPEN = 20;

/** Writes a cluster's part. */
export function clusterPart({ last, known }: KeptCluster, shown: Shown): Markup {
  const { error } = last;
  const told = known ?? last;
  const { unmanaged, beyond, waiting, version } = told;
  const items = <T extends { isNew: boolean }>(all: readonly T[], text: (one: T) => string) =>
    all.toSorted((a, b) => Number(b.isNew) - Number(a.isNew))
      .map((one) => markup`${one.isNew && [badge("news", "new"), " "]}${text(one)}`);
  return markup`<section class="card env"><header><h3>${clusterName(last)}</h3>
<span class="muted">${last.endpoint}${version !== undefined && `, version ${version}`}, asked ${
    moment(last.askedAt, shown)
  }</span></header>${
    error &&
    markup`<div class="failure"><p>${[error.summary, ...detailLines(error.detail, error.summary)].join(": ")}</p>
<p><strong>What to do:</strong> ${error.cure}</p></div>`
  }${known && markup`<h4>Known from ${moment(known.askedAt, shown)}</h4>`}
${(told.guests || !error) && markup`<p>${coverageText(told)}</p>`}${[
    titled(
      "In no state that is checked here",
      items(unmanaged, (one) => strangerText({ ...one, isNew: false }, shown.now)),
    ),
    titled("Beyond what a plan can see", items(beyond, (one) => beyondText({ ...one, isNew: false }, shown.now))),
    titled("Waiting for a restart to take effect", waiting.map(waitingText)),
  ]}</section>`;
}

function titled(title: string, items: readonly Content[]): Content {
  if (items.length === 0) return undefined;
  return [markup`<h4>${title}</h4>`, list(items.slice(0, OPEN)), folded("More of them", items.slice(OPEN))];
}
