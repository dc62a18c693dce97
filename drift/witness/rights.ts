/**
 * What a token's rights let the witness know, and what they let it do besides. Pure.
 *
 * @module
 */

import type { AccessRule, PermissionMap } from "../../lib/proxmox_api/types.ts";

/** A right that the token lacks. */
export interface MissingRight {
  /** Proxmox's name of it, and where. */
  right: string;
  /** What is lost, as a clause. */
  cost: string;
  /** The witness does what it must without it. */
  isOptional: boolean;
}

/** What the witness is asked to do. */
export interface Duties {
  /** It tells who asked for changes. */
  who: boolean;
  /** It sets guests aside by their pools. */
  pools: boolean;
}

/** A right that is held at a path; one that does not reach deeper is held there too. */
function holds(permissions: PermissionMap, path: string, right: string): boolean {
  return permissions[path]?.[right] !== undefined;
}

/** A right that reaches everything below a path. */
function reaches(permissions: PermissionMap, path: string, right: string): boolean {
  return (permissions[path] ?? permissions["/"])?.[right] === true;
}

/** Whether the token sees what everybody asked for: else Proxmox shows it its own tasks and lines alone. */
export function recordsInSight(permissions: PermissionMap): { tasks: boolean; log: boolean } {
  return { tasks: reaches(permissions, "/nodes", "Sys.Audit"), log: holds(permissions, "/", "Sys.Syslog") };
}

/** The rights that the witness lacks, the gravest first. */
export function missingRights(permissions: PermissionMap, { who, pools }: Duties): MissingRight[] {
  const records = recordsInSight(permissions);
  const wanted: (MissingRight & { isHeld: boolean })[] = [
    {
      isHeld: reaches(permissions, "/vms", "VM.Audit"),
      right: "VM.Audit on /vms, propagated",
      cost: "no guest can be called deleted or unmanaged, since it may be hidden from the token",
      isOptional: false,
    },
    {
      isHeld: holds(permissions, "/", "Sys.Audit"),
      right: "Sys.Audit on /",
      cost: "no guest can be called deleted, since it is not known whether the cluster has its majority",
      isOptional: false,
    },
    {
      isHeld: reaches(permissions, "/pool", "Pool.Audit"),
      right: "Pool.Audit on /pool, propagated",
      cost: "it does not see in which pool a guest is",
      isOptional: !pools,
    },
    {
      isHeld: !who || records.tasks,
      right: "Sys.Audit on /nodes, propagated",
      cost: "the task log does not say who destroyed, cloned, moved or started a guest",
      isOptional: true,
    },
    {
      isHeld: !who || records.log,
      right: "Sys.Syslog on /",
      cost: "the cluster log does not say who edited a VM",
      isOptional: true,
    },
  ];
  return wanted.filter(({ isHeld }) => !isHeld).map(({ isHeld: _, ...missing }) => missing);
}

/** The rights that let the token do more than look, by name. */
export function writingRights(permissions: PermissionMap): string[] {
  const all = Object.values(permissions).flatMap((rights) => Object.keys(rights));
  return [...new Set(all)].filter((right) => !/\.Audit$/.test(right) && right !== "Sys.Syslog").sort();
}

/**
 * Paths of guests and pools at which another role or `NoAccess` may take rights away from the token: the full map leaves out
 * paths without any right, so each has to be asked about.
 *
 * @param token `USER@REALM!ID`
 */
export function pathsToAskAbout(rules: readonly AccessRule[], permissions: PermissionMap, token: string): string[] {
  const [user] = token.split("!");
  const ours = rules.filter(({ type, ugid }) => type === "group" || ugid === token || ugid === user);
  const paths = [...ours.map(({ path }) => path), ...Object.keys(permissions)];
  return [...new Set(paths)].filter((path) => /^\/(?:vms|pool)\/./.test(path)).sort();
}
