/**
 * Whether a witness's cluster is the one that a provider speaks to: every cluster has a guest 100. Pure.
 *
 * @module
 */

import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import { type GuestClaim, guestKey } from "./claims.ts";

/** A provider's guests behind one endpoint. */
export interface Installation {
  /** What the provider was told, as `https://pve1:8006/api2/json`; absent where that is not known. */
  endpoint?: string;
  /** The guests that the plan's refresh found. */
  refreshed: readonly GuestClaim[];
}

/** What a proof can rest on besides the guests. */
export interface Grounds {
  /** The environment's configuration names the cluster. */
  isNamed: boolean;
  /** The addresses of the witness. */
  endpoints: readonly string[];
  /** The guests that the witness lists. */
  listed: readonly ListedGuest[];
  /** Names that guests have by their configuration while the list lags behind, by {@linkcode guestKey}. */
  otherNames?: ReadonlyMap<string, readonly string[]>;
}

/** What the proof came to. */
export type Proof =
  | { isProven: true; by: "name" | "endpoint" | "guests" }
  | { isProven: false; mismatches: Mismatch[] };

/** A guest of the plan that is another one at the witness. */
export interface Mismatch {
  /** As the plan has it. */
  claim: GuestClaim;
  /** As the witness lists it. */
  listed: ListedGuest;
  /** What speaks against their being one. */
  differsIn: "kind" | "name";
}

/** How many guests prove a cluster. */
const ENOUGH = 2;

/**
 * The proof for one installation. It is proven where (b) its endpoint is one of the witness's, or else, while no guest is
 * another one at the witness, where (a) the configuration says so or (c) two guests are the same.
 */
export function prove({ endpoint, refreshed }: Installation, grounds: Grounds): Proof {
  const { isNamed, endpoints, listed, otherNames = new Map() } = grounds;
  if (endpoint !== undefined && endpoints.some((one) => serverOf(one) === serverOf(endpoint))) {
    return { isProven: true, by: "endpoint" };
  }
  const byId = new Map(listed.map((guest) => [guest.id, guest]));
  const mismatches: Mismatch[] = [];
  let matches = 0;
  for (const claim of refreshed) {
    const guest = byId.get(claim.id);
    if (!guest) continue;
    if (guest.kind !== claim.kind) mismatches.push({ claim, listed: guest, differsIn: "kind" });
    else if (claim.name !== undefined && guest.name !== undefined) {
      const names = [guest.name, ...otherNames.get(guestKey(claim)) ?? []];
      if (!names.includes(claim.name)) mismatches.push({ claim, listed: guest, differsIn: "name" });
      else if (guest.node === claim.node) matches++;
    }
  }
  if (mismatches.length > 0) return { isProven: false, mismatches };
  if (isNamed) return { isProven: true, by: "name" };
  return matches >= ENOUGH ? { isProven: true, by: "guests" } : { isProven: false, mismatches };
}

/** The server that an address names: host and port, whatever path and letters. What is no URL is itself. */
export function serverOf(endpoint: string): string {
  try {
    const { protocol, hostname, port } = new URL(endpoint);
    return `${hostname.toLowerCase().replace(/\.$/, "")}:${port || (protocol === "http:" ? "80" : "443")}`;
  } catch {
    return endpoint;
  }
}
