/**
 * What a Telegram message says of a cluster that a second witness watches: a head, and a unit of lines for each thing that
 * is new. Pure.
 *
 * @module
 */

import { beyondText, clusterName, strangerText, waitingText } from "../text/witness_text.ts";
import type { Block, Unit } from "./block.ts";
import type { Detail } from "./change_lines.ts";
import type { ClusterNews } from "./cluster_news.ts";
import { bold, counted, escapeHtml, name, prose } from "./html.ts";

/** Writes what is to be said of a cluster; `now` is the run's start, ISO 8601. */
export function clusterBlock(news: ClusterNews, now: string, detail: Detail): Block {
  const { strangers, beyond, waiting } = news;
  const texts = [
    ...strangers.map((one) => strangerText(one, now)),
    ...beyond.map((one) => beyondText(one, now)),
    ...waiting.map((one) => `waits for a restart: ${waitingText(one)}`),
  ];
  return {
    names: [clusterName(news.witness)],
    noun: "cluster",
    head: headLines(news, detail),
    unit: (index): Unit => ({
      kind: "witness",
      count: 1,
      lines: [`• ${escapeHtml(prose(texts[index]!, detail.prose))}`],
    }),
    total: texts.length,
    counts: { difference: 0, resolved: 0, witness: texts.length },
  };
}

function headLines(
  { witness, strangers, others, beyond, waiting, isSilent, isBack }: ClusterNews,
  detail: Detail,
): string[] {
  const title = bold(name(clusterName(witness), 64));
  const { error } = witness;
  const all = strangers.length + others;
  const said = [
    ...others > 0
      ? [
        `${counted(all, "guest", "guests")} in no state that is checked here${
          strangers.length > 0 ? `, ${strangers.length} of them new` : ""
        }`,
      ]
      : all > 0
      ? [counted(all, "new guest in no state", "new guests in no state")]
      : [],
    ...beyond.length > 0 ? [`${beyond.length} beyond what a plan can see`] : [],
    ...waiting.length > 0 ? [`${waiting.length} waiting for a restart`] : [],
  ];
  return [
    ...said.length > 0 ? [`🔎 ${title}: ${said.join(", ")}`] : [],
    ...isBack ? [`🟢 ${title}: answers again`] : [],
    ...isSilent && error
      ? [
        `⚠️ ${escapeHtml(prose([error.summary, error.detail].filter(Boolean).join(": "), detail.prose))}`,
        `What to do: ${escapeHtml(prose(error.cure, detail.prose))}`,
      ]
      : [],
  ];
}
