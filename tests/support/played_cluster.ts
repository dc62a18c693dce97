/** A cluster of Proxmox VE that answers from memory, for tests of what a witness makes of its answers. */

import { ProxmoxApiError } from "../../lib/proxmox_api/errors.ts";
import type { ProxmoxApi } from "../../lib/proxmox_api/proxmox_api.ts";
import type {
  ClusterStatus,
  GuestRef,
  ListedGuest,
  LogLine,
  PendingOption,
  PermissionMap,
  Snapshot,
  Task,
  Topic,
} from "../../lib/proxmox_api/types.ts";
import { proxmoxWitness, type Witness } from "../../drift/witness/witness.ts";

/** The address of every played cluster. */
export const ENDPOINT = "https://pve1.example.org:8006";

/** The rights of a token with PVEAuditor on `/`. */
export const AUDITOR: PermissionMap = { "/": { "VM.Audit": true }, "/vms": { "VM.Audit": true } };

/** What a cluster answers. Absent questions are answered as by one that is whole, and may be looked at. */
export interface Play {
  /** One list for each time that it is asked; the last one is given from then on. */
  lists: (ListedGuest[] | Error)[];
  /** All rights. */
  permissions?: PermissionMap | Error;
  /** The rights at one path. */
  rightsAt?: (path: string) => PermissionMap | Error;
  /** The cluster's status. */
  status?: ClusterStatus[] | Error;
  /** What is answered about a guest's configuration; a guest that is in no list has none. */
  config?: Error | Record<string, string>;
  /** A guest's options. */
  pending?: PendingOption[] | Error | ((guest: GuestRef) => PendingOption[] | Error);
  /** A guest's snapshots. */
  snapshots?: Snapshot[] | Error;
  /** The tasks of a node. */
  tasks?: (node: string) => Task[] | Error;
  /** The cluster log. */
  log?: LogLine[] | Error;
  /** A part of the configuration. */
  topic?: (topic: Topic) => unknown;
  /** The first question. */
  version?: Error;
  /** How long each answer takes, in milliseconds of real time; a promise that never ends for `Infinity`. */
  takesMs?: number;
}

/** A guest in a list. */
export function guest(kind: "qemu" | "lxc", id: number, more: Partial<ListedGuest> = {}): ListedGuest {
  return { kind, id, node: "pve1", name: `g${id}`, status: "running", template: false, tags: [], ...more };
}

/** How PVE refuses. */
export function refusal(status: number, reason: string): ProxmoxApiError {
  return new ProxmoxApiError({ kind: "status", endpoint: ENDPOINT, path: "/x", status, reason });
}

/** A server that is not there. */
export function unreachable(): ProxmoxApiError {
  return new ProxmoxApiError({
    kind: "unreachable",
    endpoint: ENDPOINT,
    path: "/version",
    reason: "connection refused",
  });
}

/** What PVE says of a guest that its node has no configuration of. */
export function noSuchGuest(kind: "qemu" | "lxc", id: number): ProxmoxApiError {
  const folder = kind === "qemu" ? "qemu-server" : "lxc";
  return refusal(500, `Configuration file 'nodes/pve1/${folder}/${id}.conf' does not exist`);
}

/** A witness of a played cluster, and the questions that it was asked. Its clock stands while nobody waits. */
export function playedWitness(play: Play, cluster = "main"): { witness: Witness; asked: string[] } {
  const asked: string[] = [];
  let lists = 0, nowMs = 0;
  async function answer<T>(question: string, value: T | Error): Promise<T> {
    asked.push(question);
    if (play.takesMs === Infinity) await new Promise(() => {});
    nowMs += 10;
    if (value instanceof Error) throw value;
    return value;
  }
  const api = {
    endpoint: ENDPOINT,
    version: () => answer("version", play.version ?? { version: "9.2.11" }),
    permissions: () => answer("permissions", play.permissions ?? AUDITOR),
    permissionsAt: (path: string) =>
      answer(`permissions ${path}`, play.rightsAt?.(path) ?? { [path]: { "VM.Audit": true } }),
    guests: () => answer("guests", play.lists[Math.min(lists++, play.lists.length - 1)]!),
    clusterStatus: () => answer("status", play.status ?? [{ type: "cluster", name: "c", quorate: true }]),
    config: ({ kind, id, node }) => answer(`config ${node}/${kind}/${id}`, play.config ?? noSuchGuest(kind, id)),
    pending: (ref) =>
      answer(
        `pending ${ref.kind}/${ref.id}`,
        (typeof play.pending === "function" ? play.pending(ref) : play.pending) ?? [],
      ),
    snapshots: ({ kind, id }) => answer(`snapshots ${kind}/${id}`, play.snapshots ?? []),
    tasks: (node, { since = 0 } = {}) => answer(`tasks ${node} since ${since}`, play.tasks?.(node) ?? []),
    clusterLog: async (max) => ({
      lines: await answer(`log ${max}`, play.log ?? []),
      isCut: false,
    }),
    topic: (topic) => answer(`topic ${topic.of}`, play.topic?.(topic) ?? []),
    server: undefined,
    [Symbol.dispose]: () => {},
  } satisfies Partial<ProxmoxApi>;
  const witness = proxmoxWitness({
    cluster,
    endpoints: [ENDPOINT],
    open: () => Promise.resolve(api as unknown as ProxmoxApi),
    clock: () => Date.UTC(2026, 10, 30),
    now: () => nowMs,
  });
  return { witness, asked };
}
