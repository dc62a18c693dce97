/**
 * Thirty days of five environments and two clusters in the program's own metrics, to try the dashboard on.
 *
 * @module
 */

import type { Change, DriftReport, EnvironmentReport, WitnessReport } from "../../../drift/report.ts";
import type { Family } from "../../../sinks/prom/exposition.ts";
import { metricsOf } from "../../../sinks/prom/metrics.ts";
import type { SinkOutcome } from "../../../sinks/sink.ts";
import { change, environment, report } from "../../support/sample_reports.ts";

/** Seconds between two samples. */
export const STEP = 1800;
/** Days that the history covers. */
export const DAYS = 30;

const DAY = 86400;
const INSTANCE = { instance: "pve1:9100", job: "node" };

/** Changes as `[action, origin, how many]`. */
type Drift = [Change["action"], Change["origin"], number][];
/** From that day on (0 is the first): what a check of the environment finds; a text is an error's class. */
type Life = [day: number, finds: Drift | string | "nothing" | "is not checked"][];

/** Environment to life; where it ends is what the dashboard shows as of now. */
const LIVES: Record<string, Life> = {
  prod: [
    [0, []],
    [6, [["update", "outside", 2]]],
    [8, [["update", "outside", 2], ["delete", "outside", 1]]],
    [11, []],
    [19, "auth"],
    [20, []],
    [27, [["update", "outside", 3], ["update", "both", 1]]],
  ],
  staging: [
    [0, []],
    [3, [["create", "pending", 3], ["update", "pending", 2]]],
    [5, []],
    [16, [["replace", "pending", 1], ["update", "pending", 2]]],
    [18, []],
  ],
  lab: [
    [0, [["update", "outside", 1]]],
    [2, []],
    [22, [["update", "outside", 2], ["create", "outside", 1]]],
    [28, "network"],
  ],
  backup: [[0, []], [13, "timeout"], [14, []], [27, "is not checked"]],
  sandbox: [[0, "is not checked"]],
};

const CLUSTERS = ["main", "site2"];

/** Environments with a second witness, which somebody looks at since {@linkcode LOOKS_FROM}. */
const LOOKED_AT = ["prod", "staging"];
/** The day from which on there are looks. */
const LOOKS_FROM = 25;

function at(life: Life, day: number): Life[number][1] {
  return life.findLast(([from]) => from <= day)![1];
}

/** What a check of that day reports; nothing where there was none. */
function check(name: string, day: number, time: number): EnvironmentReport[] {
  const finds = at(LIVES[name]!, day);
  if (finds === "is not checked") return [];
  const rest = {
    startedAt: new Date(time * 1000).toISOString(),
    durationMs: 4000 + 2500 * (name.length % 4) + 900 * ((day * 7 + name.length) % 5) +
      (name === "prod" ? 250 * day : 0),
  };
  if (typeof finds === "string") {
    return [environment(name, {
      ...rest,
      durationMs: finds === "timeout" ? 60_000 : 2500,
      error: { class: finds, summary: "", detail: "", cure: "" } as NonNullable<EnvironmentReport["error"]>,
    })];
  }
  let number = 0;
  const changes = finds.flatMap(([action, origin, count]) =>
    Array.from(
      { length: count },
      () => change({ address: `proxmox_virtual_environment_vm.vm${++number}`, action, origin }),
    )
  );
  const accepted = name === "prod" ? [change()] : [];
  return [environment(name, { ...rest, changes, accepted, warnings: warnings(name) })];
}

/** Warnings of an environment's check. */
function warnings(name: string): EnvironmentReport["warnings"] {
  const summary = 'The accept rule for "tags" matches nothing';
  return name === "staging" ? [{ severity: "warning", summary, detail: "" }] : [];
}

/** What a second witness says: somebody makes guests by hand in one cluster, and the other one does not answer any more. */
function witnesses(day: number, time: number): WitnessReport[] {
  const askedAt = new Date(time * 1000).toISOString();
  const lists = { unmanaged: [], waiting: [], beyond: [] };
  const waiting = { id: 101, type: "qemu", options: [{ option: "cores", running: "2", written: "4" }] };
  const main = { managed: 40 + Math.floor(day / 10), unmanaged: day < 12 ? 0 : day < 21 ? 3 : 2, excluded: 4 };
  const site2 = { managed: 12, unmanaged: 0, excluded: 1 };
  const silent = { class: "network" as const, summary: "", detail: "", cure: "" };
  return [
    { cluster: "main", endpoint: "", askedAt, ...lists, looked: 40, guests: main, waiting: day < 26 ? [] : [waiting] },
    {
      cluster: "site2",
      endpoint: "",
      askedAt,
      ...lists,
      ...day < 29 ? { looked: 12, guests: site2 } : { error: silent },
    },
  ];
}

/** A look that leaves the environments which it may look at as they were. */
function look(time: number): DriftReport {
  const lookedAt = new Date(time * 1000).toISOString();
  const skipped = { reason: "nothing that was looked at has changed", lookedAt };
  return report(LOOKED_AT.map((name) => environment(name, { skipped })), {
    configured: Object.keys(LIVES),
    clusters: CLUSTERS,
    finishedAt: lookedAt,
  });
}

/** The results of the sinks: Telegram could not be reached this morning. */
function outcomes(day: number): SinkOutcome[] {
  return ["console", "logfile", "telegram"].map((sink) => ({
    sink,
    delivered: sink !== "telegram" || day !== DAYS - 1,
    durationMs: 1,
  }));
}

/** Series (as the text format writes them) of our metrics and of Prometheus' ALERTS, each with its samples in time. */
type Samples = Map<string, Map<string, [time: number, value: number][]>>;

/** The alerts that fire, by the rules of dashboards/prometheus. */
function alerts(families: Family[], time: number): Record<string, string>[] {
  const of = (name: string, env: string) =>
    families.find((family) => family.name === name)?.samples.find(({ labels }) => labels.env === env)?.value;
  return Object.keys(LIVES).flatMap((env) => {
    const status = of("pve_drift_status", env);
    const checked = of("pve_drift_last_check_timestamp", env) ?? 0;
    const firing = [
      status === 1 || (status === 2 && (of("pve_drift_resources_changed", env) ?? 0) > 0) ? "DriftDetected" : "",
      status === 2 ? "DriftCheckFailed" : "",
      checked > 0 && time - checked > 2 * DAY ? "DriftCheckStale" : "",
    ];
    return firing.filter(Boolean).map((alertname) => ({
      alertname,
      alertstate: "firing",
      env,
      severity: alertname === "DriftCheckFailed" ? "critical" : "warning",
    }));
  });
}

/**
 * The history up to `end` (Unix seconds) in OpenMetrics text, as `promtool tsdb create-blocks-from openmetrics` takes
 * it. The last check began 15 hours before.
 */
export function history(end: number): string {
  const samples: Samples = new Map();
  const add = (name: string, labels: Record<string, string>, time: number, value: number) => {
    const text = Object.entries({ ...labels, ...INSTANCE }).map(([label, value]) => `${label}="${value}"`).join();
    const series = samples.get(name) ?? samples.set(name, new Map()).get(name)!;
    (series.get(text) ?? series.set(text, []).get(text)!).push([time, value]);
  };
  let families: Family[] = [];
  for (let day = 0; day < DAYS; day++) {
    const begin = end - 15 * 3600 - (DAYS - 1 - day) * DAY;
    const checked = Object.keys(LIVES).flatMap((name) => check(name, day, begin));
    const told = report(checked, {
      configured: Object.keys(LIVES),
      clusters: CLUSTERS,
      proxmox: witnesses(day, begin),
      finishedAt: new Date(begin * 1000).toISOString(),
    });
    families = metricsOf(told, outcomes(day), "prom", families);
    for (let time = begin; time < begin + DAY && time <= end; time += STEP) {
      if (day >= LOOKS_FROM && time > begin) families = metricsOf(look(time), [], "prom", families);
      for (const { name, samples: now } of families) {
        for (const { labels, value } of now) add(name, labels, time, value);
      }
      for (const labels of alerts(families, time)) add("ALERTS", labels, time, 1);
    }
  }
  const lines: string[] = [];
  for (const [name, series] of samples) {
    lines.push(`# TYPE ${name} gauge`);
    for (const [labels, values] of series) {
      lines.push(...values.map(([time, value]) => `${name}{${labels}} ${value} ${time}`));
    }
  }
  return lines.join("\n") + "\n# EOF\n";
}
