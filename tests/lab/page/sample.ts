/**
 * A month of made-up runs, as the html sink's page shows them: for its picture and for tests in a browser.
 *
 * @module
 */

import { createHtml } from "../../../sinks/html.ts";
import type { DriftReport, EnvironmentReport } from "../../../drift/report.ts";
import { attribute, change, environment, knownChange, report } from "../../support/sample_reports.ts";
import { UTC } from "../../support/utc.ts";
import { beyond, stranger, trace, witness } from "../../support/witness_reports.ts";

const DAY_MS = 86_400_000;
/** Start of the last of the runs. */
export const LAST_RUN = "2026-11-24T05:00:00.000Z";

/** Writes the page into `file` as the last of thirty daily runs leaves it; `last` is what that one reported. */
export async function writeSamplePage(file: string, stateDir: string, last = lastReport()): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const edges = { local: UTC, now: () => Date.parse(LAST_RUN) };
  const sink = createHtml({ file }, { dryRun: false, stateDir, log }, edges);
  for (let ago = 29; ago >= 0; ago--) {
    await sink.settled!([], ago === 0 ? last : dailyReport(ago), new AbortController().signal);
  }
}

/** The report of the run that many days before the last one. */
function dailyReport(ago: number): DriftReport {
  const startedAt = new Date(Date.parse(LAST_RUN) - ago * DAY_MS).toISOString();
  const drift = { changes: [change()] };
  const failing = lastReport().environments.find(({ error }) => error)!;
  const environments = [
    environment("prod", ago < 3 || (ago > 10 && ago < 14) ? drift : {}),
    environment("staging", ago === 21 ? failing : {}),
    environment("lab", ago > 15 && ago < 24 ? drift : {}),
    ...ago < 19 ? [environment("office")] : [],
  ].filter((_, at) => ago !== 17 || at > 1);
  return report(environments.map((one) => ({ ...one, startedAt })), {
    startedAt,
    configured: ["prod", "staging", "lab", "office"],
    clusters: ["proxmox"],
  });
}

/** What the last run reported: one environment drifts, one could not be checked, two conform. */
export function lastReport(): DriftReport {
  return report([prod(), staging(), environment("lab", { since: "2026-11-08T05:00:00.000Z" }), environment("office")], {
    clusters: ["proxmox"],
    proxmox: [witness({
      guests: { managed: 41, unmanaged: 2, excluded: 3 },
      unmanaged: [
        stranger({ tags: ["temp"] }),
        stranger({ id: 240, type: "lxc", name: "test", isNew: false, firstSeenAt: "2026-11-20T05:00:00.000Z" }),
      ],
      beyond: [beyond()],
      waiting: [{
        id: 103,
        type: "qemu",
        name: "mail",
        options: [{ option: "memory", running: "2048", written: "4096" }],
      }],
    })],
  });
}

function prod(): EnvironmentReport {
  return environment("prod", {
    previousStatus: "drift",
    since: "2026-11-22T05:00:00.000Z",
    changes: [
      knownChange({
        address: 'module.vm["db"].proxmox_virtual_environment_vm.this',
        label: 'VM 102 "db" on pve2',
        traces: [trace({ at: "2026-11-21T16:20:00.000Z", user: "bob@pve", options: ["cores", "tags"] })],
        attributes: [
          attribute("cpu[0].cores", 2, 8),
          attribute("tags", ["db", "managed"], ["db", "managed", "urgent"]),
        ],
      }),
      change({
        traces: [trace()],
        attributes: [attribute("memory[0].dedicated", 2048, 4096)],
      }),
      change({
        address: 'module.ct["dns"].proxmox_virtual_environment_container.this',
        label: 'Container 110 "dns" on pve1',
        action: "create",
        witness: { found: "deleted" },
        traces: [trace({ source: "task", what: "destroyed", options: [], at: "2026-11-24T03:12:00.000Z" })],
        attributes: [],
      }),
    ],
    code: { commit: "4f2a6d0e93f17b1c2f7e8f6f1b0a9d1100c0ffee", branch: "main" },
    resolved: [{
      address: 'module.vm["mail"].proxmox_virtual_environment_vm.this',
      path: "cpu[0].cores",
      label: 'VM 103 "mail" on pve1',
    }],
  });
}

function staging(): EnvironmentReport {
  return environment("staging", {
    previousStatus: "ok",
    since: LAST_RUN,
    error: {
      class: "state-locked",
      summary: "State is locked by alice@laptop since 2026-11-24 04:41:10 UTC",
      detail:
        "Error acquiring the state lock\n\nLock Info:\n  Operation: OperationTypeApply\n  Who:       alice@laptop",
      cure: "Wait for alice@laptop to finish, then run the check again",
    },
  });
}
