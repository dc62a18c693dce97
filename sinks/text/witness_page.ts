/**
 * What the second witness says of each cluster, on a page: how much of it is managed, what is new there, and what waits.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { detailLines } from "../../lib/detail_lines.ts";
import { visible } from "../../lib/visible.ts";
import type { DriftReport, WitnessReport } from "../../drift/report.ts";
import type { Page } from "./page.ts";
import { beyondText, clusterName, coverageText, strangerText, waitingText } from "./witness_text.ts";

/** So many are listed unless everything is wanted. */
const SHOWN = 10;

/** Writes what the witnesses of all clusters say; quiet, only what is new or wrong. */
export function putWitnesses(
  page: Page,
  { proxmox = [], startedAt }: Pick<DriftReport, "proxmox" | "startedAt">,
): void {
  for (const one of proxmox) putWitness(page, one, startedAt);
}

function putWitness(page: Page, witness: WitnessReport, now: string): void {
  const { error, unmanaged, beyond, waiting } = witness;
  const isQuiet = page.view.detail === "quiet";
  const strangers = news(page, unmanaged), others = news(page, beyond);
  if (isQuiet && !error && strangers.length + others.length === 0) return;
  page.gap();
  putHead(page, witness);
  putList(
    page,
    "In no state that is checked here:",
    strangers.map((one) => strangerText(one, now)),
    unmanaged.length,
    "warning",
  );
  putList(page, "Beyond what a plan can see:", others.map((one) => beyondText(one, now)), beyond.length, "warning");
  if (!isQuiet) {
    putList(page, "Waiting for a restart to take effect:", waiting.map(waitingText), waiting.length, "info");
  }
}

/** Everything where everything is wanted, else what the last run did not know. */
function news<T extends { isNew: boolean }>({ verbose }: Page, all: readonly T[]): readonly T[] {
  return verbose ? all : all.filter(({ isNew }) => isNew);
}

/** The cluster in one line, and why it could not be heard, or not to the end. */
function putHead(page: Page, witness: WitnessReport): void {
  const { error, guests, version, waiting } = witness;
  const why = error && visible([error.summary, ...detailLines(error.detail, error.summary)].join(": "));
  const said = [
    coverageText(witness),
    ...waiting.length > 0 ? [`${many(waiting.length, "guest")} waiting for a restart`] : [],
    ...page.verbose && version !== undefined ? [`version ${visible(version)} at ${visible(witness.endpoint)}`] : [],
  ];
  if (guests || !why) page.prose(`${clusterName(witness)}: ${said.join("; ")}`, 0, error ? "warning" : "info", "bold");
  if (!error) return;
  page.prose(why!, guests ? 2 : 0, "warning");
  page.prose(`What to do: ${visible(error.cure)}`, 2, "warning");
}

/** A list under its title; what is not listed, for it is known or there is too much of it, is counted. */
function putList(page: Page, title: string, texts: string[], total: number, level: "info" | "warning"): void {
  if (texts.length === 0) return;
  page.prose(title, 2, level);
  const shown = page.verbose ? texts : texts.slice(0, SHOWN);
  for (const text of shown) page.prose(visible(text), 4, level);
  if (shown.length < total) page.put(`    and ${total - shown.length} more (list with --verbose)`, level);
}
