/**
 * Which thing of Proxmox's API stands behind an object. Pure.
 *
 * @module
 */

import type { Identity } from "../provider.ts";
import { guestId, guestName, isContainer, isVm, kindOf, text, values } from "./types.ts";

/** The kinds of Proxmox's API that have an id of their own, by the provider's name of the type: attribute that holds it. */
const BY_ATTRIBUTE: Record<string, [kind: string, attribute: string]> = {
  pool: ["pool", "pool_id"],
  user: ["user", "user_id"],
  group: ["group", "group_id"],
  role: ["role", "role_id"],
};

/** Guests as `qemu` or `lxc` with their name and node; pools, users, groups and roles by name. */
export function identity(type: string, attributes: unknown): Identity | undefined {
  const own = values(attributes);
  const guest = isVm(type) ? "qemu" : isContainer(type) ? "lxc" : undefined;
  if (guest) {
    const id = guestId(own), name = guestName(type, own), node = text(own.node_name);
    return id === undefined ? undefined : { kind: guest, id, ...(name ? { name } : {}), ...(node ? { node } : {}) };
  }
  const kindOfType = kindOf(type) ?? "";
  if (!Object.hasOwn(BY_ATTRIBUTE, kindOfType)) return undefined;
  const [kind, attribute] = BY_ATTRIBUTE[kindOfType]!;
  const id = text(own[attribute]);
  return id === undefined ? undefined : { kind, id };
}
