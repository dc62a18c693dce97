/**
 * The last days of an environment as a strip of bars: the graver the day, the higher its bar, so that it does not take a
 * color to read it. Pure.
 *
 * @module
 */

import { many } from "../../lib/many.ts";
import { STATUS } from "../text/environment_text.ts";
import { type Day, dayBefore, type KeptEnvironment } from "./kept.ts";
import { type Markup, markup } from "./markup.ts";
import type { Shown } from "./shown.ts";

/** Writes the strip; a reader who does not see it hears the counts. */
export function strip({ days }: KeptEnvironment, shown: Shown): Markup {
  const today = shown.local.date(Date.parse(shown.now));
  const row = Array.from({ length: shown.days }, (_, at) => {
    const date = dayBefore(today, shown.days - 1 - at);
    return { date, day: Object.hasOwn(days, date) ? days[date] : undefined };
  });
  const bars = row.map(({ date, day }) =>
    markup`<span class="${day?.status ?? "unchecked"}" title="${date}: ${dayText(day)}"></span>`
  );
  return markup`<div class="strip" role="img" aria-label="${countsText(row.map(({ day }) => day))}">${bars}</div>
<div class="axis" aria-hidden="true"><span>${many(shown.days, "day")}</span><span>today</span></div>`;
}

function dayText(day: Day | undefined): string {
  if (!day) return "no check";
  const { status, checks, resources } = day;
  return [STATUS[status].word, ...resources > 0 ? [many(resources, "resource")] : [], many(checks, "check")].join(", ");
}

function countsText(row: (Day | undefined)[]): string {
  const counts = Map.groupBy(row, (day) => day ? STATUS[day.status].word : "without a check");
  const said = Array.from(counts, ([word, days]) => `${days.length} ${word}`);
  return `The last ${many(row.length, "day")}: ${said.join(", ")}`;
}
