/**
 * Which guests an environment claims: those in its state, and those that its code asks for by number. Pure.
 *
 * @module
 */

import type { Identity } from "../providers/provider.ts";
import { isWatched, type Watched } from "./seen.ts";

/** A guest that an environment's state or its pending creates claim. */
export interface GuestClaim {
  /** Proxmox's own word. */
  kind: "qemu" | "lxc";
  /** Proxmox's number of the guest. */
  id: number;
  /** What the plan's refresh found it called; absent where no plan was read, or it has no name. */
  name?: string;
  /** Where the plan's refresh found it; absent where no plan was read. */
  node?: string;
  /** Resource address. */
  address: string;
}

/** What an environment is remembered to claim, from its last completed plan. */
export interface RememberedGuests {
  /** When the plan began; ISO 8601, UTC. */
  at: string;
  /** The cluster that was proven to be the provider's; absent where none was: then the claims say nothing. */
  cluster?: string;
  /** One for each resource. */
  claims: GuestClaim[];
  /** What else the state held at the last plan that was read; absent where none was. */
  watched?: Watched;
}

/** The claim that an identity makes; undefined where it is no guest's. */
export function claimOf(address: string, identity: Identity | undefined): GuestClaim | undefined {
  if (identity?.kind !== "qemu" && identity?.kind !== "lxc") return undefined;
  const { kind, name, node } = identity, id = Number(identity.id);
  if (!Number.isSafeInteger(id) || id <= 0) return undefined;
  return { kind, id, ...(name ? { name } : {}), ...(node ? { node } : {}), address };
}

/** A guest's name among all of a cluster's. Both kinds take their numbers from one range, and one can follow the other. */
export function guestKey({ kind, id }: Pick<GuestClaim, "kind" | "id">): string {
  return `${kind}/${id}`;
}

/** Reads what a memory's file holds; undefined where it is not of this shape. */
export function asRememberedGuests(value: unknown): RememberedGuests | undefined {
  const { at, cluster, claims, watched } = (value ?? {}) as Partial<RememberedGuests>;
  if (typeof at !== "string" || Number.isNaN(Date.parse(at)) || !Array.isArray(claims)) return undefined;
  if (cluster !== undefined && typeof cluster !== "string") return undefined;
  if (watched !== undefined && !isWatched(watched)) return undefined;
  const isWhole = claims.every(({ kind, id, name = "", node = "", address }) =>
    (kind === "qemu" || kind === "lxc") && Number.isSafeInteger(id) &&
    [name, node, address].every((text) => typeof text === "string")
  );
  return isWhole
    ? { at, ...(cluster === undefined ? {} : { cluster }), claims, ...(watched ? { watched } : {}) }
    : undefined;
}
