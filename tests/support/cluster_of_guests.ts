/**
 * A played cluster of many guests, as a run's witness asks it: each answer as Proxmox VE gives it.
 *
 * @module
 */

import type { PlayedAnswer, Question } from "./pve_api.ts";

/** What a cluster holds. */
export interface PlayedGuests {
  /** VMs, by number from 101 on, spread over the nodes. */
  vms: number;
  /** How many of them are left in every list but the first. */
  vmsLater?: number;
  /** Nodes `pve1`, `pve2`, …; the last one is off where `isOff`. */
  nodes: number;
  /** The last node does not answer. */
  isOff?: boolean;
  /** Options of a VM besides those of {@linkcode options}, by its number. */
  more?: (id: number) => Record<string, unknown>[];
  /** Snapshots of a VM. */
  snapshots?: (id: number) => Record<string, unknown>[];
  /** Lines of the cluster log. */
  log?: Record<string, unknown>[];
  /** Tasks of a node. */
  tasks?: (node: string) => Record<string, unknown>[];
  /** What the servers' clocks say, in milliseconds since 1970. */
  clock: number;
  /** Guests beside the VMs, as the cluster's list has them. */
  others?: Record<string, unknown>[];
}

/** The node of a VM. */
export function nodeOf(id: number, nodes: number): string {
  return `pve${id % nodes + 1}`;
}

/** Options that every VM has. */
export function options(id: number): Record<string, unknown>[] {
  return [
    { key: "digest", value: `${id}` },
    { key: "vmgenid", value: `generation-${id}` },
    { key: "name", value: `vm${id}` },
    { key: "cores", value: 2 },
    { key: "memory", value: "2048" },
    { key: "scsi0", value: `local-lvm:vm-${id}-disk-0,size=16G` },
    { key: "net0", value: "virtio=BC:24:11:2F:44:41,bridge=vmbr0" },
  ];
}

/** Answers for a cluster, with the rights of PVEAuditor. */
export function answersOf(played: PlayedGuests): (question: Question) => PlayedAnswer {
  const { vms, vmsLater = vms, nodes, isOff = false, more, snapshots, log = [], tasks, others = [], clock } = played;
  const headers = { Date: new Date(clock).toUTCString() };
  const names = Array.from({ length: nodes }, (_, at) => `pve${at + 1}`);
  const guests = Array.from({ length: vms }, (_, at) => ({
    ...{ id: `qemu/${101 + at}`, type: "qemu", vmid: 101 + at, name: `vm${101 + at}`, status: "running", template: 0 },
    node: nodeOf(101 + at, nodes),
  }));
  const status = [
    { type: "cluster", name: "lab", quorate: 1, nodes },
    ...names.map((name, at) => ({ type: "node", name, online: isOff && at === nodes - 1 ? 0 : 1 })),
  ];
  const fixed: Record<string, unknown> = {
    "/version": { version: "9.2.11", release: "9.2" },
    "/access/permissions": { "/": { "VM.Audit": 1, "Sys.Audit": 1 }, "/vms": { "VM.Audit": 1 } },
    "/cluster/status": status,
    "/cluster/log": log,
  };
  let lists = 0;
  return ({ path }) => ({ ...answer(path), headers });

  function answer(path: string): PlayedAnswer {
    if (Object.hasOwn(fixed, path)) return { data: fixed[path] };
    if (path === "/cluster/resources") return { data: [...guests.slice(0, lists++ === 0 ? vms : vmsLater), ...others] };
    const [, node = "", rest = ""] = /^\/nodes\/([^/]+)\/(.*)$/.exec(path) ?? [];
    if (rest === "tasks") return { data: tasks?.(node) ?? [] };
    const [, id = "", what] = /^qemu\/(\d+)\/(pending|snapshot)$/.exec(rest) ?? [];
    if (what === "pending") return { data: [...options(Number(id)), ...more?.(Number(id)) ?? []] };
    if (what === "snapshot") return { data: [...snapshots?.(Number(id)) ?? [], { name: "current", digest: "x" }] };
    return { status: 501, body: JSON.stringify({ data: null, message: `nobody plays ${path}` }) };
  }
}
