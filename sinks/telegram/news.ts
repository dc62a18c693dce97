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
 * Everything else is silence, and a reminder where the environment is not `ok` and was last spoken of `remind` ago. An
 * environment that the run did not check is not spoken of. An error resolves nothing: what it could not see stays open.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Change, DriftReport, EnvironmentReport, Status } from "../../drift/report.ts";

/** What a chat has been told; it goes to disk, and holds no values. */
export interface Told {
  /** The run it was last told of: the same report is no news when it is delivered again. */
  runId: string;
  /** By name. */
  environments: Record<string, ToldEnvironment>;
}

/** What a chat has been told of one environment. */
export interface ToldEnvironment {
  /** The check's conclusion. */
  status: Status;
  /** The error's class. */
  class?: string;
  /** When the chat was last told, or reminded, of it; ISO 8601, UTC. */
  at: string;
  /** Differences that the chat knows to be there, by address. */
  open: Record<string, ToldChange>;
}

/** A difference that a chat knows. */
export interface ToldChange {
  /** Changes with the action, the origin, and the actual values. */
  mark: string;
  /** What a person calls it, to say later that it is gone. */
  name?: string;
  /** Attributes that differ, to tell later which are gone and which are accepted. */
  paths?: string[];
  /** It was told as not confirmed. */
  unconfirmed?: true;
}

/** What there is to say of an environment. */
export interface EnvironmentNews {
  /** As in the table above. */
  kind: "failed" | "failing" | "found" | "drifted" | "recovered" | "closed" | "reminder";
  /** What the check says now. */
  environment: EnvironmentReport;
  /** Changes that the chat does not know, or not like this. */
  fresh: FreshChange[];
  /** How many changes it knows, that are as they were. */
  known: number;
  /** What it was told before, where that is an error. */
  before?: { class: string };
  /** What is gone; empty in an error. */
  resolved: ResolvedFinding[];
  /** How many differences it knows that an error kept from being looked at. */
  unchecked: number;
}

/** A change that is news, and why. */
export interface FreshChange {
  /** As it stands in the report. */
  change: Change;
  /** `changed`: known, with other values; `confirmed`: told as not confirmed; `untold`: seen before, but not told here. */
  why: "new" | "changed" | "confirmed" | "untold";
}

/** A difference that is gone. */
export interface ResolvedFinding {
  /** Resource address. */
  address: string;
  /** Absent where the whole object is in order. */
  path?: string;
  /** What a person calls it, as the chat was told. */
  name?: string;
  /** It is still there: a rule of the configuration has set it aside. */
  accepted: boolean;
}

/** News for a chat, and what it has been told with them. */
export interface News {
  /** In the order of the report; not empty. */
  environments: EnvironmentNews[];
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
  if (environments.length === 0) return undefined;
  return { environments, told: nowTold(report, told, environments) };
}

function newsOf(
  environment: EnvironmentReport,
  told: Told | undefined,
  now: string,
  remindMs: number,
): EnvironmentNews | undefined {
  const { status, error, changes, previousStatus } = environment;
  const before = told && Object.hasOwn(told.environments, environment.name)
    ? told.environments[environment.name]
    : undefined;
  const fresh = freshChanges(changes, before?.open ?? {});
  const resolved = status === "error" ? [] : resolvedFindings(environment, before?.open ?? {});
  const kind = (): EnvironmentNews["kind"] | undefined => {
    const failed = before?.status === "error";
    if (status === "error") {
      if (!failed || before.class !== error?.class) return "failed";
      return fresh.length > 0 ? "failing" : undefined;
    }
    if (failed) return "recovered";
    if (status === "drift") {
      if (before?.status !== "drift") return "found";
      return fresh.length > 0 || resolved.length > 0 ? "drifted" : undefined;
    }
    const wasOpen = told ? before?.status === "drift" : previousStatus === "drift" || previousStatus === "error";
    return wasOpen || resolved.length > 0 ? "closed" : undefined;
  };
  const spoken = kind() ?? (before && status !== "ok" && isDue(before.at, now, remindMs) ? "reminder" : undefined);
  if (!spoken) return undefined;
  const addresses = new Set(changes.map(({ address }) => address));
  return {
    kind: spoken,
    environment,
    fresh,
    known: changes.length - fresh.length,
    ...before?.status === "error" ? { before: { class: before.class ?? "unknown" } } : {},
    resolved,
    unchecked: status === "error" ? Object.keys(before?.open ?? {}).filter((one) => !addresses.has(one)).length : 0,
  };
}

/** A clock that was set back must not silence reminders: a time in the future counts as due. */
function isDue(at: string, now: string, remindMs: number): boolean {
  const elapsed = Date.parse(now) - Date.parse(at);
  return remindMs !== Infinity &&
    !(elapsed >= 0 && elapsed < remindMs - Math.min(remindMs * REMIND_SLACK, REMIND_SLACK_MOST_MS));
}

function freshChanges(changes: Change[], open: Record<string, ToldChange>): FreshChange[] {
  const marks = marksOf(changes);
  return changes.flatMap((change): FreshChange[] => {
    const known = Object.hasOwn(open, change.address) ? open[change.address] : undefined;
    if (!known) return [{ change, why: change.isNew ? "new" : "untold" }];
    if (change.isNew || known.mark !== marks.get(change.address)) return [{ change, why: "changed" }];
    return known.unconfirmed && change.confirmed ? [{ change, why: "confirmed" }] : [];
  });
}

function resolvedFindings(environment: EnvironmentReport, open: Record<string, ToldChange>): ResolvedFinding[] {
  const present = new Map(environment.changes.map((change) => [change.address, change]));
  const gone = new Map<string, Set<string>>();
  for (const [address, { paths }] of Object.entries(open)) if (!present.has(address)) gone.set(address, new Set(paths));
  const found: ResolvedFinding[] = [];
  const add = (address: string, path: string | undefined, accepted: boolean) => {
    const name = Object.hasOwn(open, address) ? open[address]!.name : undefined;
    found.push({ address, ...path === undefined ? {} : { path }, ...name === undefined ? {} : { name }, accepted });
  };
  for (const { address, path } of environment.resolved) {
    const change = present.get(address);
    if (!change) gone.set(address, (gone.get(address) ?? new Set()).add(path ?? ""));
    // Where something else is to be done with the object now, its list of attributes is another, and nothing is in order.
    else if (path !== undefined && change.action === "update") {
      add(address, path, isAccepted(environment, address, path));
    }
  }
  for (const [address, paths] of gone) {
    const accepted = [...paths].filter((path) => isAccepted(environment, address, path));
    for (const path of accepted) add(address, path, true);
    if (accepted.length === 0 || accepted.length < paths.size) add(address, undefined, false);
  }
  return found;
}

function isAccepted({ accepted }: EnvironmentReport, address: string, path: string): boolean {
  return accepted.some((one) => one.address === address && one.attributes.some((attribute) => attribute.path === path));
}

function nowTold(report: DriftReport, told: Told | undefined, news: EnvironmentNews[]): Told {
  const environments: Record<string, ToldEnvironment> = {};
  for (const [name, known] of Object.entries(told?.environments ?? {})) {
    const age = Date.parse(report.finishedAt) - Date.parse(known.at);
    if (report.configured.includes(name) || !(age > FORGET_MS)) environments[name] = known;
  }
  for (const { environment: { name, status, error, changes } } of news) {
    const before = status === "error" && Object.hasOwn(environments, name) ? environments[name]!.open : {};
    environments[name] = {
      status,
      ...error ? { class: error.class } : {},
      at: report.finishedAt,
      open: { ...before, ...openChanges(changes) },
    };
  }
  return { runId: report.runId, environments };
}

function openChanges(changes: Change[]): Record<string, ToldChange> {
  const marks = marksOf(changes);
  const open: Record<string, ToldChange> = {};
  for (const { address, label, confirmed, attributes } of changes) {
    const paths = attributes.map(({ path }) => path);
    open[address] = {
      mark: marks.get(address)!,
      ...paths.length > 0 ? { paths } : {},
      ...label === undefined ? {} : { name: label },
      ...confirmed ? {} : { unconfirmed: true },
    };
  }
  return open;
}

/** What tells a change from one that was told: a hash, since a state file should hold no values. Objects left behind by a replacement share an address. */
function marksOf(changes: Change[]): Map<string, string> {
  const facts = new Map<string, unknown[]>();
  for (const { address, action, origin, attributes } of changes) {
    const values = attributes.map(({ path, actual }) => [path, actual]);
    facts.set(address, [...facts.get(address) ?? [], action, origin, ...values]);
  }
  const hash = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 16);
  return new Map(Array.from(facts, ([address, value]) => [address, hash(value)]));
}

/** Checks what was read from disk. */
export function isTold(value: unknown): value is Told {
  const isObject = (one: unknown): one is Record<string, unknown> =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  if (!isObject(value) || typeof value.runId !== "string" || !isObject(value.environments)) return false;
  return Object.values(value.environments).every((one) =>
    isObject(one) && ["ok", "drift", "error"].includes(one.status as string) && typeof one.at === "string" &&
    (one.class === undefined || typeof one.class === "string") && isObject(one.open) &&
    Object.values(one.open).every((change) =>
      isObject(change) && typeof change.mark === "string" &&
      (change.name === undefined || typeof change.name === "string") &&
      (change.paths === undefined ||
        (Array.isArray(change.paths) && change.paths.every((path) => typeof path === "string"))) &&
      (change.unconfirmed === undefined || change.unconfirmed === true)
    )
  );
}
