/**
 * What may be said of a guest that a plan no longer finds. A provider can take an outage, a missing privilege or a move for
 * a deletion; so can a list that lags behind. Pure.
 *
 * | first list | second list | besides | then |
 * |---|---|---|---|
 * | another node | | its name, where both sides tell it, is the same | `moved` |
 * | | another node | the same | `moved` |
 * | the state's node | the state's node | | `exists` |
 * | absent | absent | no right to see it | `hidden` |
 * | absent | absent | the right to see it, no configuration on the old node, and a quorum | `deleted` |
 * | anything else | | | `unknown` |
 *
 * @module
 */

import { saysNoSuchGuest } from "../../lib/proxmox_api/errors.ts";
import type { ClusterStatus, GuestConfig, ListedGuest, PermissionMap } from "../../lib/proxmox_api/types.ts";
import type { FoundGuest } from "../verdict/testimony.ts";
import type { GuestClaim } from "./claims.ts";
import type { Heard, Silence } from "./witness.ts";

/** Why it is not known what became of a guest. */
export type Doubt =
  /** The cluster is not proven to be the provider's. */
  | { why: "unproven" }
  /** A question had no answer. */
  | { why: "silent"; silence: Silence }
  /** The token has no right to see it. */
  | { why: "no-right" }
  /** One list has it, and the other has not. */
  | { why: "comes-and-goes" }
  /** It has another name than the state's: its number may have been given away. */
  | { why: "other-name" }
  /** No list has it, and its node still has its configuration. */
  | { why: "still-configured" }
  /** The state does not tell where it was. */
  | { why: "no-node" }
  /** The cluster has lost its majority: its lists may be old. */
  | { why: "no-quorum" };

/** What became of a guest. */
export interface Fate extends FoundGuest {
  /** Exactly where it is `hidden` or `unknown`. */
  doubt?: Doubt;
}

/** What was asked about a guest that neither list may have. */
export interface Inquiry {
  /** The token's rights at `/vms/ID`. */
  rights: Heard<PermissionMap>;
  /** Its configuration on the node that the state names; absent where it names none. */
  config?: Heard<GuestConfig>;
}

/** What is known about the cluster. */
export interface Cluster {
  /** All rights of the token. */
  permissions: PermissionMap;
  /** The cluster and its nodes. */
  status: Heard<readonly ClusterStatus[]>;
}

/** The guest in a list; undefined where it is not in it. One of the other kind has just taken its number. */
export function listedAs(claim: GuestClaim, guests: readonly ListedGuest[]): ListedGuest | undefined {
  return guests.find(({ kind, id }) => kind === claim.kind && id === claim.id);
}

/** Whether one list is enough: it has the guest on another node. */
export function moved(claim: GuestClaim, first: readonly ListedGuest[]): Fate | undefined {
  const guest = listedAs(claim, first);
  if (!guest || claim.node === undefined || guest.node === claim.node) return undefined;
  const isOther = claim.name !== undefined && guest.name !== undefined && claim.name !== guest.name;
  return isOther ? unknown(claim, { why: "other-name" }) : { ...base(claim), found: "moved", node: guest.node };
}

/** What became of a guest that the first list does not have on another node. */
export function fateOf(
  claim: GuestClaim,
  [first, second]: readonly [readonly ListedGuest[], Heard<readonly ListedGuest[]>],
  cluster: Cluster,
  inquiry: Inquiry | undefined,
): Fate {
  if ("silence" in second) return unknown(claim, { why: "silent", silence: second.silence });
  const hasMoved = moved(claim, second.said);
  if (hasMoved) return hasMoved;
  const [before, after] = [listedAs(claim, first), listedAs(claim, second.said)];
  if (before && after) return { ...base(claim), found: "exists", node: after.node };
  if (before || after || !inquiry) return unknown(claim, { why: "comes-and-goes" });
  const doubt = doubtAbout(claim, cluster, inquiry);
  if (doubt) return { ...base(claim), found: doubt.why === "no-right" ? "hidden" : "unknown", doubt };
  const successor = second.said.find(({ id }) => id === claim.id);
  return { ...base(claim), found: "deleted", ...(successor ? { takenBy: successor.kind } : {}) };
}

/** The guest as one of which nothing can be said. */
export function unknown(claim: GuestClaim, doubt: Doubt): Fate {
  return { ...base(claim), found: "unknown", doubt };
}

function base({ kind, id, node }: GuestClaim): Pick<FoundGuest, "kind" | "id" | "from"> {
  return { kind, id, ...(node === undefined ? {} : { from: node }) };
}

/** What keeps a guest that no list has from being called deleted. */
function doubtAbout({ id }: GuestClaim, cluster: Cluster, { rights, config }: Inquiry): Doubt | undefined {
  if ("silence" in rights) return { why: "silent", silence: rights.silence };
  if (!maySee(id, cluster.permissions, rights.said)) return { why: "no-right" };
  if ("silence" in cluster.status) return { why: "silent", silence: cluster.status.silence };
  // A single node is in no cluster, and has no entry that tells.
  if (cluster.status.said.some(({ quorate }) => quorate === false)) return { why: "no-quorum" };
  if (!config) return { why: "no-node" };
  if ("said" in config) return { why: "still-configured" };
  return saysNoSuchGuest(config.silence.error) ? undefined : { why: "silent", silence: config.silence };
}

/**
 * Whether the token would see a guest of this number: by a right on all guests that no deeper path takes away. A right on
 * the guest itself or by its pool goes with the guest, and proves nothing.
 */
function maySee(id: number, all: PermissionMap, there: PermissionMap): boolean {
  const above = all["/vms"] ?? all["/"] ?? {};
  return above["VM.Audit"] === true && there[`/vms/${id}`]?.["VM.Audit"] !== undefined;
}
