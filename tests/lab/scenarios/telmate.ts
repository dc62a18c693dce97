/**
 * What happens to guests whose code is for Telmate/proxmox. Each plan is held against what the real provider plans there.
 *
 * @module
 */

import { edit, type ExpectedChange, outside, putBack, type Scenario } from "./scenario.ts";
import { quietRuns, withVersion } from "./unchanged.ts";

const NOTHING_TO_DO = { mend: () => Promise.resolve(), mending: "nothing" } as const;
/** Two guests differ in every plan, by what is noise. */
const NOISE_ALONE = { code: 2, says: "Plan: 0 to add, 2 to change, 0 to destroy." } as const;
const ONE_MORE = { code: 2, says: "Plan: 0 to add, 3 to change, 0 to destroy." } as const;
const CREATE_ONE = { code: 2, says: "was deleted outside Terraform" } as const;
const BACK = { mend: putBack } as const;

/** Address of a VM of attic. */
export const qemu = (name: string) => `proxmox_vm_qemu.vm[${JSON.stringify(name)}]`;
/** Address of a container of attic. */
export const lxc = (name: string) => `proxmox_lxc.ct[${JSON.stringify(name)}]`;
const POOL = "proxmox_pool.attic";
const GUESTS = "environments/attic/main.tf", PROVIDER = "environments/attic/terraform.tf";

/** What differs in every plan: Proxmox writes tags in small letters, and ends a container's description with a newline. */
const NOISE = [`${lxc("irc-1")} description`, `${qemu("app-1")} tags`];

/** The scenarios of Telmate/proxmox. */
export const TELMATE: Scenario[] = [
  {
    name: "Telmate: three runs over an unchanged estate, with other addresses and an upgrade in between",
    env: "attic",
    change: async (lab) => {
      await withVersion(lab, "attic", "3.0.2-rc09", "3.0.2-rc07");
      await lab.apply(["attic"], "-refresh-only");
      await lab.check(["attic"]);
      await quietRuns(lab, "attic", 501);
      await withVersion(lab, "attic", "3.0.2-rc07", "3.0.2-rc09");
    },
    expect: {
      status: "ok",
      observed: [...NOISE, `${qemu("app-1")} default_ipv4_address`, `${qemu("app-1")} ssh_host`],
      warning: /Telmate\/proxmox went from 3\.0\.2-rc07 to 3\.0\.2-rc09/i,
    },
    plain: NOISE_ALONE,
    ...NOTHING_TO_DO,
  },
  {
    name: "Telmate: RAM added to a VM, which was restarted since",
    env: "attic",
    change: async (lab) => {
      await lab.pve.configure(503, { memory: 4096 });
      await lab.pve.power(503, "stop");
      await lab.pve.power(503, "start");
    },
    expect: { status: "drift", changes: [outside(qemu("batch-1"), { memory: [1024, 4096] })] },
    plain: ONE_MORE,
    mending: "apply: it takes the change back",
    tofu: true,
  },
  {
    name: "Telmate: RAM added to a VM, which waits for a restart",
    env: "attic",
    change: (lab) => lab.pve.configure(503, { memory: 4096 }),
    expect: {
      status: "drift",
      changes: [
        outside(qemu("batch-1"), {}, { note: /wait for a restart.*qm pending 503.*undo them and restart it/s }),
      ],
    },
    plain: ONE_MORE,
    ...BACK,
    mending: "apply: it takes the change back, and restarts the VM; the provider reads what runs, not what waits",
  },
  {
    name: "Telmate: VM stopped",
    env: "attic",
    change: (lab) => lab.pve.power(503, "stop"),
    expect: { status: "drift", changes: [outside(qemu("batch-1"), { vm_state: ["running", "stopped"] })] },
    plain: ONE_MORE,
    mending: "apply: it starts the VM",
  },
  {
    name: "Telmate: VM deleted",
    env: "attic",
    change: (lab) => lab.pve.destroy(503),
    expect: { status: "drift", changes: [gone(qemu("batch-1"))] },
    plain: CREATE_ONE,
    mending: "apply: it makes the VM anew, without its data; or remove it from the code",
    tofu: true,
  },
  {
    name: "Telmate: VM hidden from the token",
    env: "attic",
    change: (lab) => lab.pve.hide(503),
    expect: { status: "drift", changes: [gone(qemu("batch-1"))] },
    plain: CREATE_ONE,
    ...BACK,
    mending: "look in Proxmox first: a plan cannot tell it from a deletion, a second witness can",
  },
  {
    name: "Telmate: VM migrated to another node",
    env: "attic",
    change: (lab) => lab.pve.migrate(503, "pve2"),
    expect: {
      status: "drift",
      changes: [outside(qemu("batch-1"), { target_node: ["pve1", "pve2"] }, {
        note: /moved from pve1 to pve2; applying this plan would move it to pve1/,
      })],
    },
    plain: ONE_MORE,
    mending: "apply: it migrates the VM back; or change target_node in the code",
  },
  {
    name: "Telmate: tag added to a VM",
    env: "attic",
    change: (lab) => lab.pve.configure(502, { tags: "managed;store;urgent" }),
    expect: {
      status: "drift",
      changes: [outside(qemu("store-1"), { tags: ["managed;store", "managed;store;urgent"] })],
    },
    plain: ONE_MORE,
    mending: "apply: it takes the change back",
  },
  {
    name: "Telmate: disk of a VM grown",
    env: "attic",
    change: async (lab) => {
      await lab.pve.api("PUT", `${await lab.pve.guest(502)}/resize`, { disk: "scsi1", size: "+16G" });
    },
    expect: {
      status: "drift",
      changes: [outside(qemu("store-1"), { "disk[2].size": ["64G", "80G"] }, {
        note: /has grown to 80G: applying this plan would replace it by an empty one/,
      })],
    },
    plain: ONE_MORE,
    mend: (lab) => edit(lab, GUESTS, '"64G"', '"80G"'),
    mending: "write the new size into the code: an apply would put an empty disk of the old size in its place",
  },
  {
    name: "Telmate: network card of a VM put into another VLAN",
    env: "attic",
    change: async (lab) => {
      const { net0 } = await lab.pve.options(502);
      await lab.pve.configure(502, { net0: net0!.replace("tag=20", "tag=30") });
    },
    expect: { status: "drift", changes: [outside(qemu("store-1"), { "network[0].tag": [20, 30] })] },
    plain: ONE_MORE,
    mending: "apply: it takes the change back",
  },
  {
    name: "Telmate: RAM added to a container",
    env: "attic",
    change: (lab) => lab.pve.configure(511, { memory: 1024 }),
    expect: { status: "drift", changes: [outside(lxc("wiki-1"), { memory: [512, 1024] })] },
    plain: ONE_MORE,
    mending: "apply: it takes the change back",
  },
  {
    name: "Telmate: container migrated to another node",
    env: "attic",
    change: (lab) => lab.pve.migrate(511, "pve2"),
    expect: {
      status: "drift",
      changes: [outside(lxc("wiki-1"), { target_node: ["pve1", "pve2"] }, {
        note: /moved from pve1 to pve2; applying this plan would leave it there/,
      })],
    },
    plain: ONE_MORE,
    mend: (lab) => lab.pve.migrate(511, "pve1"),
    mending: "migrate it back, or change target_node in the code: an apply moves no container",
  },
  {
    name: "Telmate: guest agent does not answer",
    env: "attic",
    change: (lab) => lab.pve.agent(501, null),
    expect: { status: "error", class: "network", says: /qmp command 'guest-ping' failed - got timeout/ },
    plain: { code: 1, says: "VM 501 qmp command 'guest-ping' failed - got timeout" },
    ...BACK,
    mending: "start the agent in the guest, or say `agent = 0`",
  },
  {
    name: "Telmate: node offline",
    env: "attic",
    change: (lab) => lab.pve.node("pve2", false),
    expect: { status: "error", class: "network", says: /api error: code: 595 message: No route to host/ },
    plain: { code: 1, says: "api error: code: 595 message: No route to host" },
    ...BACK,
    mending: "bring the node back",
  },
  {
    name: "Telmate: token expired",
    env: "attic",
    change: (lab) => lab.pve.expire(),
    expect: {
      status: "error",
      class: "auth",
      says: /api error: code: 401 message: token .check. access expired/,
      changes: [gone(POOL, { confirmed: false, note: /the provider takes any failure for a deletion/ })],
    },
    plain: { code: 1, says: "access expired" },
    ...BACK,
    mending:
      "create a new token, or extend the old one; the provider takes any failure to read a pool for its deletion",
    tofu: true,
  },
  {
    name: "Telmate: token without the privileges that the provider asks for by default",
    env: "attic",
    change: (lab) => edit(lab, PROVIDER, /^.*pm_minimum_permission_check.*$/m, ""),
    expect: { status: "error", class: "permission", says: /are not sufficient.*missing: \[Datastore\.AllocateSpace/ },
    plain: { code: 1, says: "permissions for user/token drift@pve are not sufficient" },
    ...BACK,
    mending: "say `pm_minimum_permission_check = false`, or grant them: they are an administrator's",
  },
];

/** A guest or pool that the provider does not find. */
export function gone(address: string, more: Partial<ExpectedChange> = {}): ExpectedChange {
  const note = /deleted, or hidden from this token/;
  return { address, action: "create", origin: "outside", attributes: {}, note, ...more };
}
