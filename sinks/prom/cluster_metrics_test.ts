import { assertEquals } from "@std/assert";
import type { DriftReport, WitnessReport } from "../../drift/report.ts";
import { report } from "../../tests/support/sample_reports.ts";
import { clusterMetrics } from "./cluster_metrics.ts";
import { type Family, parse, render } from "./exposition.ts";

const ASKED = "2026-11-24T05:00:00.000Z", SECONDS = Date.parse(ASKED) / 1000;
const ERROR = { class: "network" as const, summary: "s", detail: "d", cure: "c" };
const WAITING = { id: 101, type: "qemu", options: [{ option: "cores", running: "2", written: "4" }] };

function witness(cluster: string, more: Partial<WitnessReport> = {}): WitnessReport {
  const lists = { unmanaged: [], waiting: [WAITING], beyond: [] };
  return { cluster, endpoint: "https://pve1:8006", askedAt: ASKED, looked: 3, ...lists, ...more };
}

function shown(proxmox: WitnessReport[], more: Partial<DriftReport> = {}, old: Family[] = [], shard = {}): string[] {
  const clusters = proxmox.map(({ cluster }) => cluster);
  return render(clusterMetrics({ ...report([]), clusters, proxmox, ...more }, old, shard)).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function old(proxmox: WitnessReport[]): Family[] {
  return parse(shown(proxmox).map((line) => `${line}\n`).join(""));
}

Deno.test("clusterMetrics() counts guests by who manages them, and those that wait for a restart", () => {
  assertEquals(shown([witness("main", { guests: { managed: 42, unmanaged: 2, excluded: 1 } })]), [
    'pve_drift_guests{cluster="main",managed="yes"} 42',
    'pve_drift_guests{cluster="main",managed="no"} 2',
    'pve_drift_guests{cluster="main",managed="excluded"} 1',
    'pve_drift_guests_waiting{cluster="main"} 1',
    'pve_drift_witness_up{cluster="main"} 1',
    `pve_drift_witness_last_success_timestamp_seconds{cluster="main"} ${SECONDS}`,
  ]);
});

Deno.test("clusterMetrics() has no number where it is not known", () => {
  const { looked: _, ...unlooked } = witness("main");
  assertEquals(shown([unlooked]), [
    'pve_drift_witness_up{cluster="main"} 1',
    `pve_drift_witness_last_success_timestamp_seconds{cluster="main"} ${SECONDS}`,
  ]);
  assertEquals(shown([witness("main", { error: ERROR })]), ['pve_drift_witness_up{cluster="main"} 0']);
});

Deno.test("clusterMetrics() keeps the time of the last answer of a cluster that is silent", () => {
  const before = old([witness("main", { guests: { managed: 1, unmanaged: 0, excluded: 0 } })]);
  assertEquals(shown([witness("main", { askedAt: "2026-11-25T05:00:00.000Z", error: ERROR })], {}, before), [
    'pve_drift_witness_up{cluster="main"} 0',
    `pve_drift_witness_last_success_timestamp_seconds{cluster="main"} ${SECONDS}`,
  ]);
});

Deno.test("clusterMetrics() keeps all of a cluster that was not asked, and nothing of one that is not configured", () => {
  const both = [witness("main", { guests: { managed: 1, unmanaged: 0, excluded: 0 } }), witness("site2")];
  const before = old(both);
  assertEquals(shown([both[0]!], { clusters: ["main", "site2"] }, before), shown(both));
  assertEquals(shown([], { clusters: ["main"] }, before), shown([both[0]!]));
  const { clusters: _, ...without } = report([]);
  assertEquals(clusterMetrics(without, before, {}).flatMap(({ samples }) => samples), []);
});

Deno.test("clusterMetrics() keeps the series of several shards apart", () => {
  assertEquals(
    shown([witness("main")], {}, [], { shard: "2" })[0],
    'pve_drift_guests_waiting{cluster="main",shard="2"} 1',
  );
});

Deno.test("clusterMetrics() keeps the numbers of guests where a run only looked, and says whether the cluster answered", () => {
  const before = old([witness("main", { guests: { managed: 1, unmanaged: 0, excluded: 0 } })]);
  const { looked: _, ...look } = witness("main", { askedAt: "2026-11-25T05:00:00.000Z", isLook: true, waiting: [] });
  assertEquals(shown([look], {}, before), [
    ...shown([], { clusters: ["main"] }, before).slice(0, -1),
    `pve_drift_witness_last_success_timestamp_seconds{cluster="main"} ${Date.parse(look.askedAt) / 1000}`,
  ]);
  assertEquals(shown([{ ...look, error: ERROR }], {}, before), [
    ...shown([], { clusters: ["main"] }, before).slice(0, -2),
    'pve_drift_witness_up{cluster="main"} 0',
    `pve_drift_witness_last_success_timestamp_seconds{cluster="main"} ${SECONDS}`,
  ]);
});
