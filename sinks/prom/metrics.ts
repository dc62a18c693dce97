/**
 * What a run and the metrics file of the run before say together. An environment that the run did not look at keeps its series,
 * one that is no longer configured loses them, and one in error keeps the numbers of its last verdict.
 *
 * @module
 */

import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { clusterMetrics } from "./cluster_metrics.ts";
import { type Family, gauge, type Sample } from "./exposition.ts";
import type { SinkOutcome } from "../sink.ts";

const ACTIONS = ["create", "update", "delete", "replace"] as const;
const ORIGINS = ["outside", "pending", "both"] as const;
const STATUS = { ok: 0, drift: 1, error: 2 } as const;

const SINK_FAILURES = "pve_drift_sink_failures";
const LAST_LOOK = "pve_drift_last_look_timestamp";

/** Looks that ended so long ago were switched off, in seconds: an alert about them has been seen by then. */
const LONGEST_WITHOUT_LOOK = 7 * 24 * 3600;

/** Metrics of one environment: what each means, its labels, and whether it is part of a verdict, which an error leaves as it was. */
const PER_ENVIRONMENT = [
  ["pve_drift_status", "Verdict on the environment: 0 conforms, 1 drift, 2 error.", ["env"], false],
  [
    "pve_drift_resources_changed",
    "Resource instances that differ; on an error those of the last verdict.",
    ["env"],
    true,
  ],
  [
    "pve_drift_last_check_timestamp",
    "Unix time of the last check, whatever came out; 0 where there was none.",
    ["env"],
    false,
  ],
  ["pve_drift_last_success_timestamp_seconds", "Unix time of the last check that reached a verdict.", ["env"], true],
  ["pve_drift_check_duration_seconds", "How long the last check took.", ["env"], false],
  ["pve_drift_resources", "Resource instances that differ, by what Terraform would do and who made the difference.", [
    "action",
    "env",
    "origin",
  ], true],
  ["pve_drift_accepted", "Attribute differences set aside by an accept rule.", ["env"], true],
  [
    LAST_LOOK,
    "Unix time of the last look that left the environment unplanned; absent without one.",
    ["env"],
    false,
  ],
  ["pve_drift_warnings", "Warnings of the last check, but for deprecations.", ["env"], false],
  ["pve_drift_check_error", "1 for the class of the last error; absent where there is none.", ["class", "env"], false],
] as const;

type Name = typeof PER_ENVIRONMENT[number][0];
/** The series of each metric for one environment. */
type Series = Partial<Record<Name, Sample[]>>;

/**
 * The metrics to write.
 *
 * @param outcomes How the sinks fared; `self` and its namesakes (`NAME#2`) are left out, since it cannot know its own.
 * @param old What the file says now.
 */
export function metricsOf(report: DriftReport, outcomes: SinkOutcome[], self: string, old: Family[]): Family[] {
  const checked = new Map(report.environments.filter(({ skipped }) => !skipped).map((one) => [one.name, one]));
  const looks = new Map(
    report.environments.flatMap(({ name, skipped }) => skipped?.lookedAt ? [[name, skipped.lookedAt]] : []),
  );
  // What is said of a run, not of an environment, must not collide where several shards write into one folder.
  const shard: Record<string, string> = report.shard ? { shard: String(report.shard.index) } : {};
  const names = [...new Set([...report.configured, ...checked.keys()])].sort();
  const series = names.map((name) => {
    const kept = keptSeries(old, name);
    const environment = checked.get(name);
    const { [LAST_LOOK]: _, ...rest } = environment ? freshSeries(environment, kept) : kept;
    return { ...rest, ...lastLook(name, looks.get(name), kept, Date.parse(report.finishedAt) / 1000) };
  });
  return [
    ...PER_ENVIRONMENT.map(([name, help]) => gauge(name, help, series.flatMap((of) => of[name] ?? []))),
    ...clusterMetrics(report, old, shard),
    gauge(
      SINK_FAILURES,
      "Sinks of that name that did not deliver in the last run.",
      report.environments.length > 0 && report.environments.every(({ skipped }) => skipped)
        ? old.find(({ name }) => name === SINK_FAILURES)?.samples ?? []
        : failures(outcomes, self).map(({ labels, value }) => ({ labels: { ...labels, ...shard }, value })),
    ),
    gauge("pve_drift_build_info", "Version of pve-drift that wrote this; always 1.", [
      { labels: { version: report.tool.version, ...shard }, value: 1 },
    ]),
    ...report.shard
      ? [
        gauge("pve_drift_shards", "How many shards there are, said by each.", [{
          labels: shard,
          value: report.shard.of,
        }]),
      ]
      : [],
  ];
}

/** What the file says of an environment; only that it was never checked where it says nothing that holds together. */
function keptSeries(old: Family[], env: string): Series {
  const kept: Series = {};
  for (const [name, , labels] of PER_ENVIRONMENT) {
    const samples = old.find((family) => family.name === name)?.samples ?? [];
    const own = samples.filter((sample) =>
      sample.labels.env === env && Number.isFinite(sample.value) &&
      Object.keys(sample.labels).sort().join() === labels.join()
    );
    if (own.length > 0) kept[name] = own;
  }
  return kept.pve_drift_last_check_timestamp && kept.pve_drift_status
    ? kept
    : { pve_drift_last_check_timestamp: [{ labels: { env }, value: 0 }] };
}

function lastLook(env: string, lookedAt: string | undefined, kept: Series, now: number): Series {
  const last = lookedAt === undefined
    ? kept[LAST_LOOK]
    : [{ labels: { env }, value: Math.floor(Date.parse(lookedAt) / 1000) }];
  return last && now - last[0]!.value < LONGEST_WITHOUT_LOOK ? { [LAST_LOOK]: last } : {};
}

function freshSeries(environment: EnvironmentReport, kept: Series): Series {
  const { name: env, status, error, durationMs, startedAt, accepted, resourcesChanged, warnings } = environment;
  const one = (value: number): Sample[] => [{ labels: { env }, value }];
  const checkedAt = one(Math.floor((Date.parse(startedAt) + durationMs) / 1000));
  const series: Series = {
    pve_drift_status: one(STATUS[status]),
    pve_drift_last_check_timestamp: checkedAt,
    pve_drift_check_duration_seconds: one(durationMs / 1000),
    pve_drift_warnings: one(warnings.filter(({ deprecation }) => !deprecation).length),
  };
  if (status === "error") {
    for (const [name, , , isVerdict] of PER_ENVIRONMENT) if (isVerdict && kept[name]) series[name] = kept[name];
    series.pve_drift_check_error = [{ labels: { env, class: error?.class ?? "unknown" }, value: 1 }];
    return series;
  }
  series.pve_drift_resources_changed = one(resourcesChanged);
  series.pve_drift_last_success_timestamp_seconds = checkedAt;
  series.pve_drift_resources = splitCounts(environment);
  series.pve_drift_accepted = one(accepted.reduce((sum, { attributes }) => sum + attributes.length, 0));
  return series;
}

/** Instances by action and origin, each counted once, so that the parts add up to the whole. */
function splitCounts({ name: env, changes }: EnvironmentReport): Sample[] {
  const instances = [...new Map(changes.toReversed().map((change) => [change.address, change])).values()];
  return ACTIONS.flatMap((action) =>
    ORIGINS.map((origin) => ({
      labels: { env, action, origin },
      value: instances.filter((change) => change.action === action && change.origin === origin).length,
    }))
  );
}

function failures(outcomes: SinkOutcome[], self: string): Sample[] {
  const counts = new Map<string, number>();
  for (const { sink, delivered } of outcomes) {
    if (sink.replace(/#\d+$/, "") !== self) counts.set(sink, (counts.get(sink) ?? 0) + Number(!delivered));
  }
  return [...counts].sort(([one], [other]) => one < other ? -1 : 1).map(([sink, value]) => ({
    labels: { sink },
    value,
  }));
}
