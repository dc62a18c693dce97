/**
 * What gives away a deletion that is none. The provider takes a VM that the token may not see, or a container that was
 * moved, for deleted (https://github.com/bpg/terraform-provider-proxmox/issues/1665). Pure.
 *
 * @module
 */

import type { RefreshedObject } from "../../terraform/plan.ts";
import type { Identity, OwnObjects } from "../provider.ts";
import { identity } from "./identities.ts";
import { kindOf, text, values } from "./types.ts";

/** A guest that was not found. */
interface LostGuest extends Identity {
  address: string;
}

/**
 * Vanished guests that the same plan shows to be there: a pool still lists the guest, or its firewall rules are unchanged.
 * Address to what speaks against the deletion.
 */
export function contradictions({ vanished, refreshed }: OwnObjects): Map<string, string> {
  const guests = vanished.flatMap(({ type, address, change }): LostGuest[] => {
    const found = identity(type, change.before);
    return found && (found.kind === "qemu" || found.kind === "lxc") ? [{ ...found, address }] : [];
  });
  return new Map(guests.flatMap((guest) => {
    const said = firstSaid(refreshed, (one) => poolSays(one, guest)) ??
      firstSaid(refreshed, (one) => rulesSay(one, guest));
    return said === undefined ? [] : [[guest.address, said]];
  }));
}

function firstSaid(
  objects: RefreshedObject[],
  says: (object: RefreshedObject) => string | undefined,
): string | undefined {
  for (const one of objects) {
    const said = says(one);
    if (said !== undefined) return said;
  }
  return undefined;
}

function poolSays({ type, values: now }: RefreshedObject, guest: LostGuest): string | undefined {
  const { members, pool_id } = values(now);
  if (kindOf(type) !== "pool" || !Array.isArray(members)) return undefined;
  const member = members.map(values).find((one) => text(one.vm_id) === guest.id);
  return member && `pool ${pool_id} still lists guest ${guest.id} on node ${member.node_name}`;
}

function rulesSay({ type, values: now, previous }: RefreshedObject, guest: LostGuest): string | undefined {
  const { rule, vm_id, container_id } = values(now);
  if (kindOf(type) !== "firewall_rules" || !Array.isArray(rule) || rule.length === 0) return undefined;
  if (text(guest.kind === "qemu" ? vm_id : container_id) !== guest.id) return undefined;
  const isChanged = previous !== undefined && JSON.stringify(values(previous).rule) !== JSON.stringify(rule);
  return isChanged ? undefined : `its ${rule.length} firewall rule(s) are still there, unchanged`;
}
