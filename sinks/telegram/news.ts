/**
 * What is news to a chat: the report held against what the chat has been told. Pure.
 *
 * A chat is told at once of what is new, changed, resolved or newly failed, and never twice of the same. The report alone
 * cannot decide that: between two runs with this sink there may have been others without it, or one whose notice was
 * lost. So what the chat was told decides, and the report's own memory (`isNew`, `resolved`, `previousStatus`) adds what
 * has come and gone since.
 *
 * | the chat was told | the check says `ok` | `drift` | `error` |
 * |---|---|---|---|
 * | nothing at all | closed, where the last run was not `ok` | found | failed |
 * | `ok`, or nothing of this environment | closed, where the report resolves something | found | failed |
 * | `drift` | closed | drifted, where something is new, changed, confirmed or resolved | failed |
 * | `error` | recovered | recovered | failed, where the class is another; failing, where a change is new |
 *
 * Beside that, a new warning is told once (`warned`, where it is all there is to say), and what an upgrade of a provider
 * explains is told apart (`upgraded`, where that is all): a message of nothing else makes no sound. Everything else is
 * silence, and a reminder where the environment is not `ok` and was last spoken of `remind` ago. An environment that the run did not
 * check or skipped is not spoken of. An error resolves nothing: what it could not see stays open. What differs in a guest
 * that Proxmox has locked is told when a check finds no lock, and what is snoozed when the snooze is over.
 *
 * @module
 */

import type { Change, Diagnostic, DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { type ClusterNews, clustersNowTold, newsOfClusters } from "./cluster_news.ts";
import { type FreshChange, freshChanges, isOfUpgrade, noiseOfUpgrade } from "./fresh.ts";
import { type GoneFinding, goneFindings } from "./gone.ts";
import { nowTold, settlingIn, tellableWarnings, type Told, type ToldEnvironment, toldOf, warningMark } from "./told.ts";
import { viewFor } from "./view.ts";

/** What there is to say of an environment. */
export interface EnvironmentNews {
  /** As in the table above. */
  kind: "failed" | "failing" | "found" | "drifted" | "recovered" | "closed" | "warned" | "upgraded" | "reminder";
  /** What the check says now. */
  environment: EnvironmentReport;
  /** Addresses of what is there and is not told here. */
  withheld: ReadonlySet<string>;
  /** Changes that the chat does not know, or not like this. */
  fresh: FreshChange[];
  /** The same that came with an upgrade of a provider, which explains them; noise is among them. */
  upgraded: FreshChange[];
  /** Changes that it knows as they are. */
  known: Change[];
  /** What it was told before, where that is an error. */
  before?: { class: string };
  /** What is gone; empty in an error. */
  resolved: GoneFinding[];
  /** How many differences it knows that an error kept from being looked at. */
  unchecked: number;
  /** Warnings that it does not know; empty in an error. */
  warnings: Diagnostic[];
}

/** News for a chat, and what it has been told with them. */
export interface News {
  /** In the order of the report. */
  environments: EnvironmentNews[];
  /** In the order of the report; empty only where `environments` is not. */
  clusters: ClusterNews[];
  /** Nothing of it needs anybody: it is told without a sound. */
  isQuiet: boolean;
  /** What holds once the chat has been told. */
  told: Told;
}

/** By which part of `remind` a reminder may come early, so that a daily run that starts sooner than a week ago still brings it. */
const REMIND_SLACK = 1 / 24;
const REMIND_SLACK_MOST_MS = 3_600_000;
/** How long an environment that is configured no more is remembered: a run may have been given another configuration. */
const FORGET_MS = 90 * 86_400_000;

/**
 * Compares a report with what a chat has been told.
 *
 * @param remindMs After how many milliseconds a chat is reminded of what stays as it was; `Infinity`: never.
 * @returns Nothing where there is nothing to say.
 */
export function newsFor(report: DriftReport, told: Told | undefined, remindMs: number): News | undefined {
  if (told?.runId === report.runId) return undefined;
  const environments = report.environments.filter(({ skipped }) => !skipped).flatMap((environment) =>
    newsOf(environment, told, report.finishedAt, remindMs) ?? []
  );
  const clusters = newsOfClusters(report, told);
  if (environments.length + clusters.length === 0) return undefined;
  const after = remembered(report, told);
  for (const { environment, withheld } of environments) {
    after[environment.name] = nowTold(
      environment,
      toldOf(told, environment.name),
      withheld,
      report.finishedAt,
    );
  }
  const nowKnown = clustersNowTold(report, told);
  const isQuiet = clusters.length === 0 && environments.every(isOfUpgradesAlone);
  return { environments, clusters, isQuiet, told: { runId: report.runId, environments: after, ...nowKnown } };
}

function newsOf(
  reported: EnvironmentReport,
  told: Told | undefined,
  now: string,
  remindMs: number,
): EnvironmentNews | undefined {
  const before = toldOf(told, reported.name);
  const { environment, whole, open, withheld } = viewFor(reported, before?.open ?? {});
  const { status, changes } = environment;
  const news = freshChanges(changes, open, before?.at);
  const fresh = news.filter((one) => !isOfUpgrade(one));
  const upgraded = [
    // That one is confirmed now is no news where nobody is to do anything.
    ...news.filter((one) => isOfUpgrade(one) && one.why !== "confirmed"),
    ...noiseOfUpgrade(environment),
  ];
  const resolved = status === "error" ? [] : goneFindings(whole, open);
  const warnings = freshWarnings(environment, before);
  const isSettling = Object.keys(settlingIn(environment, open)).length > 0;
  const has = { hasFresh: fresh.length > 0, hasResolved: resolved.length > 0, isSettling };
  // Nothing is left of the drift but what waits for a lock to be gone.
  const isHeld = status === "drift" && changes.length === 0;
  const isReminded = before && status !== "ok" && !isHeld && isDue(before.at, now, remindMs);
  const kind = kindOf(environment, told, has) ?? kindBeside(warnings, upgraded) ??
    (isReminded ? "reminder" : undefined);
  if (!kind) return undefined;
  const newChanges = new Set(news.map(({ change }) => change));
  const addresses = new Set(changes.map(({ address }) => address));
  return {
    kind,
    environment,
    withheld,
    fresh,
    upgraded,
    known: changes.filter((change) => !newChanges.has(change)),
    ...before?.status === "error" ? { before: { class: before.class ?? "unknown" } } : {},
    resolved,
    unchecked: status === "error" ? Object.keys(open).filter((one) => !addresses.has(one)).length : 0,
    // The block of an upgrade says that there was one.
    warnings: kind === "upgraded" ? [] : warnings,
  };
}

/** What is said where the verdict is no news. */
function kindBeside(warnings: Diagnostic[], upgraded: FreshChange[]): EnvironmentNews["kind"] | undefined {
  if (upgraded.length > 0 && warnings.every(({ upgrade }) => upgrade)) return "upgraded";
  return warnings.length > 0 ? "warned" : undefined;
}

function isOfUpgradesAlone({ kind, warnings }: EnvironmentNews): boolean {
  return (kind === "upgraded" || kind === "warned") && warnings.every(({ upgrade }) => upgrade);
}

/** The table above: what is said because of the verdict. */
function kindOf(
  { name, status, error, previousStatus }: EnvironmentReport,
  told: Told | undefined,
  { hasFresh, hasResolved, isSettling }: { hasFresh: boolean; hasResolved: boolean; isSettling: boolean },
): EnvironmentNews["kind"] | undefined {
  const before = toldOf(told, name);
  const failedBefore = before?.status === "error";
  switch (status) {
    case "error":
      if (!failedBefore || before.class !== error?.class) return "failed";
      return hasFresh ? "failing" : undefined;
    case "drift":
      if (failedBefore) return "recovered";
      if (before?.status !== "drift" && hasFresh) return "found";
      return hasFresh || hasResolved ? "drifted" : undefined;
    case "ok": {
      if (failedBefore) return "recovered";
      const wasOpen = told ? before?.status === "drift" : previousStatus === "drift" || previousStatus === "error";
      return hasResolved || (wasOpen && !isSettling) ? "closed" : undefined;
    }
  }
}

/** A clock that was set back must not silence reminders: a time in the future counts as due. */
function isDue(at: string, now: string, remindMs: number): boolean {
  const elapsed = Date.parse(now) - Date.parse(at);
  return remindMs !== Infinity &&
    !(elapsed >= 0 && elapsed < remindMs - Math.min(remindMs * REMIND_SLACK, REMIND_SLACK_MOST_MS));
}

function freshWarnings({ status, warnings }: EnvironmentReport, before: ToldEnvironment | undefined): Diagnostic[] {
  if (status === "error") return [];
  const known = new Set(before?.warnings);
  const fresh = tellableWarnings(warnings).filter((warning) => !known.has(warningMark(warning)));
  return [...new Map(fresh.map((warning) => [warningMark(warning), warning])).values()];
}

/** What a chat keeps knowing of all environments, whatever this run says of them. */
function remembered(report: DriftReport, told: Told | undefined): Told["environments"] {
  const isKept = ([name, { at }]: [string, ToldEnvironment]) =>
    report.configured.includes(name) || !(Date.parse(report.finishedAt) - Date.parse(at) > FORGET_MS);
  return Object.fromEntries(Object.entries(told?.environments ?? {}).filter(isKept));
}
