/**
 * The warnings of all environments on a page. What several environments warn of is told once; a deprecation takes one
 * line, and is told until a check has told it with these versions of the providers.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { visible } from "../../lib/visible.ts";
import type { Diagnostic, EnvironmentReport } from "../../drift/report.ts";
import { someNames } from "./change_text.ts";
import { detailLines } from "../../lib/detail_lines.ts";
import { putDetail } from "./environment_text.ts";
import type { Page } from "./page.ts";
import { cutSentence } from "./text.ts";

/** Warnings that are told: verbose all of them, else no deprecation that is known. */
export function toldWarnings(page: Page, { warnings }: EnvironmentReport): Diagnostic[] {
  return page.verbose ? warnings : warnings.filter(({ deprecation }) => deprecation?.isNew ?? true);
}

/** Writes the warnings. */
export function putWarnings(page: Page, environments: EnvironmentReport[]): void {
  const told = environments.flatMap((one) =>
    toldWarnings(page, one).map((warning) => ({ name: one.name, ...warning }))
  );
  if (told.length === 0) return;
  page.gap();
  page.put(page.paint("Warnings", "bold", "yellow"), "warning");
  for (const group of Map.groupBy(told, ({ summary, detail }) => JSON.stringify([summary, detail])).values()) {
    const { summary, detail, deprecation } = group[0]!;
    const names = [...new Set(group.map(({ name }) => visible(name)))].join(", ");
    const addresses = [...new Set(group.flatMap(({ address }) => address ?? []))];
    const more = detailLines(detail, summary);
    if (deprecation) {
      putDeprecation(page, `${names}: ${visible(summary)}`, more, addresses.length);
      continue;
    }
    page.prose(`${names}: ${visible(summary)}`, 2, "warning");
    if (addresses.length > 0) page.prose(`at ${someNames(page, addresses)}`, 4, "warning", "dim");
    putDetail(page, more, "warning");
  }
}

function putDeprecation(page: Page, heading: string, detail: string[], places: number): void {
  const where = places > 1 ? ` (${many(places, "place")})` : "";
  const text = `${heading}${where}${detail.length > 0 ? `: ${detail.join(" ")}` : ""}`;
  if (page.verbose) page.prose(text, 2, "warning");
  else page.put(`  ${cutSentence(text, page.columns - 2, page.measure)}`, "warning");
}
