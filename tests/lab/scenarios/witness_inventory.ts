/**
 * What a second witness sees beside the plan: guests that no state knows, and on managed ones what no plan shows.
 *
 * @module
 */

import { assertArrayIncludes, assertEquals, assertMatch } from "@std/assert";
import { SENSITIVE } from "../../../lib/secrets.ts";
import type { Lab } from "../lab.ts";
import { LAB } from "./deletions.ts";
import { edit, outside, vm } from "./scenario.ts";
import { ALICE, idsOf, type WitnessScenario } from "./witness.ts";

/** Strangers, and what is beyond the plan. */
export const WITNESSED_INVENTORY: WitnessScenario[] = [
  {
    name: "VM made by hand",
    env: "lab",
    all: true,
    alone: true,
    checks: 2,
    change: (lab) => madeByHand(lab, 900),
    expect: { status: "ok" },
    cluster: ({ unmanaged, guests }) => {
      assertEquals(unmanaged.map(({ id, type, name, node }) => [id, type, name, node]), [[
        900,
        "qemu",
        "stranger-900",
        "pve2",
      ]]);
      assertEquals(guests, { managed: 11, unmanaged: 1, excluded: 0 });
    },
    told: [/900/],
    adds: "no state knows it: told once, and no drift",
  },
  {
    name: "VM made by hand a moment ago, and still locked",
    env: "lab",
    all: true,
    alone: true,
    checks: 2,
    change: async (lab) => {
      await madeByHand(lab, 901);
      await lab.pve.lock(901, "create");
    },
    expect: { status: "ok" },
    untold: [/901/],
    adds: "it is not told while it is locked",
  },
  {
    name: "VMs made by hand that are excluded",
    env: "lab",
    all: true,
    alone: true,
    checks: 2,
    config: () => ({
      exclude: [
        { vmid: "9000-9099", tag: "ci", reason: "runners" },
        { name: "golden-*", reason: "images" },
      ],
    }),
    change: async (lab) => {
      await madeByHand(lab, 9001, { tags: "ci" });
      await madeByHand(lab, 902, { name: "golden-debian" });
      await madeByHand(lab, 9002);
    },
    expect: { status: "ok" },
    cluster: ({ unmanaged, guests }) => {
      assertEquals(idsOf(unmanaged), [9002]);
      assertEquals(guests, { managed: 11, unmanaged: 1, excluded: 2 });
    },
    untold: [/9001/, /golden/],
    adds: "what no rule names is told, the rest counted",
  },
  {
    name: "VM that CI applied a minute ago, before its environment was checked again",
    env: "prod",
    alone: true,
    change: async (lab) => {
      await edit(lab, LAB, "sandbox-3 = {", "sandbox-4 = { id = 304, memory = 1024 }\n    sandbox-3 = {");
      await lab.apply(["lab"]);
    },
    expect: { status: "ok" },
    untold: [/304/, /sandbox-4/],
    adds: "it is none that nobody knows: it is not told before lab was checked",
  },
  {
    name: "VMs that were there before the witness was first asked",
    env: "lab",
    fresh: true,
    alone: true,
    all: true,
    change: async (lab) => {
      for (const vmid of [900, 901]) await madeByHand(lab, vmid);
    },
    expect: { status: "ok" },
    cluster: ({ unmanaged, guests }) => {
      assertEquals(idsOf(unmanaged), [900, 901]);
      assertEquals(guests, { managed: 11, unmanaged: 2, excluded: 0 });
    },
    told: [/2 guests/],
    untold: [/90[01]/],
    adds: "all are listed; messages tell how many, not which",
  },
  {
    name: "VM made by hand, while two environments have never been checked",
    env: "lab",
    fresh: true,
    alone: true,
    change: (lab) => madeByHand(lab, 900),
    expect: { status: "ok" },
    cluster: ({ unmanaged, guests }) => assertEquals([unmanaged, guests], [[], undefined]),
    untold: [/900/],
    adds: "nothing is called unmanaged: it may be theirs",
  },
  {
    name: "VM number claimed by two environments",
    env: "monitoring",
    alone: true,
    all: true,
    change: (lab) =>
      Deno.writeTextFile(
        lab.estate.path("monitoring", "extra.tf"),
        `resource "proxmox_virtual_environment_vm" "twice" {\n  node_name = "pve1"\n  vm_id     = 301\n  name      = "twice"\n}\n`,
      ),
    expect: {
      status: "drift",
      changes: [{
        address: "proxmox_virtual_environment_vm.twice",
        action: "create",
        origin: "pending",
        attributes: {},
      }],
      warning: /301/,
    },
    adds: "a warning names both",
  },
  {
    name: "Disk added to a VM by hand",
    env: "prod",
    change: (lab) => lab.pve.configure(103, { scsi5: "local-lvm:10" }, ALICE),
    expect: { status: "ok" },
    cluster: ({ beyond }) =>
      assertMatch(beyond.find(({ id }) => id === 103)?.what ?? "nothing", /scsi5.*was added outside Terraform/),
    told: [/scsi5/],
    adds: "no plan shows it: listed, and no drift",
  },
  {
    name: "Memory changed by hand, which waits for a restart",
    env: "lab",
    change: (lab) => lab.pve.configure(301, { memory: 3072 }, ALICE),
    expect: {
      status: "drift",
      changes: [outside(vm("sandbox-1"), { "memory[0].dedicated": [1024, 3072] })],
    },
    traces: { [vm("sandbox-1")]: [{ user: ALICE, what: /changed/, source: "log", options: ["memory"] }] },
    cluster: ({ waiting }) =>
      assertEquals(waiting.find(({ id }) => id === 301)?.options, [{
        option: "memory",
        running: "1024",
        written: "3072",
      }]),
    adds: "the VM still runs with what it had, and who changed it",
  },
  {
    name: "Password of cloud-init changed by hand, which waits for a restart",
    env: "lab",
    change: (lab) => lab.pve.configure(302, { cipassword: "by-hand-Passw0rd" }, ALICE),
    expect: { status: "ok" },
    cluster: ({ waiting }) =>
      assertEquals(waiting.find(({ id }) => id === 302)?.options, [
        { option: "cipassword", running: SENSITIVE, written: SENSITIVE },
      ]),
    adds: "that it waits; no value",
  },
  {
    name: "Terminals of a container set by hand, which wait for a restart",
    env: "prod",
    change: (lab) => lab.pve.configure(201, { tty: 4 }, ALICE),
    expect: { status: "ok" },
    cluster: ({ waiting }) =>
      assertEquals(waiting.find(({ id }) => id === 201)?.options, [{ option: "tty", running: null, written: "4" }]),
    adds: "that it waits",
  },
  {
    name: "Disk detached from a VM and forgotten, and an old snapshot",
    env: "prod",
    change: async (lab) => {
      await lab.pve.configure(102, { scsi5: "local-lvm:10" });
      await lab.pve.configure(102, { delete: "scsi5" });
      await lab.pve.api("POST", `${await lab.pve.guest(101)}/snapshot`, { snapname: "before" });
      await lab.pve.api("POST", `${await lab.pve.guest(101)}/snapshot`, { snapname: "fresh" });
      await lab.pve.snapshotAge(101, "before", 40);
    },
    expect: { status: "ok" },
    cluster: ({ beyond }) => {
      const found = beyond.map(({ id, what }) => `${id} ${what}`).join("\n");
      assertMatch(found, /102 .*unused/);
      assertMatch(found, /101 .*snapshot "before"/);
      assertEquals(/fresh/.test(found), false, found);
    },
    adds: "both are listed",
  },
  {
    name: "Disk added to a VM by hand, which is excluded",
    env: "monitoring",
    alone: true,
    config: () => ({ exclude: [{ what: "*scsi5*", reason: "scratch" }] }),
    change: (lab) => lab.pve.configure(401, { scsi5: "local-lvm:10" }),
    expect: { status: "ok" },
    cluster: ({ beyond }) => assertEquals(idsOf(beyond), []),
    untold: [/scsi5/],
    adds: "nothing: it is meant to be so",
  },
  {
    name: "Details switched off",
    env: "lab",
    alone: true,
    config: () => ({ details: false }),
    change: (lab) => lab.pve.configure(303, { scsi5: "local-lvm:10", cipassword: "by-hand-Passw0rd" }),
    expect: { status: "ok" },
    cluster: async ({ beyond, waiting }, lab) => {
      assertEquals([beyond, waiting], [[], []]);
      const { requests } = await lab.pve.count();
      assertEquals(Object.keys(requests).filter((path) => path.endsWith("/pending")), []);
    },
    adds: "nothing, and asks no guest",
  },
  {
    name: "Container with an environment, which an auditor may not read",
    env: "lab",
    alone: true,
    change: async (lab) => {
      // The provider's token may, so that its plan is whole.
      await lab.pve.api("PUT", "/access/roles/DriftCheck", { privs: "VM.Config.Options", append: 1 });
      await lab.pve.power(311, "stop");
      await lab.pve.configure(311, { env: "TOKEN=by-hand-Passw0rd" });
      await lab.pve.power(311, "start");
    },
    expect: { status: "ok" },
    cluster: ({ error, guests }) => {
      assertEquals(error, undefined);
      assertArrayIncludes([guests?.unmanaged], [0]);
    },
    adds: "it is there, whatever it holds",
  },
];

async function madeByHand(lab: Lab, vmid: number, more: Record<string, string | number> = {}): Promise<void> {
  await lab.pve.api("POST", "/nodes/pve2/qemu", { vmid, name: `stranger-${vmid}`, memory: 512, ...more }, ALICE);
}
