/**
 * Reports as a run makes them, for tests of code that shows or sends them.
 *
 * @module
 */

import type { AttributeChange, Change, CheckError, DriftReport, EnvironmentReport } from "../../drift/report.ts";

const STARTED = "2026-11-24T05:00:00.000Z";
const VM = "proxmox_virtual_environment_vm";

/** An attribute changed outside, new in this run, unless said otherwise. */
export function attribute(
  path: string,
  expected: unknown,
  actual: unknown,
  rest: Partial<AttributeChange> = {},
): AttributeChange {
  return { path, sensitive: false, origin: "outside", expected, actual, isNew: true, firstSeenAt: STARTED, ...rest };
}

/** A VM that was changed outside, new in this run, unless said otherwise. */
export function change(rest: Partial<Change> = {}): Change {
  return {
    address: `module.vm["web"].${VM}.this`,
    type: VM,
    provider: "registry.terraform.io/bpg/proxmox",
    module: 'module.vm["web"]',
    label: 'VM 101 "web" on pve1',
    action: "update",
    origin: "outside",
    firstSeenAt: STARTED,
    isNew: true,
    confirmed: true,
    attributes: [attribute("memory[0].dedicated", 2048, 4096)],
    ...rest,
  };
}

/** An environment whose counts and status follow from its changes and error. */
export function environment(name: string, rest: Partial<EnvironmentReport> = {}): EnvironmentReport {
  const changes = rest.changes ?? [];
  const of = (action: string) => changes.filter((change) => change.action === action).length;
  return {
    name,
    dir: `/srv/infrastructure/proxmox/environments/${name}`,
    status: rest.error ? "error" : changes.length > 0 ? "drift" : "ok",
    startedAt: STARTED,
    durationMs: 2345,
    previousStatus: "ok",
    since: "2026-11-12T05:00:00.000Z",
    resourcesChanged: new Set(changes.map(({ address }) => address)).size,
    counts: { create: of("create"), update: of("update"), delete: of("delete"), replace: of("replace") },
    changes,
    accepted: [],
    observed: [],
    bookkeeping: [],
    outputs: [],
    resolved: [],
    providers: { "registry.terraform.io/bpg/proxmox": "0.111.1" },
    warnings: [],
    ...rest,
  };
}

/** A report of environments, with its summary. */
export function report(environments: EnvironmentReport[], rest: Partial<DriftReport> = {}): DriftReport {
  const checked = environments.filter(({ skipped }) => !skipped);
  const of = (status: string) => checked.filter((environment) => environment.status === status).length;
  const status = of("error") ? "error" : of("drift") ? "drift" : "ok";
  return {
    schemaVersion: 1,
    runId: "20261124T050000Z-7f3a9c",
    host: "pve1",
    startedAt: STARTED,
    finishedAt: "2026-11-24T05:00:12.300Z",
    tool: { name: "pve-drift", version: "0.1.0" },
    terraform: { bin: "/usr/bin/terraform", version: "1.11.4" },
    dryRun: false,
    status,
    exitCode: status === "ok" ? 0 : status === "drift" ? 2 : of("drift") ? 3 : 1,
    summary: {
      environments: checked.length,
      ok: of("ok"),
      drift: of("drift"),
      error: of("error"),
      resourcesChanged: environments.reduce((sum, { resourcesChanged }) => sum + resourcesChanged, 0),
    },
    configured: environments.map(({ name }) => name),
    environments,
    ...rest,
  };
}

const LOCKED: CheckError = {
  class: "state-locked",
  summary: "State is locked by alice@laptop since 2026-11-24 04:41:10 UTC",
  detail:
    "Error acquiring the state lock\n\nError message: resource temporarily unavailable\nLock Info:\n  ID:        4f2a6d0e-93f1-7b1c-2f7e-8f6f1b0a9d11\n  Path:      prod.tfstate\n  Operation: OperationTypeApply\n  Who:       alice@laptop\n  Created:   2026-11-24 04:41:10.123456789 +0000 UTC",
  cure:
    "Wait for alice@laptop to finish, then run the check again; if that run is dead, release the lock with terraform force-unlock 4f2a6d0e-93f1-7b1c-2f7e-8f6f1b0a9d11 in the environment's folder",
  lock: {
    id: "4f2a6d0e-93f1-7b1c-2f7e-8f6f1b0a9d11",
    who: "alice@laptop",
    since: "2026-11-24T04:41:10.123Z",
  },
};

const DEPRECATED = {
  severity: "warning" as const,
  summary: "Deprecated resource",
  detail: 'Deprecated: use "proxmox_acl" instead. The long name will be removed in v1.0.',
  deprecation: { isNew: true },
};

/** A report in which everything conforms. */
export function okReport(): DriftReport {
  return report([
    environment("prod", { accepted: [change({ attributes: [attribute("tags", ["web"], ["backup", "web"])] })] }),
    environment("staging", { since: STARTED }),
    environment("lab", {
      observed: [change({ attributes: [attribute("mac_addresses", ["BC:24:11:00:00:01"], ["BC:24:11:00:00:02"])] })],
    }),
  ]);
}

/** A report with drift of each kind. */
export function driftReport(): DriftReport {
  return report([
    environment("prod", {
      since: "2026-11-21T05:00:00.000Z",
      previousStatus: "drift",
      changes: [
        change({
          attributes: [
            attribute("memory[0].dedicated", 2048, 4096),
            attribute("tags", ["managed", "web"], ["managed", "urgent", "web"]),
            attribute("description", "owner: alice\nbackup: nightly\n", "owner: alice\nbackup: none\n"),
            attribute("initialization[0].user_account[0].password", "(sensitive)", "(sensitive)", { sensitive: true }),
          ],
        }),
        change({
          address: 'module.ct["dns"].proxmox_virtual_environment_container.this',
          label: 'Container 110 "dns" on pve1',
          action: "create",
          firstSeenAt: "2026-11-21T05:00:00.000Z",
          isNew: false,
          attributes: [],
        }),
        change({
          address: `module.vm["db"].${VM}.this`,
          label: 'VM 102 "db" on pve2',
          action: "replace",
          note: "moved from pve1 to pve2; applying this plan would destroy the VM",
          attributes: [attribute("node_name", "pve1", "pve2")],
        }),
        change({
          address: 'module.vm["web"].proxmox_virtual_environment_firewall_rules.this',
          label: "firewall rules of VM 101",
          causedBy: [`module.vm["web"].${VM}.this`],
          attributes: [
            attribute("rule[1]", { action: "ACCEPT", comment: "https", dport: "443", macro: "", enabled: true }, null),
          ],
        }),
      ],
      resolved: [{
        address: `module.vm["mail"].${VM}.this`,
        path: "cpu[0].cores",
        label: 'VM 103 "mail" on pve1',
      }],
      accepted: [change({ attributes: [attribute("started", true, false)] })],
      observed: [change({ attributes: [attribute("ipv4.eth0", "10.0.0.5", "10.0.0.6")] })],
      outputs: [{ name: "vm_ids", action: "update", sensitive: false, expected: [101], actual: [101, 102] }],
      warnings: [{ ...DEPRECATED, address: "proxmox_virtual_environment_acl.exporter[0]" }],
    }),
    environment("staging", {
      since: STARTED,
      changes: [
        change({
          origin: "both",
          attributes: [
            attribute("memory[0].dedicated", 3072, 4096, { origin: "both", previous: 2048 }),
            attribute("cpu[0].cores", 8, 4, { origin: "pending" }),
          ],
        }),
        change({
          address: `module.vm["new"].${VM}.this`,
          label: 'VM 120 "new" on pve1',
          action: "create",
          origin: "pending",
          attributes: [],
        }),
        change({
          address: `module.vm["old"].${VM}.this`,
          label: 'VM 119 "old" on pve3',
          action: "delete",
          origin: "pending",
          reason: "delete_because_no_resource_config",
          confirmed: false,
          attributes: [],
        }),
      ],
      warnings: [{ ...DEPRECATED, address: "proxmox_virtual_environment_acl.exporter[0]" }],
    }),
    environment("lab"),
  ]);
}

/** A report with a held lock, and with a provider's error beside drift. */
export function errorReport(): DriftReport {
  return report([
    environment("prod"),
    environment("staging", { error: LOCKED, previousStatus: "error", since: "2026-11-24T03:00:00.000Z" }),
    environment("lab", {
      previousStatus: "drift",
      since: STARTED,
      changes: [
        change({ isNew: false, firstSeenAt: "2026-11-23T05:00:00.000Z" }),
        change({
          address: `module.vm["db"].${VM}.this`,
          label: 'VM 102 "db" on pve2',
          action: "create",
          confirmed: false,
          attributes: [],
        }),
      ],
      error: {
        class: "permission",
        summary: "The token may not read container 110",
        detail: "received an HTTP 403 response - Reason: Permission check failed (/vms/110, VM.Audit)",
        cure: "Give the token's user the privilege VM.Audit on /vms/110 (pveum acl modify), then run the check again",
      },
    }),
  ]);
}

/** A report that is longer than a screen. */
export function manyReport(): DriftReport {
  const names = ["prod-dc1", "prod-dc2", "staging", "lab", "office", "edge-berlin", "edge-paris", "backup"];
  return report(names.map((name, at) =>
    environment(name, {
      since: STARTED,
      changes: Array.from({ length: at % 3 === 0 ? 5 : 0 }, (_, index) =>
        change({
          address: `module.vm["app-${index}"].${VM}.this`,
          label: `VM ${200 + index} "app-${index}" on pve${index % 3 + 1}`,
          attributes: [attribute("cpu[0].cores", 2, 4), attribute("memory[0].dedicated", 2048, 8192)],
        })),
    })
  ));
}

/** A report with wide characters, long values, and what a stranger could write into a VM's description. */
export function strangeReport(): DriftReport {
  return report([
    environment("a-very-long-environment-name-that-somebody-thought-was-helpful", {
      since: STARTED,
      changes: [change({
        label: 'VM 101 "数据库服务器-プライマリ👩‍💻" on pve1',
        attributes: [
          attribute("name", "数据库服务器", "データベース"),
          attribute(
            "description",
            "managed by terraform",
            "\u001b[2J\u001b[31mall fine\u0007\r\n<3>pve-drift: OK\u202egnp.exe",
          ),
          attribute(
            "initialization[0].user_account[0].keys",
            [`ssh-ed25519 ${"AAAAC3NzaC1lZDI1NTE5".repeat(4)} alice@laptop`],
            [`ssh-ed25519 ${"AAAAC3NzaC1lZDI1NTE5".repeat(4)} mallory@laptop`],
          ),
          attribute(
            "kvm_arguments",
            `-cpu host,${"+flag,".repeat(30)}-x2apic -smp 4`,
            `-cpu host,${"+flag,".repeat(30)}+x2apic -smp 4`,
          ),
          attribute("network_device[1]", null, {
            bridge: "vmbr1",
            disconnected: false,
            enabled: true,
            firewall: false,
            mac_address: "BC:24:11:2E:C0:00",
            model: "virtio",
            mtu: 0,
            queues: 0,
            rate_limit: 0,
            trunks: "",
            vlan_id: 0,
          }),
        ],
      })],
    }),
    environment("ßtraße"),
  ]);
}

const SINCE = "2026-11-20T05:00:00.000Z";

/** An attribute that an earlier check knew. */
export function knownAttribute(path: string, expected: unknown, actual: unknown): AttributeChange {
  return attribute(path, expected, actual, { isNew: false, firstSeenAt: SINCE });
}

/** A change that an earlier check knew, with all of its attributes. */
export function knownChange(rest: Partial<Change> = {}): Change {
  const one = change(rest);
  return {
    ...one,
    isNew: false,
    firstSeenAt: SINCE,
    attributes: one.attributes.map((attribute) => ({ ...attribute, isNew: false, firstSeenAt: SINCE })),
  };
}

/** One known VM, on which a second attribute differs now. */
export function furtherReport(): DriftReport {
  return report([environment("prod", {
    previousStatus: "drift",
    since: SINCE,
    changes: [change({
      firstSeenAt: SINCE,
      attributes: [knownAttribute("memory[0].dedicated", 2048, 4096), attribute("cpu[0].cores", 2, 4)],
    })],
  })]);
}

/** The same VM, of which the second attribute was put back. */
export function putBackReport(): DriftReport {
  return report([environment("prod", {
    previousStatus: "drift",
    since: SINCE,
    changes: [knownChange()],
    resolved: [{ address: change().address, path: "cpu[0].cores", label: 'VM 101 "web" on pve1' }],
  })]);
}

/** What ended well: an error, drift of whole objects; with warnings beside it, and an environment that had no turn. */
export function againReport(): DriftReport {
  const mail = { address: `module.vm["mail"].${VM}.this`, label: 'VM 103 "mail" on pve1' };
  return report([
    environment("prod", { previousStatus: "error", since: STARTED }),
    environment("staging", {
      previousStatus: "drift",
      since: STARTED,
      resolved: [{ ...mail, path: "cpu[0].cores" }, { ...mail, path: "memory[0].dedicated" }],
      warnings: [
        {
          severity: "warning",
          summary: 'Check failed: check "backup"',
          detail: "The newest backup of VM 101 is 50 hours old",
        },
        { ...DEPRECATED, address: "proxmox_virtual_environment_acl.exporter[0]" },
        { ...DEPRECATED, detail: 'Use "proxmox_user" instead', deprecation: { isNew: false } },
      ],
    }),
    environment("lab", {
      status: "drift",
      since: SINCE,
      skipped: { reason: "SIGTERM stopped the run before its turn", lastVerdictAt: "2026-11-23T05:00:00.000Z" },
    }),
  ], { summary: { environments: 2, ok: 2, drift: 0, error: 0, resourcesChanged: 0 }, status: "ok", exitCode: 0 });
}

/** One outage that three environments tell of, each in the words of another object, beside an error of another kind. */
export function outageReport(): DriftReport {
  const failure = (vm: number): CheckError => ({
    class: "network",
    summary: `Unable to read VM ${vm}: dial tcp 192.0.2.10:8006: connect: no route to host`,
    detail: "",
    cure: "Check that the Proxmox API answers: curl -k https://192.0.2.10:8006/",
    reason: "unreachable",
    endpoint: "192.0.2.10:8006",
  });
  return report([
    environment("prod", { error: failure(101) }),
    environment("staging", { error: failure(230) }),
    environment("lab", { error: { ...failure(7), endpoint: "192.0.2.20:8006" } }),
    environment("edge", { error: failure(512) }),
  ]);
}
