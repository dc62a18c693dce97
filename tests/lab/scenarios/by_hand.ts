/**
 * What people change in the web interface.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Lab } from "../lab.ts";
import { ct, edit, outside, PROD_VALUES, rule, rules, rulesGone, type Scenario, vanished, vm } from "./scenario.ts";

const ONE = { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." } as const;
const TAKEN_BACK = "apply: it undoes the change";

/** Guests, their devices and their power. */
export const BY_HAND: Scenario[] = [
  {
    name: "RAM added to a VM",
    env: "prod",
    change: (lab) => lab.pve.configure(101, { memory: 4096 }),
    expect: { status: "drift", changes: [outside(vm("web-1"), { "memory[0].dedicated": [2048, 4096] })] },
    plain: ONE,
    mending: TAKEN_BACK,
    tofu: true,
  },
  {
    name: "RAM added to a VM, and kept",
    env: "prod",
    change: (lab) => lab.pve.configure(101, { memory: 4096 }),
    expect: { status: "drift", changes: [outside(vm("web-1"), { "memory[0].dedicated": [2048, 4096] })] },
    plain: ONE,
    mend: (lab) => edit(lab, PROD_VALUES, "memory  = 2048", "memory  = 4096"),
    mending: "write the new value into the code",
    after: { status: "ok", observed: [`${vm("web-1")} memory[0].dedicated`] },
  },
  {
    name: "CPU cores changed",
    env: "prod",
    change: (lab) => lab.pve.configure(103, { cores: 8 }),
    expect: { status: "drift", changes: [outside(vm("db-1"), { "cpu[0].cores": [4, 8] })] },
    plain: ONE,
    mending: TAKEN_BACK,
    tofu: true,
  },
  {
    name: "Disk grown",
    env: "prod",
    change: async (lab) => {
      await lab.pve.api("PUT", `${await lab.pve.guest(103)}/resize`, { disk: "scsi1", size: "80G" });
    },
    expect: {
      status: "drift",
      changes: [outside(vm("db-1"), { "disk[1].size": [64, 80] }, { note: /cannot shrink/ })],
    },
    plain: ONE,
    mend: (lab) => edit(lab, PROD_VALUES, "[16, 64]", "[16, 80]"),
    mending: "write the new size into the code: an apply would fail",
    after: { status: "ok", observed: [`${vm("db-1")} disk[1].size`] },
    tofu: true,
  },
  {
    name: "Network bridge changed",
    env: "prod",
    change: (lab) => netOf(lab, 101, (net) => net.replace("vmbr0", "vmbr1")),
    expect: {
      status: "drift",
      changes: [outside(vm("web-1"), { "network_device[0].bridge": ["vmbr0", "vmbr1"] })],
    },
    plain: ONE,
    mending: TAKEN_BACK,
    tofu: true,
  },
  {
    name: "Firewall of a network card switched off",
    env: "prod",
    change: (lab) => netOf(lab, 102, (net) => net.replace("firewall=1", "firewall=0")),
    expect: { status: "drift", changes: [outside(vm("web-2"), { "network_device[0].firewall": [true, false] })] },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "VLAN of a network card changed",
    env: "prod",
    change: (lab) => netOf(lab, 103, (net) => net.replace("tag=20", "tag=30")),
    expect: { status: "drift", changes: [outside(vm("db-1"), { "network_device[0].vlan_id": [20, 30] })] },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "Tag added",
    env: "prod",
    change: (lab) => lab.pve.configure(101, { tags: "managed;urgent;web" }),
    expect: {
      status: "drift",
      changes: [outside(vm("web-1"), { tags: [["managed", "web"], ["managed", "urgent", "web"]] })],
    },
    plain: ONE,
    mending: TAKEN_BACK,
    tofu: true,
  },
  {
    name: "Description edited",
    env: "prod",
    change: (lab) => lab.pve.configure(102, { description: "do not touch, ask Bob" }),
    expect: {
      status: "drift",
      changes: [outside(vm("web-2"), { description: ["managed by terraform", "do not touch, ask Bob"] })],
    },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "VM stopped",
    env: "prod",
    change: (lab) => lab.pve.power(102, "stop"),
    expect: { status: "drift", changes: [outside(vm("web-2"), { started: [true, false] })] },
    plain: ONE,
    mend: (lab) => lab.pve.power(102, "start"),
    mending: "start it again",
    tofu: true,
  },
  {
    name: "VM stopped for a backup, and running again when it is looked at once more",
    env: "prod",
    change: (lab) => lab.pve.power(102, "stop"),
    during: async (lab) => {
      await lab.pve.count(true);
      while (await looksAtWeb2(lab) === 0) await delay(100);
      await delay(1000);
      await lab.pve.power(102, "start");
    },
    config: { terraform: { confirmPowerAfter: "6s" } },
    expect: { status: "ok" },
    proof: async (lab) => assertEquals(await looksAtWeb2(lab), 2),
    plain: ONE,
    mend: () => Promise.resolve(),
    mending: "nothing: a power state alone counts once it has lasted for `confirmPowerAfter`",
  },
  {
    name: "VM renamed",
    env: "prod",
    change: (lab) => lab.pve.configure(101, { name: "web-1-old" }),
    expect: { status: "drift", changes: [outside(vm("web-1"), { name: ["web-1", "web-1-old"] })] },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "VM deleted",
    env: "prod",
    change: (lab) => lab.pve.destroy(102),
    expect: {
      status: "drift",
      changes: [
        vanished(vm("web-2")),
        rulesGone("web-2"),
      ],
    },
    plain: { code: 2, says: "Plan: 1 to add, 1 to change, 0 to destroy." },
    mend: async (lab) => await lab.apply(["prod"]),
    mending: "apply: it is created again, empty (or restore a backup under the same id)",
    tofu: true,
  },
  {
    name: "Network card added to a VM",
    env: "prod",
    change: (lab) => lab.pve.configure(102, { net1: "virtio,bridge=vmbr1" }),
    expect: {
      status: "drift",
      changes: [outside(vm("web-2"), { "network_device[1]": [null, { bridge: "vmbr1", model: "virtio" }] })],
    },
    plain: ONE,
    mending: "apply: it removes the card",
  },
  {
    name: "Disk taken out of a VM",
    env: "prod",
    change: (lab) => lab.pve.configure(103, { delete: "scsi1" }),
    expect: {
      status: "drift",
      changes: [outside(vm("db-1"), { "disk[1]": [{ interface: "scsi1", size: 64 }, null] })],
    },
    plain: ONE,
    mend: async (lab) => {
      const { unused0 } = await lab.pve.options(103);
      await lab.pve.configure(103, { scsi1: unused0!, delete: "unused0" });
    },
    mending: "attach the unused disk again: an apply would create an empty one",
  },
  {
    name: "Disk added to a VM",
    env: "prod",
    change: (lab) => lab.pve.configure(103, { scsi5: "local-lvm:10" }),
    expect: { status: "ok" },
    proof: async (lab) => assertMatch((await lab.pve.options(103))["scsi5"] ?? "none", /size=10G/),
    plain: { code: 0, says: "No changes." },
    mend: () => Promise.resolve(),
    mending: "nobody sees it: the provider reads only the disks that it knows",
  },
  {
    name: "Memory of a container changed",
    env: "prod",
    change: (lab) => lab.pve.configure(201, { memory: 2048 }),
    expect: { status: "drift", changes: [outside(ct("dns-1"), { "memory[0].dedicated": [512, 2048] })] },
    plain: ONE,
    mending: TAKEN_BACK,
    tofu: true,
  },
  {
    name: "Container deleted",
    env: "prod",
    change: (lab) => lab.pve.destroy(202),
    expect: { status: "drift", changes: [vanished(ct("proxy-1"))] },
    plain: { code: 2, says: "Plan: 1 to add, 0 to change, 0 to destroy." },
    mending: "apply: it is created again, empty (or restore a backup under the same id)",
  },
  {
    name: "Firewall rule added",
    env: "prod",
    change: async (lab) => {
      await lab.pve.api("POST", `${await lab.pve.guest(101)}/firewall/rules`, {
        type: "in",
        action: "ACCEPT",
        proto: "tcp",
        dport: "8080",
        enable: 1,
      });
    },
    expect: {
      status: "drift",
      changes: [outside(rules("web-1"), {
        'rule["in ACCEPT tcp 8080"]': [null, rule("8080")],
      }, { note: /1 rule there that the code does not have/ })],
    },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "Firewall rule removed",
    env: "prod",
    change: async (lab) => {
      await lab.pve.api("DELETE", `${await lab.pve.guest(101)}/firewall/rules/1`);
    },
    expect: {
      status: "drift",
      changes: [outside(rules("web-1"), { "rule[1]": [rule("443", "https"), null] }, { note: /1 rule missing/ })],
    },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "VM moved to another pool",
    env: "prod",
    change: async (lab) => {
      await lab.pve.api("POST", "/pools", { poolid: "attic" });
      await lab.pve.api("PUT", "/pools", { poolid: "attic", vms: 102, "allow-move": 1 });
    },
    expect: { status: "drift", changes: [outside(vm("web-2"), { pool_id: ["prod", "attic"] })] },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "User changed",
    env: "monitoring",
    change: async (lab) => {
      await lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "Bob's", enable: 0 });
    },
    expect: {
      status: "drift",
      changes: [
        outside("proxmox_virtual_environment_user.exporter", {
          comment: ["prometheus exporter", "Bob's"],
          enabled: [true, false],
        }),
      ],
    },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "User deleted",
    env: "monitoring",
    change: async (lab) => {
      await lab.pve.api("DELETE", "/access/users/exporter@pve");
    },
    expect: {
      status: "error",
      class: "provider-error",
      says: /no such user \('exporter@pve'\)/,
    },
    plain: { code: 1, says: "no such user ('exporter@pve')" },
    mend: async (lab) => {
      for (const one of ["user_token", "acl", "user"]) {
        await lab.terraform("monitoring", "state", "rm", `proxmox_virtual_environment_${one}.exporter`);
      }
      await lab.apply(["monitoring"]);
    },
    mending: "remove it from the state (terraform state rm), then apply: to the provider it is an error",
  },
  {
    name: "ACL removed",
    env: "monitoring",
    change: async (lab) => {
      await lab.pve.api("PUT", "/access/acl", { path: "/", users: "exporter@pve", roles: "Exporter", delete: 1 });
    },
    expect: { status: "drift", changes: [vanished("proxmox_virtual_environment_acl.exporter")] },
    plain: { code: 2, says: "Plan: 1 to add, 0 to change, 0 to destroy." },
    mending: TAKEN_BACK,
  },
  {
    name: "Role widened",
    env: "monitoring",
    change: async (lab) => {
      await lab.pve.api("PUT", "/access/roles/Exporter", { privs: "VM.PowerMgmt", append: 1 });
    },
    expect: {
      status: "drift",
      changes: [outside("proxmox_virtual_environment_role.exporter", {
        privileges: [["Datastore.Audit", "Sys.Audit", "VM.Audit"], [
          "Datastore.Audit",
          "Sys.Audit",
          "VM.Audit",
          "VM.PowerMgmt",
        ]],
      })],
    },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "Several things changed at once",
    env: "prod",
    change: async (lab) => {
      await lab.pve.configure(101, { memory: 4096, cores: 4 });
      await lab.pve.configure(201, { memory: 2048 });
      await lab.pve.api("PUT", "/pools", { poolid: "prod", comment: "by hand" });
    },
    expect: {
      status: "drift",
      changes: [
        outside(vm("web-1"), { "memory[0].dedicated": [2048, 4096], "cpu[0].cores": [2, 4] }),
        outside(ct("dns-1"), { "memory[0].dedicated": [512, 2048] }),
        outside("proxmox_virtual_environment_pool.prod", { comment: ["production guests", "by hand"] }),
      ],
    },
    plain: { code: 2, says: "Plan: 0 to add, 3 to change, 0 to destroy." },
    mending: TAKEN_BACK,
  },
];

/** How often its power was asked for. */
async function looksAtWeb2(lab: Lab): Promise<number> {
  return (await lab.pve.count()).requests["GET /nodes/pve2/qemu/N/status/current"] ?? 0;
}

async function netOf(lab: Lab, id: number, fn: (net: string) => string) {
  const { net0 } = await lab.pve.options(id);
  await lab.pve.configure(id, { net0: fn(net0!) });
}
