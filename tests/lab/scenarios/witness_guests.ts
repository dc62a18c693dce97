/**
 * Guests that a plan no longer finds, with a second witness: each row of its table, for VMs and containers.
 *
 * @module
 */

import { join } from "node:path";
import { type PlayedPve, startPve, TOKENS } from "../pve.ts";
import type { Lab } from "../lab.ts";
import { ct, outside, replaced, rulesGone, SCRATCH, vanished, vm } from "./scenario.ts";
import { ALICE, GONE, type WitnessScenario } from "./witness.ts";

const EYES = TOKENS.witness.split("=")[0]!;
/** The container of monitoring has the address that lab's has. */
const GRAFANA = SCRATCH;

/** Vanished guests. */
export const WITNESSED_GUESTS: WitnessScenario[] = [
  {
    name: "VM deleted by hand",
    env: "lab",
    change: (lab) => lab.pve.destroy(303, ALICE),
    expect: { status: "drift", changes: [vanished(vm("sandbox-3"), GONE)] },
    found: { [vm("sandbox-3")]: { found: "deleted" } },
    traces: {
      [vm("sandbox-3")]: [
        { user: ALICE, what: /destroyed/, source: "task" },
      ],
    },
    adds: "it is deleted, and by whom",
  },
  {
    name: "Container deleted by hand",
    env: "prod",
    change: (lab) => lab.pve.destroy(202, ALICE),
    expect: { status: "drift", changes: [vanished(ct("proxy-1"), GONE)] },
    found: { [ct("proxy-1")]: { found: "deleted" } },
    traces: {
      [ct("proxy-1")]: [
        { user: ALICE, what: /destroyed/, source: "task" },
      ],
    },
    adds: "it is deleted, and by whom",
  },
  {
    name: "Container moved to another node",
    env: "monitoring",
    change: (lab) => lab.pve.migrate(411, "pve1", ALICE),
    expect: { status: "drift", changes: [vanished(GRAFANA, /moved from pve2 to pve1/)] },
    found: { [GRAFANA]: { found: "moved", node: "pve1" } },
    traces: { [GRAFANA]: [{ user: ALICE, what: /migrated|moved/, source: "task" }] },
    adds: "it has moved: the provider asks the old node alone",
  },
  {
    name: "VM hidden from the provider's token",
    env: "lab",
    change: (lab) => lab.pve.hide(302),
    expect: {
      status: "error",
      class: "suspect",
      says: /1 guest\(s\) look deleted, but Proxmox itself lists them/,
      changes: [vanished(vm("sandbox-2"), /./, false)],
    },
    found: { [vm("sandbox-2")]: { found: "exists", node: "pve1" } },
    adds: "it is still there: no drift, but a token that sees too little",
  },
  {
    name: "VM hidden from the provider's token, and moved",
    env: "lab",
    change: async (lab) => {
      await lab.pve.hide(301);
      await lab.pve.migrate(301, "pve2");
    },
    expect: { status: "drift", changes: [vanished(vm("sandbox-1"), /moved from pve1 to pve2/)] },
    found: { [vm("sandbox-1")]: { found: "moved", node: "pve2" } },
    adds: "it has moved",
  },
  {
    name: "A node answers that a container does not exist, which does",
    env: "lab",
    change: (lab) =>
      lab.pve.fault(
        /\/lxc\/311\//,
        {
          kind: "status",
          status: 500,
          message: "Configuration file 'nodes/pve1/lxc/311.conf' does not exist",
        },
        undefined,
        "drift@pve",
      ),
    expect: {
      status: "error",
      class: "suspect",
      says: /1 guest\(s\) look deleted, but Proxmox itself lists them/,
      changes: [vanished(SCRATCH, /./, false)],
    },
    found: { [SCRATCH]: { found: "exists", node: "pve1" } },
    adds: "it is still there",
  },
  {
    name: "Most VMs really deleted at once",
    env: "lab",
    change: async (lab) => {
      await lab.pve.destroy(302);
      await lab.pve.destroy(303);
    },
    expect: { status: "drift", changes: [vanished(vm("sandbox-2"), GONE), vanished(vm("sandbox-3"), GONE)] },
    found: { [vm("sandbox-2")]: { found: "deleted" }, [vm("sandbox-3")]: { found: "deleted" } },
    adds: "they are deleted: it is no outage",
  },
  {
    name: "The id of a deleted VM taken by a container",
    env: "lab",
    change: async (lab) => {
      await lab.pve.destroy(302);
      await lab.pve.api("POST", "/nodes/pve2/lxc", {
        vmid: 302,
        hostname: "squatter",
        ostemplate: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
        rootfs: "local-lvm:4",
      });
    },
    expect: { status: "drift", changes: [vanished(vm("sandbox-2"), GONE)] },
    found: { [vm("sandbox-2")]: { found: "deleted" } },
    adds: "the VM is deleted; the container is another guest",
  },
  {
    name: "VM switched off by a backup in stop mode",
    env: "prod",
    change: async (lab) => {
      await lab.pve.power(102, "stop", ALICE);
      await lab.pve.lock(102, "backup");
    },
    expect: {
      status: "drift",
      changes: [
        outside(vm("web-2"), { started: [true, false] }, { confirmed: false, note: /locked the guest \(backup\)/ }),
      ],
    },
    adds: "a backup holds it: not confirmed, and told when a check finds no lock",
  },
  {
    name: "A VM made anew by hand under the same number and name",
    env: "lab",
    change: async (lab) => {
      await lab.pve.destroy(302);
      await lab.pve.api(
        "POST",
        "/nodes/pve1/qemu",
        { vmid: 302, name: "sandbox-2", net0: "virtio,bridge=vmbr0" },
        ALICE,
      );
    },
    expect: {
      status: "drift",
      changes: [outside(vm("sandbox-2"), { started: [true, false] }, { among: true })],
      warning: /VM 302 is another guest than at the last look/,
    },
    adds: "that it is another VM",
  },
  {
    name: "VM that HA manages moved, where that is expected",
    env: "prod",
    alone: true,
    config: () => ({ ha: "expected" }),
    before: async (lab) => {
      await lab.pve.api("POST", "/cluster/ha/resources", { sid: "vm:101", state: "started" });
    },
    change: (lab) => lab.pve.migrate(101, "pve2"),
    expect: {
      status: "drift",
      changes: [replaced(vm("web-1"), { node_name: ["pve1", "pve2"] }, { note: /moved from pve1 to pve2/ })],
    },
    untold: [/web-1/],
    adds: "that messages need not tell it; the verdict stays",
  },
  {
    name: "VM moved, while the list of the cluster lags behind",
    env: "lab",
    alone: true,
    change: async (lab) => {
      await lab.pve.lag(true);
      await lab.pve.migrate(301, "pve2");
    },
    expect: {
      status: "error",
      class: "suspect",
      says: /1 guest\(s\) look deleted, but Proxmox itself lists them/,
      changes: [vanished(vm("sandbox-1"), /./, false)],
    },
    found: { [vm("sandbox-1")]: { found: "exists", node: "pve1" } },
    adds: "the list names it where it was: nothing is called deleted",
  },
  {
    name: "A VM and a container deleted, of which the witness saw no more than their pool",
    env: "prod",
    alone: true,
    change: async (lab) => {
      await seesPoolAlone(lab);
      await lab.pve.destroy(102);
      await lab.pve.destroy(202);
    },
    expect: {
      status: "drift",
      changes: [vanished(vm("web-2"), /./), vanished(ct("proxy-1"), /./), rulesGone("web-2")],
      warning: /VM\.Audit/,
    },
    found: { [vm("web-2")]: { found: "hidden" }, [ct("proxy-1")]: { found: "hidden" } },
    adds: "hidden or deleted, it cannot tell: a warning names the grant",
  },
  {
    name: "A VM and a container deleted, and the cluster lost its quorum",
    env: "lab",
    alone: true,
    change: async (lab) => {
      await lab.pve.destroy(303);
      await lab.pve.destroy(311);
      await lab.pve.quorum(false);
    },
    expect: {
      status: "drift",
      changes: [vanished(vm("sandbox-3"), /./), vanished(SCRATCH, /./)],
      warning: /quorum|majority/,
    },
    found: { [vm("sandbox-3")]: { found: "unknown" }, [SCRATCH]: { found: "unknown" } },
    adds: "the list may be old: it cannot tell",
  },
  {
    name: "VM deleted, while the witness is of another cluster with guests of the same ids",
    env: "lab",
    alone: true,
    config: async (lab) => {
      const other = await otherCluster(lab);
      return { endpoint: other.url, ca: other.ca };
    },
    change: (lab) => lab.pve.destroy(303),
    expect: { status: "drift", changes: [vanished(vm("sandbox-3"), /./)], warning: /sandbox-1|301|another cluster/ },
    found: { [vm("sandbox-3")]: { found: "unknown" } },
    adds: "it is not the provider's cluster: it is not heard, with a warning",
  },
];

/** Leaves the witness's token no right but on the pool of prod. */
async function seesPoolAlone(lab: Lab): Promise<void> {
  for (const role of ["PVEAuditor", "DriftLog"]) {
    for (const [kind, who] of [["users", EYES.split("!")[0]!], ["tokens", EYES]] as const) {
      await lab.pve.api("PUT", "/access/acl", { path: "/", [kind]: who, roles: role, delete: 1 });
      if (role === "PVEAuditor") {
        await lab.pve.api("PUT", "/access/acl", { path: "/pool/prod", [kind]: who, roles: role });
      }
    }
  }
}

/** A second Proxmox, of which guests have the ids of lab's and other names. */
async function otherCluster(lab: Lab): Promise<PlayedPve> {
  const dir = join(lab.estate.dir, `other-${crypto.randomUUID()}`);
  await Deno.mkdir(dir);
  const other = lab.stack.use(await startPve(dir));
  for (const vmid of [301, 302]) {
    await other.api("POST", "/nodes/pve1/qemu", { vmid, name: `stranger-${vmid}` });
  }
  return other;
}
