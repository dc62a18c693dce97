/**
 * What a Telegram message says of the differences that upgrades of providers explain: one block for each upgrade, whichever
 * environments it shows in. Pure.
 *
 * @module
 */

import type { ProviderUpgrade } from "../../drift/report.ts";
import { groupEqual } from "../text/equal_changes.ts";
import { upgradeText } from "../text/history_text.ts";
import type { Block } from "./block.ts";
import { type Detail, nameOf, someNames } from "./change_lines.ts";
import type { FreshChange } from "./fresh.ts";
import { bold, code, escapeHtml, name, prose } from "./html.ts";
import type { EnvironmentNews } from "./news.ts";

/** A difference, and whose it is. */
interface Item {
  environment: string;
  fresh: FreshChange;
}

/** The blocks of all upgrades. */
export function upgradeBlocks(news: EnvironmentNews[], detail: Detail): Block[] {
  const items = news.flatMap(({ environment, upgraded }) =>
    upgraded.map((fresh): Item => ({ environment: environment.name, fresh }))
  );
  const upgrades = Map.groupBy(items, ({ fresh }) => upgradeText(upgradeOf(fresh)));
  return Array.from(upgrades, ([upgrade, some]) => blockOf(upgrade, some, detail));
}

/** The upgrade that a change came with: that of its new attributes, where others of it are older. */
function upgradeOf({ change: { sinceUpgrade, attributes }, attributes: news }: FreshChange): ProviderUpgrade {
  return sinceUpgrade ?? attributes.find(({ path }) => news.has(path))!.sinceUpgrade!;
}

function blockOf(upgrade: string, items: Item[], detail: Detail): Block {
  const groups = groupEqual(items, ({ fresh }) => fresh.change, ({ environment }) => environment);
  const [initial = "", ...rest] = upgrade;
  return {
    names: [...new Set(items.map(({ environment }) => environment))],
    noun: "environment",
    head: [`🔧 ${bold(initial.toUpperCase() + rest.join(""))}: nobody changed this`],
    unit: (index) => {
      const group = groups[index]!;
      return { kind: "difference", count: group.length, lines: linesOf(group, detail) };
    },
    total: groups.length,
    counts: { difference: items.length, resolved: 0, witness: 0 },
  };
}

function linesOf([first, ...more]: [Item, ...Item[]], detail: Detail): string[] {
  const { environment, fresh: { change } } = first;
  const what = more.length > 0 ? `${more.length + 1} × ${change.type}, all alike` : nameOf(change);
  const paths = change.attributes.slice(0, detail.attributes).map(({ path }) => code(name(path, detail.columns)));
  const left = change.attributes.length - paths.length;
  return [
    `• ${bold(name(`${environment}: ${what}`, detail.prose))}: ${
      [...paths, ...left > 0 ? [`${left} more`] : []].join(", ")
    }`,
    ...more.length > 0 ? [someNames([first, ...more].map(({ fresh }) => nameOf(fresh.change)), detail)] : [],
    ...change.note === undefined ? [] : [escapeHtml(prose(change.note, detail.prose))],
  ];
}
