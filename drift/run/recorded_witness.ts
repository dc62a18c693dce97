/**
 * What a second witness would say of a recorded plan, for samples: a report that shows what sinks can be given.
 *
 * @module
 */

import type { DriftReport, Trace, WitnessReport } from "../report.ts";

/** The report with a cluster's part, and with a record of who asked for its first change by hand. Nothing of it happened. */
export function witnessed(report: DriftReport): DriftReport {
  const { startedAt, environments } = report;
  const first = environments.flatMap(({ changes }) => changes).find(({ origin, action }) =>
    origin === "outside" && action === "update"
  );
  return {
    ...report,
    clusters: ["proxmox"],
    proxmox: [clusterAt(startedAt)],
    environments: environments.map((environment) => ({
      ...environment,
      changes: environment.changes.map((change) =>
        change === first ? { ...change, traces: [traceAt(startedAt)] } : change
      ),
    })),
  };
}

function traceAt(now: string): Trace {
  const at = new Date(Date.parse(now) - 18 * 60_000).toISOString();
  return { at, user: "alice@pve", what: "changed", options: ["memory"], source: "log", byTerraform: false };
}

function clusterAt(now: string): WitnessReport {
  return {
    cluster: "proxmox",
    endpoint: "https://pve1.example.org:8006",
    version: "9.2.11",
    askedAt: now,
    guests: { managed: 12, unmanaged: 1, excluded: 0 },
    looked: 12,
    unmanaged: [{
      id: 131,
      type: "qemu",
      name: "jump-temp",
      node: "pve2",
      status: "running",
      tags: ["temp"],
      template: false,
      firstSeenAt: now,
      isNew: true,
    }],
    waiting: [{ id: 102, type: "qemu", name: "db", options: [{ option: "memory", running: "2048", written: "4096" }] }],
    beyond: [{
      id: 103,
      type: "qemu",
      name: "mail",
      what: "disk scsi2 (32G on local-lvm) was added outside Terraform",
      isNew: true,
      firstSeenAt: now,
    }],
  };
}
