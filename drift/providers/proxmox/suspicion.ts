/**
 * What gives away a deletion that is none. The provider takes a VM that the token may not see, or a container that was
 * moved, for deleted (https://github.com/bpg/terraform-provider-proxmox/issues/1665). With a token that lacks Pool.Audit it
 * takes every VM for one without a pool, while the pool itself is still read. Pure.
 *
 * @module
 */

import type { RefreshedObject } from "../../terraform/plan_queries.ts";
import type { Contradiction, Identity, OwnObjects } from "../provider.ts";
import { identity } from "./identities.ts";
import { kindOf, text, values } from "./types.ts";

/** The claim of a guest that looks deleted. */
export const DELETED = "guest(s) look deleted, but Proxmox still knows them";
/** The claim of a guest that reads as one in no pool. */
export const OUT_OF_POOL = "guest(s) look taken out of their pool, but the pool still lists them";

/** Guests that the same plan shows to be there, or to be in their pool still. */
export function contradictions({ vanished, refreshed }: OwnObjects): Contradiction[] {
  const pools = poolMembers(refreshed), rules = firewallRules(refreshed);
  const lost = vanished.flatMap(({ type, address, change }) => {
    const guest = guestOf(type, change.before);
    const why = guest && (pools.get(keyOf(guest)) ?? rules.get(keyOf(guest)));
    return why ? [{ address, claim: DELETED, why }] : [];
  });
  const expelled = refreshed.flatMap(({ type, address, values: now, previous }) => {
    const pool = text(values(previous).pool_id), guest = guestOf(type, now);
    const isExpelled = guest && pool !== undefined && text(values(now).pool_id) === undefined;
    const why = isExpelled ? pools.get(keyOf(guest, pool)) : undefined;
    return why ? [{ address, claim: OUT_OF_POOL, why }] : [];
  });
  return [...lost, ...expelled];
}

function guestOf(type: string, attributes: unknown): Identity | undefined {
  const found = identity(type, attributes);
  return found?.kind === "qemu" || found?.kind === "lxc" ? found : undefined;
}

/** Ids are unique among guests of both kinds: one that was freed can be taken by the other kind. */
function keyOf({ kind, id }: Pick<Identity, "kind" | "id">, pool = ""): string {
  return `${pool}\n${kind} ${id}`;
}

/** What the first pool that lists a guest says of it, and each pool by itself. */
function poolMembers(objects: RefreshedObject[]): Map<string, string> {
  const said = new Map<string, string>();
  for (const { type, values: now } of objects) {
    const { members, pool_id } = values(now);
    if (kindOf(type) !== "pool" || !Array.isArray(members)) continue;
    for (const { vm_id, node_name, type: kind } of members.map(values)) {
      const id = text(vm_id);
      if (id === undefined) continue;
      // Where the type is not told, it may be either.
      for (const one of text(kind) === undefined ? ["qemu", "lxc"] : [text(kind)!]) {
        for (const key of [keyOf({ kind: one, id }), keyOf({ kind: one, id }, text(pool_id))]) {
          if (!said.has(key)) said.set(key, `pool ${pool_id} still lists guest ${id} on node ${node_name}`);
        }
      }
    }
  }
  return said;
}

/** What the firewall rules of a guest say of it, where they are still there. */
function firewallRules(objects: RefreshedObject[]): Map<string, string> {
  const said = new Map<string, string>();
  for (const { type, values: now, previous } of objects) {
    const { rule, vm_id, container_id } = values(now);
    if (kindOf(type) !== "firewall_rules" || !Array.isArray(rule) || rule.length === 0) continue;
    if (previous !== undefined && JSON.stringify(values(previous).rule) !== JSON.stringify(rule)) continue;
    for (const [kind, id] of [["qemu", text(vm_id)], ["lxc", text(container_id)]] as const) {
      const key = id === undefined ? undefined : keyOf({ kind, id });
      if (key !== undefined && !said.has(key)) {
        said.set(key, `its ${rule.length} firewall rule(s) are still there, unchanged`);
      }
    }
  }
  return said;
}
