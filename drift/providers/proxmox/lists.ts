/**
 * Lists of objects that do not go by position: the provider keeps them as lists, and Proxmox as sets, or by a number that
 * changes when another entry comes or goes.
 *
 * @module
 */

import type { KnownList } from "../provider.ts";
import { kindOf } from "./types.ts";

/** A list at the top of a resource, under both names of its type. */
function list(kinds: string[], path: string, rest: Omit<KnownList, "matches">): KnownList {
  return { matches: (type, at) => at === path && kinds.includes(kindOf(type) ?? ""), ...rest };
}

const RULE = ["type", "action", "security_group", "macro", "iface", "source", "dest", "proto", "sport", "dport"];

/** What is known of the provider's lists. */
export const lists: readonly KnownList[] = [
  list(["firewall_ipset"], "cidr", { isUnordered: true, key: ["name"] }),
  list(["firewall_rules", "cluster_firewall_security_group", "firewall_security_group"], "rule", {
    isUnordered: false,
    key: RULE,
    position: "pos",
    nouns: ["rule", "rules"],
  }),
  list(["user", "group"], "acl", { isUnordered: true, key: ["path", "role_id"] }),
];
