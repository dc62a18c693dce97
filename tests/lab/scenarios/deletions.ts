/**
 * Deletions, and what looks like one and is none; what a node, a token or a list can do.
 *
 * @module
 */

import type { Lab } from "../lab.ts";
import {
  ct,
  edit,
  type ExpectedChange,
  firewall,
  outside,
  PROD_VALUES,
  putBack,
  rules,
  type Scenario,
  SCRATCH,
  vanished,
  vm,
} from "./scenario.ts";

const CREATE_ONE = { code: 2, says: "Plan: 1 to add, 0 to change, 0 to destroy." } as const;
const LOOK_FIRST = "looked at in Proxmox first: a plan cannot tell it from a deletion";
/** The code of lab. */
export const LAB = "environments/lab/main.tf";

/** False deletions, and true ones beside them. */
export const DELETIONS: Scenario[] = [
  {
    name: "VM migrated to another node",
    env: "prod",
    change: (lab) => lab.pve.migrate(101, "pve2"),
    expect: {
      status: "drift",
      changes: [{
        address: vm("web-1"),
        action: "replace",
        origin: "outside",
        attributes: { node_name: ["pve1", "pve2"] },
        note: /moved from pve1 to pve2; applying this plan would destroy the VM/,
      }],
    },
    plain: { code: 2, says: "must be replaced" },
    mend: (lab) => lab.pve.migrate(101, "pve1"),
    mending: "migrate it back, or change node_name in the code; do not apply: it would destroy the VM",
    tofu: true,
  },
  {
    name: "VM migrated to another node, where the code says migrate = true",
    env: "lab",
    change: (lab) => lab.pve.migrate(301, "pve2"),
    expect: {
      status: "drift",
      changes: [outside(vm("sandbox-1"), { node_name: ["pve1", "pve2"] }, {
        note: /moved from pve1 to pve2; applying this plan would move it to pve1/,
      })],
    },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." },
    mending: "apply: it migrates the VM back",
  },
  {
    name: "Container migrated, which a pool still lists",
    env: "prod",
    change: (lab) => lab.pve.migrate(201, "pve2"),
    expect: {
      status: "error",
      class: "suspect",
      says: /pool prod still lists guest 201 on node pve2/,
      changes: [vanished(ct("dns-1"), undefined, false)],
    },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.migrate(201, "pve1"),
    mending: "migrate it back, or change node_name in the code and the state",
    tofu: true,
  },
  {
    name: "Container migrated, which nothing else tells of",
    env: "lab",
    change: (lab) => lab.pve.migrate(311, "pve2"),
    expect: { status: "drift", changes: [vanished(SCRATCH)] },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.migrate(311, "pve1"),
    mending: LOOK_FIRST,
  },
  {
    name: "VM hidden from the token, which nothing else tells of",
    env: "lab",
    change: (lab) => lab.pve.hide(301),
    expect: { status: "drift", changes: [vanished(vm("sandbox-1"))] },
    plain: CREATE_ONE,
    mend: unhide([301]),
    mending: LOOK_FIRST,
  },
  {
    name: "VM hidden from the token, with firewall options in the code",
    env: "prod",
    change: (lab) => lab.pve.hide(101),
    expect: {
      status: "error",
      class: "permission",
      says: /403.*\/vms\/101, VM\.Audit/,
      changes: [vanished(vm("web-1"), undefined, false)],
    },
    plain: { code: 1, says: "Permission check failed (/vms/101, VM.Audit)" },
    mend: unhide([101]),
    mending: "give the token VM.Audit on the VM",
    tofu: true,
  },
  {
    name: "Most VMs hidden from the token",
    env: "lab",
    change: async (lab) => {
      await lab.pve.hide(301);
      await lab.pve.hide(302);
    },
    expect: {
      status: "error",
      class: "suspect",
      says: /2 of 3 proxmox_virtual_environment_vm vanished at once/,
      changes: [vanished(vm("sandbox-1"), undefined, false), vanished(vm("sandbox-2"), undefined, false)],
    },
    plain: { code: 2, says: "Plan: 2 to add, 0 to change, 0 to destroy." },
    mend: unhide([301, 302]),
    mending: "give the token VM.Audit on the VMs",
  },
  {
    name: "Most VMs really deleted",
    env: "lab",
    change: async (lab) => {
      await lab.pve.destroy(301);
      await lab.pve.destroy(302);
    },
    expect: {
      status: "error",
      class: "suspect",
      says: /2 of 3 proxmox_virtual_environment_vm vanished at once/,
      changes: [vanished(vm("sandbox-1"), undefined, false), vanished(vm("sandbox-2"), undefined, false)],
    },
    plain: { code: 2, says: "Plan: 2 to add, 0 to change, 0 to destroy." },
    mend: async (lab) => await lab.apply(["lab"]),
    mending: "apply: it creates them again; or remove them from code and state",
  },
  {
    name: "All VMs hidden from the token",
    env: "lab",
    change: async (lab) => {
      for (const id of [301, 302, 303]) await lab.pve.hide(id);
    },
    expect: {
      status: "error",
      class: "suspect",
      says: /3 of 3 proxmox_virtual_environment_vm vanished at once/,
      changes: ["sandbox-1", "sandbox-2", "sandbox-3"].map((name) => vanished(vm(name), undefined, false)),
    },
    plain: { code: 2, says: "Plan: 3 to add, 0 to change, 0 to destroy." },
    mend: unhide([301, 302, 303]),
    mending: "give the token VM.Audit on the VMs",
  },
  {
    name: "Half of the VMs really deleted",
    env: "lab",
    change: async (lab) => {
      await edit(lab, LAB, "sandbox-3 =", "sandbox-4 = { id = 304, memory = 1024 }\n    sandbox-3 =");
      await lab.apply(["lab"]);
      await lab.pve.destroy(301);
      await lab.pve.destroy(302);
    },
    expect: { status: "drift", changes: [vanished(vm("sandbox-1")), vanished(vm("sandbox-2"))] },
    plain: { code: 2, says: "Plan: 2 to add, 0 to change, 0 to destroy." },
    mending: "apply: they are created again, empty (or restore a backup under the same id)",
  },
  {
    name: "A VM in no pool, but with firewall rules, is missing in the cluster's list",
    env: "lab",
    change: async (lab) => {
      await firewalled(lab);
      await listWithout(lab, 303);
    },
    expect: {
      status: "error",
      class: "suspect",
      says: /firewall rule\(s\) are still there/,
      changes: [vanished(vm("sandbox-3"), undefined, false)],
    },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.heal(),
    mending: "run the check again",
  },
  {
    name: "A VM in no pool, but with firewall rules, really deleted",
    env: "lab",
    change: async (lab) => {
      await firewalled(lab);
      await lab.pve.destroy(303);
    },
    expect: {
      status: "drift",
      changes: [
        vanished(vm("sandbox-3")),
        outside(rules("sandbox-3"), { "rule[0]": [{ dport: "22", comment: "ssh" }, null] }, { note: /1 rule missing/ }),
      ],
    },
    plain: { code: 2, says: "Plan: 1 to add, 1 to change, 0 to destroy." },
    mending: "apply: it is created again, empty (or restore a backup under the same id)",
  },
  {
    name: "VM deleted, and its code changed as well",
    env: "prod",
    change: async (lab) => {
      await lab.pve.destroy(102);
      await edit(lab, PROD_VALUES, /(web-2 = \{[^}]*memory +=) 2048/, "$1 3072");
    },
    expect: {
      status: "drift",
      changes: [{ ...vanished(vm("web-2")), origin: "both" }, gone("web-2")],
    },
    plain: { code: 2, says: "Plan: 1 to add, 1 to change, 0 to destroy." },
    mend: async (lab) => await lab.apply(["prod"]),
    mending: "apply: it is created again, empty, as the code now says",
  },
  {
    name: "VM deleted by hand, and taken out of the code with its firewall",
    env: "prod",
    change: async (lab) => {
      await lab.pve.destroy(102);
      await edit(lab, PROD_VALUES, /\n {2}web-2 = \{[^}]*\{[^}]*\}[^}]*\{[^}]*\}[^}]*\}/, "");
    },
    expect: {
      status: "drift",
      changes: [rules("web-2"), firewall("web-2")].map((address) => (
        { address, action: "delete", origin: "pending", attributes: {} }
      )),
    },
    plain: { code: 2, says: "Plan: 0 to add, 0 to change, 2 to destroy." },
    mend: async (lab) => await lab.apply(["prod"]),
    mending: "apply",
  },
  {
    name: "One VM really deleted",
    env: "lab",
    change: (lab) => lab.pve.destroy(302),
    expect: { status: "drift", changes: [vanished(vm("sandbox-2"))] },
    plain: CREATE_ONE,
    mending: "apply: it is created again, empty (or restore a backup under the same id)",
  },
  {
    name: "The cluster's list of guests comes back empty",
    env: "prod",
    change: (lab) => lab.pve.fault("GET /cluster/resources", { kind: "data", data: [] }),
    expect: {
      status: "error",
      class: "suspect",
      says: /pool prod still lists guest 101/,
      changes: ["web-1", "web-2", "db-1"].map((name) => vanished(vm(name), undefined, false)),
    },
    plain: { code: 2, says: "Plan: 3 to add, 0 to change, 0 to destroy." },
    mend: (lab) => lab.pve.heal(),
    mending: "repair the cluster",
  },
  {
    name: "The cluster's list of guests lacks one VM",
    env: "prod",
    change: (lab) => listWithout(lab, 103),
    expect: {
      status: "error",
      class: "suspect",
      says: /pool prod still lists guest 103/,
      changes: [vanished(vm("db-1"), undefined, false)],
    },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.heal(),
    mending: "run the check again",
  },
  {
    name: "The cluster's list names the old node of a VM that has just moved",
    env: "prod",
    change: (lab) => movedUnseen(lab, 103),
    expect: {
      status: "error",
      class: "suspect",
      says: /pool prod still lists guest 103 on node pve2/,
      changes: [vanished(vm("db-1"), undefined, false)],
    },
    plain: CREATE_ONE,
    mend: async (lab) => {
      await lab.pve.heal();
      await lab.pve.migrate(103, "pve1");
    },
    mending: "run the check again",
  },
  {
    name: "A VM's configuration cannot be read: No such file or directory",
    env: "prod",
    change: (lab) => unreadable(lab, "qemu/103"),
    expect: {
      status: "error",
      class: "suspect",
      says: /pool prod still lists guest 103/,
      changes: [vanished(vm("db-1"), undefined, false)],
    },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.heal(),
    mending: "repair the node",
  },
  {
    name: "A container's configuration cannot be read: No such file or directory",
    env: "prod",
    change: (lab) => unreadable(lab, "lxc/201"),
    expect: {
      status: "error",
      class: "suspect",
      says: /pool prod still lists guest 201/,
      changes: [vanished(ct("dns-1"), undefined, false)],
    },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.heal(),
    mending: "repair the node",
  },
  {
    name: "The cluster's list lacks a VM that nothing else tells of",
    env: "lab",
    change: (lab) => listWithout(lab, 302),
    expect: { status: "drift", changes: [vanished(vm("sandbox-2"))] },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.heal(),
    mending: LOOK_FIRST,
  },
  {
    name: "The cluster's list names the old node of a VM that nothing else tells of",
    env: "lab",
    change: (lab) => movedUnseen(lab, 302),
    expect: { status: "drift", changes: [vanished(vm("sandbox-2"))] },
    plain: CREATE_ONE,
    mend: async (lab) => {
      await lab.pve.heal();
      await lab.pve.migrate(302, "pve1");
    },
    mending: LOOK_FIRST,
  },
  {
    name: "No such file or directory, of a VM that nothing else tells of",
    env: "lab",
    change: (lab) => unreadable(lab, "qemu/302"),
    expect: { status: "drift", changes: [vanished(vm("sandbox-2"))] },
    plain: CREATE_ONE,
    mend: (lab) => lab.pve.heal(),
    mending: LOOK_FIRST,
  },
  {
    name: "Something answers in the pools' place: 404 pages",
    env: "prod",
    change: (lab) => lab.pve.fault("GET /pools", { kind: "html", status: 404, text: "<html>no such page</html>" }),
    expect: {
      status: "error",
      class: "provider-error",
      says: /error listing pools: the requested resource does not exist/,
      changes: [vanished("proxmox_virtual_environment_pool.prod", undefined, false)],
    },
    plain: { code: 1, says: "error listing pools: the requested resource does not exist" },
    mend: (lab) => lab.pve.heal(),
    mending: "correct the endpoint, or the proxy in front of it",
  },
  {
    name: "Something else answers in Proxmox's place: 404 pages",
    env: "monitoring",
    change: (lab) => lab.pve.fault("", { kind: "html", status: 404, text: "<html>no such page</html>" }),
    expect: {
      status: "error",
      class: "provider-error",
      says: /HTTP 404/,
      changes: [
        vanished("proxmox_virtual_environment_role.exporter", undefined, false),
        vanished("proxmox_virtual_environment_user.exporter", undefined, false),
        vanished("module.ct.proxmox_virtual_environment_container.this", undefined, false),
      ],
    },
    plain: { code: 1, says: "the requested resource does not exist" },
    mend: (lab) => lab.pve.heal(),
    mending: "correct the endpoint, or the proxy in front of it",
  },
  {
    name: "Token without Sys.Audit: the list of ACLs is filtered",
    env: "monitoring",
    change: (lab) => lab.pve.revoke("Sys.Audit"),
    expect: { status: "drift", changes: [vanished("proxmox_virtual_environment_acl.exporter")] },
    plain: CREATE_ONE,
    mend: putBack,
    mending: "give the token Sys.Audit on /access: a plan cannot tell this from a deletion",
  },
  {
    name: "Token without Pool.Audit: no VM seems to be in a pool",
    env: "prod",
    change: (lab) => lab.pve.revoke("Pool.Audit"),
    expect: {
      status: "error",
      class: "suspect",
      says: /3 guest\(s\) look taken out of their pool, but the pool still lists them/,
      changes: ["web-1", "web-2", "db-1"].map((name) =>
        outside(vm(name), { pool_id: ["prod", ""] }, { confirmed: false })
      ),
    },
    plain: { code: 2, says: "Plan: 0 to add, 3 to change, 0 to destroy." },
    mend: putBack,
    mending: "give the token Pool.Audit",
  },
  {
    name: "Token without VM.Config.Disk: volumes cannot be asked for",
    env: "lab",
    change: (lab) => lab.pve.revoke("VM.Config.Disk"),
    expect: { status: "error", class: "permission", says: /403.*VM\.Config\.Disk/ },
    plain: { code: 1, says: "VM.Config.Disk" },
    mend: putBack,
    mending: "give the token VM.Config.Disk: the role PVEAuditor is not enough",
  },
];

/** The firewall rules of a VM of prod that are gone with it. */
function gone(name: string): ExpectedChange {
  const rule = (dport: string, comment: string) => ({ dport, comment, action: "ACCEPT" });
  return outside(rules(name), {
    "rule[0]": [rule("22", "ssh"), null],
    "rule[1]": [rule("443", "https"), null],
  }, { note: /2 rules missing/ });
}

/** Gives sandbox-3, which is in no pool, a firewall rule. */
export async function firewalled(lab: Lab): Promise<void> {
  const allow = 'allow          = each.key == "sandbox-3" ? [{ comment = "ssh", port = "22" }] : []\n  ';
  await edit(lab, LAB, "migrate        = true", `${allow}migrate = true`);
  await lab.apply(["lab"]);
}

async function listWithout(lab: Lab, id: number): Promise<void> {
  const all = await lab.pve.api<{ vmid: number }[]>("GET", "/cluster/resources", { type: "vm" });
  await lab.pve.fault("GET /cluster/resources", { kind: "data", data: all.filter(({ vmid }) => vmid !== id) });
}

/** Moves a VM, of which the cluster's list does not know yet. */
async function movedUnseen(lab: Lab, id: number): Promise<void> {
  const data = await lab.pve.api("GET", "/cluster/resources", { type: "vm" });
  await lab.pve.migrate(id, "pve2");
  await lab.pve.fault("GET /cluster/resources", { kind: "data", data });
}

async function unreadable(lab: Lab, guest: string): Promise<void> {
  const message = "unable to open file - No such file or directory";
  await lab.pve.fault(`GET /nodes/pve1/${guest}/config`, { kind: "status", status: 500, message });
}

function unhide(ids: number[]) {
  return async (lab: Lab) => {
    for (const id of ids) {
      await lab.pve.api("PUT", "/access/acl", {
        path: `/vms/${id}`,
        tokens: "drift@pve!check",
        roles: "NoAccess",
        delete: 1,
      });
    }
  };
}
