/**
 * What a run and the metrics file of the run before say together of the clusters that a second witness watches. A cluster
 * that the run did not ask keeps its series, and one that is no longer configured loses them.
 *
 * @module
 */

import type { DriftReport, WitnessReport } from "../../drift/report.ts";
import { type Family, gauge, type Sample } from "./exposition.ts";

const MANAGED = "pve_drift_guests", WAITING = "pve_drift_guests_waiting";
const UP = "pve_drift_witness_up", SUCCESS = "pve_drift_witness_last_success_timestamp_seconds";

/** What each metric means. */
const HELP: Readonly<Record<string, string>> = {
  [MANAGED]: "Guests of a cluster, by whether a Terraform state knows them; absent while that is not known of all.",
  [WAITING]: "Managed guests with a change that needs a restart.",
  [UP]: "Whether the second witness answered in the last run.",
  [SUCCESS]: "Unix time when the second witness last answered.",
};

/** The metrics of clusters. `shard` are labels that keep the series of several shards apart. */
export function clusterMetrics(
  { proxmox = [], clusters = [] }: DriftReport,
  old: Family[],
  shard: Record<string, string>,
): Family[] {
  const asked = new Map(proxmox.map((one) => [one.cluster, one]));
  const names = [...new Set([...clusters, ...asked.keys()])].sort();
  return Object.entries(HELP).map(([name, help]) =>
    gauge(
      name,
      help,
      names.flatMap((cluster) => {
        const kept = keptSamples(old, name, cluster), report = asked.get(cluster);
        return report ? freshSamples(name, report, kept, { cluster, ...shard }) : kept;
      }),
    )
  );
}

function keptSamples(old: Family[], name: string, cluster: string): Sample[] {
  const samples = old.find((family) => family.name === name)?.samples ?? [];
  return samples.filter(({ labels, value }) => labels.cluster === cluster && Number.isFinite(value));
}

function freshSamples(
  name: string,
  { guests, looked, waiting, error, askedAt, isLook }: WitnessReport,
  kept: Sample[],
  labels: Record<string, string>,
): Sample[] {
  const one = (value: number): Sample[] => [{ labels, value }];
  if (isLook && (name === MANAGED || name === WAITING)) return kept;
  switch (name) {
    case MANAGED: {
      if (!guests) return [];
      const counts = { yes: guests.managed, no: guests.unmanaged, excluded: guests.excluded };
      return Object.entries(counts).map(([managed, value]) => ({ labels: { ...labels, managed }, value }));
    }
    case WAITING:
      return looked === undefined || error ? [] : one(waiting.length);
    case UP:
      return one(error ? 0 : 1);
    default:
      return error ? kept : one(Math.floor(Date.parse(askedAt) / 1000));
  }
}
