/**
 * What the page shows though the run at hand does not say it: environments and clusters that only an earlier run checked,
 * what was known before a check failed, and each day's verdict. Pure.
 *
 * @module
 */

import type { DriftReport, EnvironmentReport, Status, WitnessReport } from "../../drift/report.ts";

/** All that is kept from run to run. */
export interface Kept {
  /** By name; with every configured environment, checked or not. */
  environments: Record<string, KeptEnvironment>;
  /** By name. */
  clusters: Record<string, KeptCluster>;
}

/** What is kept of an environment. */
export interface KeptEnvironment {
  /** What the last run that checked it reported; absent before the first. */
  last?: EnvironmentReport;
  /** What the last run that reached a verdict reported, where a later one failed. */
  verdict?: EnvironmentReport;
  /** The last run, where it passed over the environment. */
  passedOver?: { at: string; reason: string };
  /** By the host's own date, as `2026-11-24`. */
  days: Record<string, Day>;
}

/** The checks of one day. */
export interface Day {
  /** The gravest verdict of the day. */
  status: Status;
  /** How many checks there were. */
  checks: number;
  /** The most resources that differed in one of them. */
  resources: number;
}

/** What is kept of a cluster that a second witness is heard about. */
export interface KeptCluster {
  /** What the witness said last. */
  last: WitnessReport;
  /** What it said before it fell silent; absent where it speaks. */
  known?: WitnessReport;
}

/** Nothing is known yet. */
export const NOTHING_KEPT: Kept = { environments: {}, clusters: {} };

const GRAVITY: readonly Status[] = ["ok", "drift", "error"];
const DAY_MS = 86_400_000;

/**
 * What is kept once a report has come.
 *
 * @param dateOf The date of a moment (milliseconds since 1970), as the host's clock on the wall shows it.
 * @param days How many days are kept, today included.
 */
export function nowKept(before: Kept, report: DriftReport, dateOf: (ms: number) => string, days: number): Kept {
  const reported = new Map(report.environments.map((one) => [one.name, one]));
  const oldest = dayBefore(dateOf(Date.parse(report.startedAt)), days - 1);
  const isYoung = ({ days }: KeptEnvironment) => Object.keys(days).some((day) => day >= oldest);
  // A run of one shard does not know whether an environment of another one is still there.
  const others = report.shard
    ? Object.keys(before.environments).filter((name) => isYoung(before.environments[name]!))
    : [];
  const names = new Set([...report.configured, ...reported.keys(), ...others]);
  const clusters = report.shard ? Object.keys(before.clusters) : report.clusters ?? [];
  const heard = new Map((report.proxmox ?? []).map((one) => [one.cluster, one]));
  return {
    environments: Object.fromEntries(Array.from(names, (name) => {
      const known = own(before.environments, name) ?? { days: {} };
      const environment = reported.get(name);
      const kept = environment ? environmentNow(known, environment, dateOf) : known;
      const young = Object.entries(kept.days).filter(([day]) => day >= oldest);
      return [name, { ...kept, days: Object.fromEntries(young) }];
    })),
    clusters: Object.fromEntries([...new Set([...clusters, ...heard.keys()])].flatMap((name) => {
      const known = own(before.clusters, name);
      const witness = heard.get(name);
      const kept = witness ? clusterNow(known, witness) : known;
      return kept ? [[name, kept]] : [];
    })),
  };
}

/** The date that many days before another one; days of the calendar, whatever the clock does. */
export function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}

function environmentNow(
  before: KeptEnvironment,
  environment: EnvironmentReport,
  dateOf: (ms: number) => string,
): KeptEnvironment {
  const { skipped, status, startedAt, resourcesChanged } = environment;
  if (skipped) {
    const { reason, lookedAt: at = startedAt } = skipped;
    return { ...before, last: before.last ?? environment, passedOver: { at, reason } };
  }
  const day = dateOf(Date.parse(startedAt));
  const today = own(before.days, day);
  const earlier = before.last?.status === "error" || before.last?.skipped ? before.verdict : before.last;
  return {
    last: environment,
    ...status === "error" && earlier ? { verdict: earlier } : {},
    days: {
      ...before.days,
      [day]: {
        status: GRAVITY[Math.max(GRAVITY.indexOf(status), today ? GRAVITY.indexOf(today.status) : 0)]!,
        checks: (today?.checks ?? 0) + 1,
        resources: Math.max(resourcesChanged, today?.resources ?? 0),
      },
    },
  };
}

function clusterNow(before: KeptCluster | undefined, witness: WitnessReport): KeptCluster {
  const known = before?.last.error ? before.known : before?.last;
  return { last: witness, ...witness.error && known ? { known } : {} };
}

function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
