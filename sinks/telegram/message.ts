/**
 * News as the text of one Telegram message, in its HTML. Pure.
 *
 * The text is built of whole lines and is never cut once it is HTML, so that no tag and no entity is broken. Where not
 * everything fits, first the details shrink, then lines are left out and counted. Every environment gets its head line
 * before any gets its changes, and the changes of all take turns: 500 changes of one push nobody else out.
 *
 * @module
 */

import type { DriftReport } from "../../drift/report.ts";
import { type Block, blockOf, groupFailures, type Unit } from "./block.ts";
import type { Detail } from "./change_lines.ts";
import { bold, counted, escapeHtml, italic, moment, name, plainText, prose } from "./html.ts";
import { clusterBlock } from "./cluster_block.ts";
import type { ClusterNews } from "./cluster_news.ts";
import type { FreshChange } from "./fresh.ts";
import type { EnvironmentNews, News } from "./news.ts";
import { upgradeBlocks } from "./upgrade_block.ts";

/** The most characters that Telegram takes in a message, tags and entities read. We count UTF-16 units, the strictest reading. */
export const TELEGRAM_LIMIT = 4096;
/** Beyond this many, Telegram drops formatting. */
const MOST_ENTITIES = 100;
/** Left free for what {@linkcode withPreface} says. */
const PREFACE_ROOM = 220;
/** The same in formatting. */
const ENTITIES_OF_PREFACE = 2;
/** Left free behind the lines of an environment for "… and N more". */
const TAIL_ROOM = 60;
/** Left free for the names of environments that have no room at all. */
const OTHERS_ROOM = 240;
/** From rich to poor; the first that everything fits in is taken. */
const DETAILS: Detail[] = [
  { attributes: 20, columns: 300, prose: 600, advice: true },
  { attributes: 20, columns: 300, prose: 600, advice: false },
  { attributes: 8, columns: 160, prose: 320, advice: false },
  { attributes: 4, columns: 100, prose: 200, advice: false },
  { attributes: 2, columns: 72, prose: 120, advice: false },
];
const SEVERITY: EnvironmentNews["kind"][] = [
  "failed",
  "failing",
  "found",
  "drifted",
  "recovered",
  "closed",
  "warned",
  "upgraded",
  "reminder",
];

/**
 * Writes the message.
 *
 * @param news What there is to say; not empty.
 * @param pageUrl Where a browser finds all of it.
 * @returns HTML, at most {@linkcode TELEGRAM_LIMIT} characters to a reader, some of them left for the preface.
 */
export function renderDigest(
  report: DriftReport,
  { environments: news, clusters }: Pick<News, "environments" | "clusters">,
  pageUrl?: string,
): string {
  const head = headOf(report, news, clusters);
  // A bare address: it is a link in a message without formatting, too.
  const foot = pageUrl === undefined ? [] : ["", `The whole picture: ${escapeHtml(pageUrl)}`];
  const room = TELEGRAM_LIMIT - PREFACE_ROOM - lengthOf(head) - lengthOf(foot);
  const own = news.filter(({ kind }) => kind !== "upgraded");
  const sorted = groupFailures(own.toSorted((a, b) => rank(a) - rank(b)));
  let lines: string[] = [];
  for (const detail of DETAILS) {
    const blocks = [
      ...sorted.map((group) => blockOf(group, detail)),
      ...upgradeBlocks(news, detail),
      ...clusters.map((one) => clusterBlock(one, report.startedAt, detail)),
    ];
    const fitted = fit(blocks, room);
    lines = fitted.lines;
    // Formatting is worth more than advice, which nobody could tap then.
    if (fitted.whole && (!detail.advice || entitiesIn([...head, ...lines, ...foot]) <= MOST_ENTITIES)) break;
  }
  return limitEntities([...head, ...lines, ...foot]).join("\n");
}

/** Puts before a message what its reader must know: that it comes late, and that others before it are missing. */
export function withPreface(html: string, { from, missing }: { from?: string; missing: number }): string {
  const lines: string[] = [];
  if (missing > 0) {
    const what = counted(missing, "older notice", "older notices");
    lines.push(`⚠️ ${what} dropped: too many were waiting, or their records were damaged`);
  }
  if (from !== undefined) lines.push(`⏳ ${italic(`Delayed: this is from ${moment(from)}`)}`);
  return [...lines, html].join("\n");
}

/** The message without any formatting, cut to what Telegram takes: for where it refuses the HTML. */
export function bareText(html: string): string {
  const text = plainText(html);
  return text.length <= TELEGRAM_LIMIT ? text : `${text.slice(0, TELEGRAM_LIMIT - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

function rank({ kind, environment: { status } }: EnvironmentNews): number {
  return SEVERITY.indexOf(kind === "recovered" && status === "drift" ? "drifted" : kind);
}

function headOf(report: DriftReport, news: EnvironmentNews[], clusters: ClusterNews[]): string[] {
  const { ok, drift, error } = report.summary;
  const all = new Set([...report.configured, ...report.environments.map(({ name }) => name)]).size;
  const checked = report.environments.filter(({ skipped }) => !skipped).length;
  const counts = [[ok, "ok"], [drift, "drift"], [error, "error"]].filter(([count]) => count !== 0);
  const said = [...headline(news), ...clusterHeadline(clusters)];
  return [
    ...report.test ? ["🧪 Test of this sink: nothing was checked, this is a recorded plan"] : [],
    `${iconOf(news, clusters, said)} ${
      bold(`pve-drift on ${name(report.host, 64)}: ${said.join(", ") || "still open"}`)
    }`,
    `${checked < all ? `${checked} of ${all}` : checked} ${all === 1 ? "environment" : "environments"} checked: ${
      counts.map((part) => part.join(" ")).join(", ")
    }`,
  ];
}

/** What happened, in a few words for the phone's lock screen. */
function headline(news: EnvironmentNews[]): string[] {
  const sum = (count: (one: EnvironmentNews) => number) => news.reduce((total, one) => total + count(one), 0);
  const changes = (...whys: FreshChange["why"][]) =>
    sum(({ fresh }) => fresh.filter(({ why }) => whys.includes(why)).length);
  const part = (count: number, one: string, many: string) => count > 0 ? [counted(count, one, many)] : [];
  return [
    ...part(sum(({ kind }) => Number(kind === "failed")), "check failed", "checks failed"),
    ...part(changes("new", "untold", "further"), "new difference", "new differences"),
    ...part(changes("changed"), "difference changed", "differences changed"),
    ...part(changes("confirmed"), "difference confirmed", "differences confirmed"),
    ...part(changes("awake"), "snooze over", "snoozes over"),
    ...part(sum(({ resolved }) => resolved.length), "resolved", "resolved"),
    ...part(
      sum((one) => Number(one.kind === "recovered" && one.environment.status === "ok")),
      "check works again",
      "checks work again",
    ),
    ...part(sum((one) => Number(isStillDrifting(one))), "environment still drifts", "environments still drift"),
    ...part(
      sum(({ kind, resolved }) => Number(kind === "closed" && resolved.length === 0)),
      "environment conforms again",
      "environments conform again",
    ),
    ...part(sum(({ warnings }) => warnings.length), "new warning", "new warnings"),
    ...part(
      sum(({ upgraded }) => upgraded.length),
      "difference explained by an upgrade",
      "differences explained by an upgrade",
    ),
  ];
}

function clusterHeadline(clusters: ClusterNews[]): string[] {
  const sum = (count: (one: ClusterNews) => number) => clusters.reduce((total, one) => total + count(one), 0);
  const part = (count: number, one: string, many: string) => count > 0 ? [counted(count, one, many)] : [];
  return [
    ...part(
      sum(({ strangers, others }) => others > 0 ? 0 : strangers.length),
      "new guest in no state",
      "new guests in no state",
    ),
    ...part(
      sum(({ strangers, others }) => others > 0 ? strangers.length + others : 0),
      "guest in no state",
      "guests in no state",
    ),
    ...part(sum(({ beyond }) => beyond.length), "finding beyond the plan", "findings beyond the plan"),
    ...part(sum(({ waiting }) => waiting.length), "guest waits for a restart", "guests wait for a restart"),
    ...part(sum(({ isSilent }) => Number(isSilent)), "cluster does not answer", "clusters do not answer"),
    ...part(sum(({ isBack }) => Number(isBack)), "cluster answers again", "clusters answer again"),
  ];
}

/** The check works again, and finds what was known before it failed. */
function isStillDrifting({ kind, known, environment: { status } }: EnvironmentNews): boolean {
  return kind === "recovered" && status === "drift" && known.length > 0;
}

function iconOf(news: EnvironmentNews[], clusters: ClusterNews[], said: string[]): string {
  if (news.some(({ kind }) => kind === "failed")) return "🔴";
  if (news.some((one) => one.fresh.length > 0 || isStillDrifting(one))) return "🟠";
  if (news.some(({ warnings }) => warnings.length > 0) || clusters.some(({ isSilent }) => isSilent)) return "⚠️";
  if (clusters.some(({ isSilent, isBack }) => !isSilent && !isBack)) return "🔎";
  if (news.length > 0 && news.every(({ kind }) => kind === "upgraded")) return "🔧";
  return said.length > 0 ? "🟢" : "⏰";
}

/** Lays out blocks in so many characters. `whole`: nothing had to be left out. */
function fit(blocks: Block[], room: number): { lines: string[]; whole: boolean } {
  const cost = ({ head, total }: Block) => 1 + lengthOf(head) + (total > 0 ? TAIL_ROOM : 0);
  const needed = blocks.reduce((sum, block) => sum + cost(block), 0);
  let left = room - (needed > room ? OTHERS_ROOM : 0);
  const shown: { block: Block; units: Unit[] }[] = [];
  for (const block of blocks) {
    if (needed > room && cost(block) > left) break;
    left -= cost(block);
    shown.push({ block, units: [] });
  }
  let turn = shown.filter(({ block }) => block.total > 0);
  while (turn.length > 0) {
    turn = turn.filter(({ block, units }) => {
      const next = block.unit(units.length);
      const rest = block.total - units.length - 1;
      const price = lengthOf(next.lines) - (rest === 0 ? TAIL_ROOM : 0);
      if (price > left) return false;
      left -= price;
      units.push(next);
      return rest > 0;
    });
  }
  const others = blocks.slice(shown.length);
  return {
    lines: [
      ...shown.flatMap((
        { block, units },
      ) => ["", ...block.head, ...units.flatMap(({ lines }) => lines), ...tailOf(block, units)]),
      ...others.length > 0 ? ["", othersLine(others)] : [],
    ],
    whole: others.length === 0 && shown.every(({ block, units }) => units.length === block.total),
  };
}

function tailOf(block: Block, units: Unit[]): string[] {
  const left = (kind: Unit["kind"]) =>
    units.reduce((rest, unit) => unit.kind === kind ? rest - unit.count : rest, block.counts[kind]);
  const [differences, resolved, witness] = [left("difference"), left("resolved"), left("witness")];
  const said = [
    ...differences > 0 ? [counted(differences, "more difference", "more differences")] : [],
    ...resolved > 0 ? [`${resolved} more resolved`] : [],
    ...witness > 0 ? [`${witness} more`] : [],
  ];
  return said.length > 0 ? [`… and ${said.join(", ")}`] : [];
}

function othersLine(blocks: Block[]): string {
  const names = blocks.flatMap(({ names }) => names);
  const [noun = "", ...others] = new Set(blocks.map((block) => block.noun));
  const word = others.length > 0 ? "part" : noun;
  return `… and ${counted(names.length, `more ${word}`, `more ${word}s`)}: ${
    escapeHtml(prose(names.join(", "), OTHERS_ROOM - TAIL_ROOM))
  }`;
}

/** What lines take of a message: what a reader sees, and the line ends. */
function lengthOf(lines: string[]): number {
  return lines.reduce((sum, line) => sum + plainText(line).length + 1, 0);
}

/** Formatting that Telegram would drop is left out from the first line on that has too much, so that lines look alike. */
function limitEntities(lines: string[]): string[] {
  let entities = ENTITIES_OF_PREFACE;
  return lines.map((line) => {
    entities += entitiesOf(line);
    return entities <= MOST_ENTITIES ? line : line.replace(/<[^>]*>/g, "");
  });
}

/** How much formatting a message has. */
function entitiesIn(lines: string[]): number {
  return lines.reduce((sum, line) => sum + entitiesOf(line), ENTITIES_OF_PREFACE);
}

function entitiesOf(line: string): number {
  return line.match(/<[a-z]/g)?.length ?? 0;
}
