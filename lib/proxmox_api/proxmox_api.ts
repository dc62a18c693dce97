/**
 * What can be asked of Proxmox VE. Nothing here can change anything: there is no way to send another method than GET.
 *
 * @module
 */

import type {
  AccessRule,
  ClusterLog,
  ClusterStatus,
  GuestConfig,
  GuestRef,
  ListedGuest,
  NodeStatus,
  PendingOption,
  PermissionMap,
  Snapshot,
  Task,
  Topic,
  User,
  Version,
} from "./types.ts";

/** How a server proves who it is before it is sent the token. */
export interface Trust {
  /** Certificates in PEM of the authorities that are trusted, in place of the public ones. */
  ca?: string;
  /** SHA-256 fingerprints, as `AB:CD:…`, of which the server's certificate must have one; then no authority is asked. */
  pins?: readonly string[];
  /** Any certificate will do: whoever is on the way gets the token. */
  insecure?: true;
}

/** Where and how to ask. */
export interface ProxmoxApiOptions {
  /** Servers of one cluster, as `https://pve1:8006`: the next is asked where one does not answer. */
  endpoints: readonly string[];
  /** `USER@REALM!ID=UUID`. */
  token: string;
  /** How the servers prove themselves; the public authorities where it says nothing. */
  trust: Trust;
  /** The most time for each question, in milliseconds. */
  timeoutMs: number;
  /** Ends all questions. */
  signal?: AbortSignal;
}

/** What is known of the server that answered last. */
export interface Server {
  /** SHA-256 of its certificate, as `AB:CD:…`. */
  fingerprint: string;
  /** When its certificate ends. */
  validTo: Date;
  /** What its clock said, in milliseconds since 1970, to a second. */
  clock?: number;
}

/** Which tasks of a node; times are Unix seconds. */
export interface TaskQuery {
  /** Those that began no sooner. */
  since?: number;
  /** Those that began no later. */
  until?: number;
  /** At most so many, the newest first. */
  limit?: number;
  /** Finished ones (Proxmox's default), running ones, or both. */
  source?: "archive" | "active" | "all";
  /** Those whose id is this guest's number. */
  vmid?: number;
}

/** A cluster that can be asked; `openProxmoxApi()` of `open.ts` opens one. Every method rejects with a `ProxmoxApiError`. At most four questions are under way at once. */
export interface ProxmoxApi extends Disposable {
  /** The server that answered last; before that, the first. */
  readonly endpoint: string;
  /** How many requests were sent. */
  readonly requests: number;
  /** Absent before the first answer. */
  readonly server: Server | undefined;
  /** Any token may ask. */
  version(): Promise<Version>;
  /** All rights of the token. Paths without any are missing. */
  permissions(): Promise<PermissionMap>;
  /** The token's rights at one path, which stands in the map also where there are none. */
  permissionsAt(path: string): Promise<PermissionMap>;
  /** Guests that the token may see, on all nodes. */
  guests(): Promise<ListedGuest[]>;
  /** Needs Sys.Audit on `/`. */
  clusterStatus(): Promise<ClusterStatus[]>;
  /** Any token may ask. */
  nodes(): Promise<NodeStatus[]>;
  /** Needs VM.Audit; a container with `env` wants VM.Config.Options. */
  config(guest: GuestRef): Promise<GuestConfig>;
  /** As {@linkcode ProxmoxApi.config}. */
  pending(guest: GuestRef): Promise<PendingOption[]>;
  /** Needs VM.Audit. */
  snapshots(guest: GuestRef): Promise<Snapshot[]>;
  /** The token's own tasks; with Sys.Audit on the node, all. */
  tasks(node: string, query?: TaskQuery): Promise<Task[]>;
  /** The token's own lines; with Sys.Syslog on `/`, all. @param max At most so many, the newest ones. */
  clusterLog(max: number): Promise<ClusterLog>;
  /** Who has which role where: nothing without Sys.Audit on `/access`. */
  accessRules(): Promise<AccessRule[]>;
  /** Users and their tokens, those that the token may see: all with Sys.Audit on `/access/groups`. */
  users(): Promise<User[]>;
  /**
   * A part of the configuration as it stands, without what changes by itself. Rows that the token may not see are left out;
   * values may be secrets.
   */
  topic(topic: Topic): Promise<unknown>;
}
