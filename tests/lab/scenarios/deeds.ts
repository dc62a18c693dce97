/**
 * What people do between two plans, one kind of change after the other on the same estate: each is to be noticed by one look
 * and told once, with everything else untouched.
 *
 * @module
 */

import type { Lab } from "../lab.ts";
import { ALICE, NO_AUTHOR } from "./witness.ts";

/** What somebody did. */
export interface Deed {
  /** In words. */
  what: string;
  /** The environments that it concerns, sorted. */
  planned: string[];
  /** What the messages call the guest or object. */
  name?: string;
  /** Does it. */
  act: (lab: Lab) => Promise<unknown>;
  /** What the one message says; nothing where there is nothing to say. */
  told: RegExp[];
}

const BY_ALICE = /alice@pve/;

async function guest(lab: Lab, id: number, what: string): Promise<string> {
  return `${await lab.pve.guest(id)}/${what}`;
}

/** Guests, their devices, power and places, and what surrounds them, each of another kind than the others. */
export const DEEDS: Deed[] = [
  {
    what: "memory of a VM changed",
    planned: ["prod"],
    name: "web-1",
    act: (lab) => lab.pve.configure(101, { memory: 3072 }, ALICE),
    told: [/memory/, BY_ALICE],
  },
  {
    what: "cores of a VM changed",
    planned: ["prod"],
    name: "db-1",
    act: (lab) => lab.pve.configure(103, { cores: 8 }, ALICE),
    told: [/cores/, BY_ALICE],
  },
  {
    what: "a VM stopped",
    planned: ["monitoring"],
    name: "prometheus",
    act: (lab) => lab.pve.power(401, "stop", ALICE),
    told: [/started/, BY_ALICE],
  },
  {
    what: "a VM moved",
    planned: ["lab"],
    name: "sandbox-1",
    act: (lab) => lab.pve.migrate(301, "pve2", ALICE),
    told: [/moved from pve1 to pve2/, BY_ALICE],
  },
  {
    what: "tags of a VM changed",
    planned: ["prod"],
    name: "web-2",
    act: (lab) => lab.pve.configure(102, { tags: "by-hand;web" }, ALICE),
    told: [/tags/, BY_ALICE],
  },
  {
    what: "the description of a VM changed",
    planned: ["lab"],
    name: "sandbox-2",
    act: (lab) => lab.pve.configure(302, { description: "ask Bob" }, ALICE),
    told: [/ask Bob/, BY_ALICE],
  },
  {
    what: "a VM set not to start with its node",
    planned: ["lab"],
    name: "sandbox-3",
    act: (lab) => lab.pve.configure(303, { onboot: 0 }, ALICE),
    told: [/on_boot/, BY_ALICE],
  },
  {
    what: "a VM renamed",
    planned: ["prod"],
    name: "web-old",
    act: (lab) => lab.pve.configure(101, { name: "web-old" }, ALICE),
    told: [/web-old/, BY_ALICE],
  },
  {
    what: "a disk grown",
    planned: ["prod"],
    name: "db-1",
    act: async (lab) =>
      await lab.pve.api("PUT", await guest(lab, 103, "resize"), { disk: "scsi1", size: "80G" }, ALICE),
    told: [/disk.*64.*80/, BY_ALICE],
  },
  {
    what: "a disk added that no plan sees",
    planned: ["prod"],
    name: "db-1",
    act: (lab) => lab.pve.configure(103, { scsi5: "local-lvm:10" }, ALICE),
    told: [/scsi5/],
  },
  {
    what: "a disk taken out",
    planned: ["monitoring"],
    name: "prometheus",
    act: (lab) => lab.pve.configure(401, { delete: "scsi1" }, ALICE),
    told: [/scsi1/, BY_ALICE],
  },
  {
    what: "a network card added",
    planned: ["prod"],
    name: "web-2",
    act: (lab) => lab.pve.configure(102, { net1: "virtio,bridge=vmbr1" }, ALICE),
    told: [/network_device/, /vmbr1/, BY_ALICE],
  },
  {
    what: "a VLAN changed",
    planned: ["prod"],
    name: "db-1",
    act: async (lab) => {
      const { net0 } = await lab.pve.options(103);
      await lab.pve.configure(103, { net0: net0!.replace("tag=20", "tag=30") }, ALICE);
    },
    told: [/vlan_id/, BY_ALICE],
  },
  {
    what: "memory of a container changed",
    planned: ["prod"],
    name: "dns-1",
    act: (lab) => lab.pve.configure(201, { memory: 2048 }, ALICE),
    told: [/memory/, NO_AUTHOR],
  },
  {
    what: "a mount point added to a container",
    planned: ["prod"],
    name: "proxy-1",
    act: (lab) => lab.pve.configure(202, { mp0: "local-lvm:4,mp=/data" }, ALICE),
    told: [/mount point mp0/],
  },
  {
    what: "a container stopped",
    planned: ["monitoring"],
    name: "grafana",
    act: (lab) => lab.pve.power(411, "stop", ALICE),
    told: [/started/, BY_ALICE],
  },
  {
    what: "a firewall rule added",
    planned: ["prod"],
    act: async (lab) =>
      await lab.pve.api("POST", await guest(lab, 103, "firewall/rules"), {
        ...{ type: "in", action: "ACCEPT", proto: "tcp", dport: "8080", enable: 1 },
      }, ALICE),
    told: [/8080/, NO_AUTHOR],
  },
  {
    what: "a VM put into another pool",
    planned: ["prod"],
    name: "web-2",
    act: async (lab) => {
      await lab.pve.api("POST", "/pools", { poolid: "attic" }, ALICE);
      await lab.pve.api("PUT", "/pools", { poolid: "attic", vms: 102, "allow-move": 1 }, ALICE);
    },
    told: [/attic/, NO_AUTHOR],
  },
  {
    what: "a user changed",
    planned: ["monitoring"],
    act: (lab) => lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "by hand" }, ALICE),
    told: [/by hand/, NO_AUTHOR],
  },
  {
    what: "a role widened",
    planned: ["monitoring"],
    act: (lab) => lab.pve.api("PUT", "/access/roles/Exporter", { privs: "VM.PowerMgmt", append: 1 }, ALICE),
    told: [/VM\.PowerMgmt/, NO_AUTHOR],
  },
  {
    what: "a right taken away",
    planned: ["monitoring"],
    act: (lab) =>
      lab.pve.api("PUT", "/access/acl", { path: "/", users: "exporter@pve", roles: "Exporter", delete: 1 }, ALICE),
    told: [/acl/, NO_AUTHOR],
  },
  {
    what: "a container deleted",
    planned: ["lab"],
    name: "scratch",
    act: (lab) => lab.pve.destroy(311, ALICE),
    told: [/destroyed/, BY_ALICE],
  },
  {
    what: "a guest made that no state knows",
    planned: ["lab", "monitoring", "prod"],
    name: "stranger",
    act: (lab) => lab.pve.api("POST", "/nodes/pve1/qemu", { vmid: 900, name: "stranger" }, ALICE),
    told: [/900/],
  },
  {
    what: "a comment written into the code",
    planned: ["prod"],
    act: (lab) => Deno.writeTextFile(lab.estate.path("prod", "main.tf"), "# Nothing else.\n", { append: true }),
    told: [],
  },
];
