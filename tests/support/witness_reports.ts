/**
 * Reports in which a second witness speaks, for tests of code that shows or sends them.
 *
 * @module
 */

import type { BeyondPlan, DriftReport, Trace, UnmanagedGuest, WitnessReport } from "../../drift/report.ts";
import { attribute, change, environment, report } from "./sample_reports.ts";

const STARTED = "2026-11-24T05:00:00.000Z";
const CT = "proxmox_virtual_environment_container";

/** A record of the cluster log by alice this morning, unless said otherwise. */
export function trace(rest: Partial<Trace> = {}): Trace {
  return {
    at: "2026-11-24T04:42:11.000Z",
    user: "alice@pve",
    what: "changed",
    options: ["memory"],
    source: "log",
    byTerraform: false,
    ...rest,
  };
}

/** A guest that no state knows, new in this run, unless said otherwise. */
export function stranger(rest: Partial<UnmanagedGuest> = {}): UnmanagedGuest {
  return {
    id: 131,
    type: "qemu",
    name: "jump-temp",
    node: "pve2",
    status: "running",
    tags: [],
    template: false,
    firstSeenAt: STARTED,
    isNew: true,
    ...rest,
  };
}

/** Something beyond the plan, new in this run, unless said otherwise. */
export function beyond(rest: Partial<BeyondPlan> = {}): BeyondPlan {
  return {
    id: 102,
    type: "qemu",
    name: "db",
    what: "disk scsi2 (32G on local-lvm) was added outside Terraform",
    isNew: true,
    firstSeenAt: STARTED,
    ...rest,
  };
}

/** A witness of a cluster in which nothing is strange, unless said otherwise. */
export function witness(rest: Partial<WitnessReport> = {}): WitnessReport {
  return {
    cluster: "proxmox",
    endpoint: "https://pve1.example.org:8006",
    version: "9.2.11",
    askedAt: STARTED,
    guests: { managed: 41, unmanaged: rest.unmanaged?.length ?? 0, excluded: 3 },
    looked: 41,
    unmanaged: [],
    waiting: [],
    beyond: [],
    ...rest,
  };
}

/** Changes of which Proxmox recorded who asked for them, strangers, and what stands beyond the plan. */
export function witnessedReport(): DriftReport {
  const vm = change({
    label: 'VM 101 "web" on pve1',
    traces: [trace({ options: ["cores", "memory"] })],
    attributes: [attribute("cpu[0].cores", 2, 8), attribute("memory[0].dedicated", 2048, 4096)],
  });
  const deleted = change({
    address: `module.vm["mail"].${vm.type}.this`,
    label: 'VM 103 "mail" on pve1',
    action: "create",
    note: "Proxmox itself lists it no more",
    witness: { found: "deleted" },
    traces: [trace({ at: "2026-11-23T22:42:00.000Z", what: "destroyed", source: "task", options: [] })],
    attributes: [],
  });
  const several = change({
    address: `module.vm["db"].${vm.type}.this`,
    label: 'VM 102 "db" on pve2',
    traces: [
      trace({ options: ["description"] }),
      trace({ options: ["description"], at: "2026-11-24T04:55:00.000Z", user: "terraform@pve!ci", byTerraform: true }),
    ],
    attributes: [attribute("description", "owner: alice\nbackup: nightly\n", "owner: alice\nbackup: none\n")],
  });
  const container = change({
    address: `module.ct["dns"].${CT}.this`,
    type: CT,
    label: 'Container 110 "dns" on pve1',
    note: "Proxmox records no author for this kind of change",
    attributes: [attribute("cpu[0].cores", 1, 2)],
  });
  const unrecorded = change({
    address: `module.vm["mon"].${vm.type}.this`,
    label: 'VM 104 "mon" on pve3',
    traces: [],
    attributes: [attribute("on_boot", true, false)],
  });
  return report([environment("prod", { since: STARTED, changes: [vm, deleted, several, container, unrecorded] })], {
    clusters: ["proxmox"],
    proxmox: [witness({
      guests: { managed: 41, unmanaged: 3, excluded: 3 },
      unmanaged: [
        stranger(),
        stranger({ id: 214, type: "lxc", name: "test", node: "pve1", tags: ["ci", "temp"], pool: "build" }),
        stranger({
          id: 9000,
          name: "debian-13",
          template: true,
          firstSeenAt: "2026-11-20T05:00:00.000Z",
          isNew: false,
        }),
      ],
      waiting: [{
        id: 101,
        type: "qemu",
        name: "web",
        address: vm.address,
        options: [
          { option: "cipassword", running: "(sensitive)", written: "(sensitive)" },
          { option: "memory", running: "2048", written: "4096" },
          { option: "hotplug", running: null, written: "disk,network" },
        ],
      }],
      beyond: [
        beyond(),
        beyond({
          what: 'snapshot "before-upgrade" was taken on 2026-09-01',
          isNew: false,
          firstSeenAt: "2026-11-20T05:00:00.000Z",
        }),
      ],
    })],
  });
}

/** The first run with a witness, of a cluster with strangers; everything else is in order. */
export function firstWitnessReport(): DriftReport {
  const unmanaged = [104, 105, 131].map((id) => stranger({ id, name: `guest-${id}`, isNew: false }));
  return report([environment("prod")], { clusters: ["proxmox"], proxmox: [witness({ unmanaged })] });
}

/** The next run, in which one more stranger was found and the first ones are still there. */
export function laterWitnessReport(): DriftReport {
  const [first] = firstWitnessReport().proxmox!;
  const unmanaged = [...first!.unmanaged, stranger({ id: 300, name: "jump-temp", tags: ["tmp"] })];
  return report([environment("prod")], { clusters: ["proxmox"], proxmox: [witness({ unmanaged })] });
}

/** Two clusters: one that does not answer, and one of which not every environment was checked. */
export function silentWitnessReport(): DriftReport {
  const { guests: _, ...uncovered } = witness({ cluster: "site2", endpoint: "https://10.2.0.1:8006" });
  const { guests: __, version: ___, looked: ____, ...silent } = witness({
    cluster: "main",
    error: {
      class: "network",
      summary: 'Proxmox cluster "main" did not answer',
      detail: 'Cannot reach "https://pve1.example.org:8006": no route to host',
      cure: "Check that the address is right, that pveproxy runs there, and that a firewall lets this host in.",
    },
  });
  return report([environment("prod")], { clusters: ["main", "site2"], proxmox: [silent, uncovered] });
}
