/**
 * What gives away a deletion that is none. The provider takes a VM that the token may not see, or a container that was
 * moved, for deleted (https://github.com/bpg/terraform-provider-proxmox/issues/1665). With a token that lacks Pool.Audit it
 * takes every VM for one without a pool, while the pool itself is still read. Pure.
 *
 * @module
 */

import type { RefreshedObject } from "../../terraform/plan.ts";
import type { Contradiction, Identity, OwnObjects } from "../provider.ts";
import { identity } from "./identities.ts";
import { kindOf, text, type Values, values } from "./types.ts";

const DELETED = "guest(s) look deleted, but Proxmox still knows them";
const OUT_OF_POOL = "guest(s) look taken out of their pool, but the pool still lists them";

/** Guests that the same plan shows to be there, or to be in their pool still. */
export function contradictions({ vanished, refreshed }: OwnObjects): Contradiction[] {
  const lost = vanished.flatMap(({ type, address, change }) => {
    const guest = guestOf(type, change.before);
    const why = guest &&
      (first(refreshed, (one) => poolSays(one, guest)) ?? first(refreshed, (one) => rulesSay(one, guest)));
    return why ? [{ address, claim: DELETED, why }] : [];
  });
  const expelled = refreshed.flatMap(({ type, address, values: now, previous }) => {
    const pool = text(values(previous).pool_id), guest = guestOf(type, now);
    if (!guest || pool === undefined || text(values(now).pool_id) !== undefined) return [];
    const why = first(refreshed, (one) => values(one.values).pool_id === pool ? poolSays(one, guest) : undefined);
    return why ? [{ address, claim: OUT_OF_POOL, why }] : [];
  });
  return [...lost, ...expelled];
}

function guestOf(type: string, attributes: unknown): Identity | undefined {
  const found = identity(type, attributes);
  return found?.kind === "qemu" || found?.kind === "lxc" ? found : undefined;
}

function first<T>(objects: RefreshedObject[], says: (object: RefreshedObject) => T | undefined): T | undefined {
  for (const one of objects) {
    const said = says(one);
    if (said !== undefined) return said;
  }
  return undefined;
}

function poolSays({ type, values: now }: RefreshedObject, guest: Identity): string | undefined {
  const { members, pool_id } = values(now);
  if (kindOf(type) !== "pool" || !Array.isArray(members)) return undefined;
  const member = members.map(values).find((one) => isMember(one, guest));
  return member && `pool ${pool_id} still lists guest ${guest.id} on node ${member.node_name}`;
}

/** Ids are unique among guests of both kinds: one that was freed can be taken by the other kind. */
function isMember({ vm_id, type }: Values, guest: Identity): boolean {
  return text(vm_id) === guest.id && (text(type) ?? guest.kind) === guest.kind;
}

function rulesSay({ type, values: now, previous }: RefreshedObject, guest: Identity): string | undefined {
  const { rule, vm_id, container_id } = values(now);
  if (kindOf(type) !== "firewall_rules" || !Array.isArray(rule) || rule.length === 0) return undefined;
  if (text(guest.kind === "qemu" ? vm_id : container_id) !== guest.id) return undefined;
  const isChanged = previous !== undefined && JSON.stringify(values(previous).rule) !== JSON.stringify(rule);
  return isChanged ? undefined : `its ${rule.length} firewall rule(s) are still there, unchanged`;
}
