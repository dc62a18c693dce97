/**
 * What Proxmox VE answers, as this client hands it on. Fields that nobody uses are left out: descriptions and notes may
 * hold secrets.
 *
 * @module
 */

/** Proxmox's own words for a VM and a container. */
export type GuestKind = "qemu" | "lxc";

/** Where a guest's configuration is asked for. */
export interface GuestRef {
  /** VM or container. */
  kind: GuestKind;
  /** Proxmox's number of the guest. */
  id: number;
  /** Name of the node that it is on. */
  node: string;
}

/** Proxmox VE's version. */
export interface Version {
  /** As `9.2.11`. */
  version: string;
}

/**
 * Rights by path and name. A right that is present is held; `false` says that it does not reach what is below the path. The
 * full map leaves out paths without any right.
 */
export type PermissionMap = Record<string, Record<string, boolean>>;

/** A guest as the cluster's list has it. */
export interface ListedGuest extends GuestRef {
  /** Absent while Proxmox has no statistics of it. */
  name?: string;
  /** `running`, `stopped`, or `unknown` where its node does not tell. */
  status: string;
  /** It is a template. */
  template: boolean;
  /** May be empty. */
  tags: string[];
  /** Absent where it is in none, or the token has no Pool.Audit. */
  pool?: string;
  /** Why it is locked: `backup`, `migrate`, `snapshot`, … */
  lock?: string;
  /** What HA says of it; absent where HA does not manage it. */
  hastate?: string;
}

/** The cluster itself, or one of its nodes. A single node that is in no cluster has an entry for the node alone. */
export interface ClusterStatus {
  /** `cluster` or `node`. */
  type: string;
  /** Name of the cluster or of the node. */
  name?: string;
  /** Whether the cluster has its majority; only the cluster's entry tells. */
  quorate?: boolean;
  /** Whether the node is there; only a node's entry tells. */
  online?: boolean;
}

/** A node of the cluster. */
export interface NodeStatus {
  /** Its name. */
  node: string;
  /** `online`, `offline` or `unknown`. */
  status: string;
  /** SHA-256 of its certificate, as `AB:CD:…`. */
  fingerprint?: string;
}

/**
 * Options of a guest by name, each as text, those that wait for a restart included; `digest` is among them. Values may be
 * secrets. Raw `lxc.*` lines are left out.
 */
export type GuestConfig = Record<string, string>;

/**
 * One option as it runs and as it is written; `digest` stands among them, and `parent` where the guest has a snapshot.
 * Values may be secrets.
 */
export interface PendingOption {
  /** Name of the option. */
  key: string;
  /** As it runs; absent where it is not set. */
  value?: string;
  /** As it is written, where a change waits: not always another value. */
  pending?: string;
  /** Its removal waits: 1, or 2 where it was forced or the option is not set. */
  delete?: number;
}

/** A snapshot of a guest. The entry `current`, by which Proxmox means the guest itself, is left out. */
export interface Snapshot {
  /** Its name. */
  name: string;
  /** When it was taken, in Unix seconds. */
  snaptime?: number;
  /** Name of the one before it. */
  parent?: string;
  /** It holds the memory too. */
  vmstate: boolean;
}

/** A task of a node: something that was begun, not necessarily done. */
export interface Task {
  /** Proxmox's id of the task. */
  upid: string;
  /** The node that ran it. */
  node: string;
  /** As `qmdestroy`. */
  type: string;
  /** What it is about: a guest's number for most, `102@local-lvm` or nothing for others. */
  id: string;
  /** Who asked: `alice@pve`, or the whole id of a token. */
  user: string;
  /** Unix seconds. */
  starttime: number;
  /** Unix seconds; absent while it runs. */
  endtime?: number;
  /** `OK`, or what went wrong; absent while it runs, and on some that ended. */
  status?: string;
}

/** A line of the cluster log. */
export interface LogLine {
  /** Unix seconds. */
  time: number;
  /** The node that wrote it. */
  node: string;
  /** Who asked: `alice@pve`, or the whole id of a token. */
  user: string;
  /** The program that wrote it, as `pvedaemon`. */
  tag: string;
  /** As `update VM 101: -cores 4`. Values of options may be secrets: read their names alone, and keep no text. */
  msg: string;
}

/** The newest lines of the cluster log. */
export interface ClusterLog {
  /** The newest first. */
  lines: LogLine[];
  /** Older lines that were asked for are missing: one that Proxmox cannot read hides itself and those beyond it. */
  isCut: boolean;
}

/**
 * What is asked for as a whole, only to see whether it is as it was: parts of the configuration of the cluster, of a node,
 * or of a guest.
 */
export type Topic =
  | {
    of:
      | "pools"
      | "users"
      | "groups"
      | "roles"
      | "accessRules"
      | "storages"
      | "haResources"
      | "haRules"
      | "backupJobs"
      | "clusterFirewall";
  }
  | { of: "networks"; node: string }
  | { of: "firewallRules" | "firewallOptions"; guest: GuestRef };

/** A user and its tokens. */
export interface User {
  /** As `drift@pve`. */
  userid: string;
  /** When the account ends, in Unix seconds; 0 and none mean never. */
  expire?: number;
  /** Its tokens. */
  tokens?: {
    /** The part after the `!`. */
    tokenid: string;
    /** When the token ends, in Unix seconds; 0 and none mean never. */
    expire?: number;
  }[];
}

/** Who has which role where. */
export interface AccessRule {
  /** As `/vms/101`. */
  path: string;
  /** `user`, `group` or `token`. */
  type: string;
  /** As `drift@pve`, a group's name, or `drift@pve!eyes`. */
  ugid: string;
}
