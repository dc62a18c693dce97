/**
 * Who did it: what Proxmox recorded of a change, for each kind of act, with a second witness.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { TOKENS } from "../pve.ts";
import { ct, outside, replaced, rule, rules, SCRATCH, vm } from "./scenario.ts";
import { ALICE, NO_AUTHOR, type WitnessScenario } from "./witness.ts";

const APPLY = TOKENS.apply.split("=")[0]!;
const EYES = TOKENS.witness.split("=")[0]!;

/** Authors, and where there is none. */
export const WITNESSED_AUTHORS: WitnessScenario[] = [
  {
    name: "Two people changed the memory of a VM",
    env: "prod",
    change: async (lab) => {
      await lab.pve.configure(101, { memory: 3072, tags: "web;managed" }, ALICE);
      await lab.pve.configure(101, { memory: 4096 });
    },
    expect: { status: "drift", changes: [outside(vm("web-1"), { "memory[0].dedicated": [2048, 4096] })] },
    traces: {
      [vm("web-1")]: [
        { user: ALICE, what: /changed/, source: "log", options: ["memory", "tags"] },
        { user: "root@pam", what: /changed/, source: "log", options: ["memory"] },
      ],
    },
    adds: "both are named",
  },
  {
    name: "Disk of a VM grown",
    env: "lab",
    change: (lab) => lab.pve.api("PUT", "/nodes/pve1/qemu/302/resize", { disk: "scsi0", size: "24G" }, ALICE),
    expect: {
      status: "drift",
      changes: [outside(vm("sandbox-2"), { "disk[0].size": [16, 24] }, { note: /./ })],
    },
    traces: {
      [vm("sandbox-2")]: [
        { user: ALICE, what: /changed/, source: "log", options: ["scsi0"] },
        { user: ALICE, what: /resized/, source: "task" },
      ],
    },
    adds: "who did it",
  },
  {
    name: "VM stopped by a person",
    env: "monitoring",
    change: (lab) => lab.pve.power(401, "stop", ALICE),
    expect: {
      status: "drift",
      changes: [outside("module.vm.proxmox_virtual_environment_vm.this", { started: [true, false] })],
    },
    traces: {
      "module.vm.proxmox_virtual_environment_vm.this": [{ user: ALICE, what: /stopped/, source: "task" }],
    },
    adds: "who did it",
  },
  {
    name: "VM moved to another node by a person",
    env: "prod",
    change: (lab) => lab.pve.migrate(101, "pve2", ALICE),
    expect: {
      status: "drift",
      changes: [replaced(vm("web-1"), { node_name: ["pve1", "pve2"] }, { note: /moved from pve1 to pve2/ })],
    },
    traces: { [vm("web-1")]: [{ user: ALICE, what: /migrated|moved/, source: "task" }] },
    adds: "who did it",
  },
  {
    name: "Container stopped by a person",
    env: "monitoring",
    change: (lab) => lab.pve.power(411, "stop", ALICE),
    expect: { status: "drift", changes: [outside(SCRATCH, { started: [true, false] })] },
    traces: { [SCRATCH]: [{ user: ALICE, what: /stopped/, source: "task" }] },
    adds: "who did it",
  },
  {
    name: "User changed by a person",
    env: "monitoring",
    change: async (lab) => {
      await lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "by hand" }, ALICE);
    },
    expect: {
      status: "drift",
      changes: [
        outside("proxmox_virtual_environment_user.exporter", { comment: ["prometheus exporter", "by hand"] }, {
          note: NO_AUTHOR,
        }),
      ],
    },
    traces: { "proxmox_virtual_environment_user.exporter": [] },
    adds: "that Proxmox records no author of it",
  },
  {
    name: "Memory of a container changed by a person",
    env: "prod",
    change: (lab) => lab.pve.configure(201, { memory: 2048 }, ALICE),
    expect: {
      status: "drift",
      changes: [outside(ct("dns-1"), { "memory[0].dedicated": [512, 2048] }, { note: NO_AUTHOR })],
    },
    traces: { [ct("dns-1")]: [] },
    told: [NO_AUTHOR],
    adds: "that Proxmox records no author of it",
  },
  {
    name: "Firewall rule added by a person",
    env: "prod",
    change: async (lab) => {
      const more = { type: "in", action: "ACCEPT", proto: "tcp", dport: "8080", enable: 1 };
      await lab.pve.api("POST", `${await lab.pve.guest(102)}/firewall/rules`, more, ALICE);
    },
    expect: {
      status: "drift",
      changes: [
        outside(rules("web-2"), { 'rule["in ACCEPT tcp 8080"]': [null, rule("8080")] }, { note: /1 rule there/ }),
      ],
    },
    traces: { [rules("web-2")]: [] },
    adds: "that Proxmox records no author of it",
  },
  {
    name: "Memory of a VM changed with Terraform's own token",
    env: "lab",
    alone: true,
    config: () => ({ appliesAs: [APPLY] }),
    change: (lab) => lab.pve.configure(301, { memory: 2048 }, APPLY),
    expect: { status: "drift", changes: [outside(vm("sandbox-1"), { "memory[0].dedicated": [1024, 2048] })] },
    traces: {
      [vm("sandbox-1")]: [{ user: APPLY, what: /./, source: "log", options: ["memory"], byTerraform: true }],
    },
    told: [/an apply/],
    adds: "that it was an apply from elsewhere",
  },
  {
    name: "VM rolled back to a snapshot",
    env: "lab",
    before: (lab) => lab.pve.api("POST", "/nodes/pve1/qemu/303/snapshot", { snapname: "then" }, ALICE),
    change: async (lab) => {
      await lab.pve.api("POST", "/nodes/pve1/qemu/303/snapshot/then/rollback", {}, ALICE);
    },
    expect: { status: "drift", changes: [outside(vm("sandbox-3"), { started: [true, false] })] },
    traces: { [vm("sandbox-3")]: [{ user: ALICE, what: /rolled back/, source: "task" }] },
    adds: "who did it",
  },
  {
    name: "Description of a VM changed, after a line that the cluster log cannot show",
    env: "lab",
    alone: true,
    change: async (lab) => {
      await lab.pve.log({ message: "update VM 302: -args C:\\data", node: "pve1", user: "root@pam" });
      await lab.pve.configure(303, { description: "by hand" }, ALICE);
    },
    expect: {
      status: "drift",
      changes: [outside(vm("sandbox-3"), { description: ["managed by terraform", "by hand"] })],
    },
    traces: { [vm("sandbox-3")]: [{ user: ALICE, what: /changed/, source: "log", options: ["description"] }] },
    adds: "who did it: it asks again for fewer lines",
  },
  {
    name: "Memory of a VM changed, while the witness may not read the cluster log",
    env: "lab",
    alone: true,
    change: async (lab) => {
      await lab.pve.api("PUT", "/access/acl", { path: "/", tokens: EYES, roles: "DriftLog", delete: 1 });
      await lab.pve.configure(301, { memory: 2048 }, ALICE);
    },
    expect: { status: "drift", changes: [outside(vm("sandbox-1"), { "memory[0].dedicated": [1024, 2048] })] },
    traces: { [vm("sandbox-1")]: [] },
    cluster: ({ error }) => assertEquals(error, undefined),
    adds: "nothing, and no warning",
  },
  {
    name: "Asking for authors switched off",
    env: "lab",
    alone: true,
    config: () => ({ who: false }),
    change: (lab) => lab.pve.configure(301, { memory: 2048 }, ALICE),
    expect: { status: "drift", changes: [outside(vm("sandbox-1"), { "memory[0].dedicated": [1024, 2048] })] },
    traces: { [vm("sandbox-1")]: [] },
    cluster: async (_, lab) => {
      const { requests } = await lab.pve.count();
      assertEquals(Object.keys(requests).filter((path) => /cluster\/log|tasks$/.test(path)), []);
    },
    adds: "nothing, and asks for no records",
  },
];
