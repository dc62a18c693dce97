/**
 * What we know of the Proxmox provider (bpg/proxmox 0.94 to 0.111): what people call its objects, which bare changes
 * mislead, and what gives away a deletion that is none. Pure. The provider's habits were read in its source and seen on
 * the running provider; the functions name the upstream threads where there is one.
 *
 * @module
 */

import type { Leaf } from "../../verdict/diff.ts";
import type { Entry } from "../../verdict/changes.ts";
import { type Plan, type PlannedObject, stateResources } from "../../terraform/plan.ts";
import type { Change } from "../../report.ts";

type Values = Record<string, unknown>;

/** The provider's name of a type, without its prefix: since 0.100 many resources exist under two names. */
function kindOf(type: string): string | undefined {
  return /^proxmox(?:_virtual_environment)?_(.+)$/.exec(type)?.[1];
}

const VM_KINDS = new Set(["vm", "vm2", "cloned_vm", "vm_qemu"]);

function isVm(type: string): boolean {
  const kind = kindOf(type);
  return kind !== undefined && VM_KINDS.has(kind);
}

function isContainer(type: string): boolean {
  const kind = kindOf(type);
  return kind === "container" || kind === "lxc";
}

function values(value: unknown): Values {
  return typeof value === "object" && value !== null ? value as Values : {};
}

/** The object as it is, or as it was, or as the code wants it: whichever there is. */
function attributesOf(object: PlannedObject, drift?: PlannedObject): Values {
  return values(object.change.before ?? drift?.change.before ?? object.change.after);
}

function text(value: unknown): string | undefined {
  return (typeof value === "string" && value !== "") || typeof value === "number" ? `${value}` : undefined;
}

function guestId(attributes: Values): string | undefined {
  return text(attributes.vm_id) ?? text(attributes.container_id) ?? text(attributes.vmid) ?? text(attributes.id);
}

/**
 * What a person calls an object: `VM 101 "web" on pve1`, `container 201 "dns" on pve1`, `firewall rules of VM 101`,
 * `pool prod`. Undefined for types other than Proxmox's.
 */
export function label(object: PlannedObject, drift?: PlannedObject): string | undefined {
  const kind = kindOf(object.type);
  if (!kind) return undefined;
  const attributes = attributesOf(object, drift);
  const node = text(attributes.node_name) ?? text(attributes.target_node);
  const guest = (what: string, name: unknown) =>
    [what, guestId(attributes) ?? "(no id yet)", text(name) && JSON.stringify(name), node && `on ${node}`].filter(
      Boolean,
    ).join(" ");
  if (isVm(object.type)) return guest("VM", attributes.name);
  if (isContainer(object.type)) {
    const initialization = values((attributes.initialization as unknown[] | undefined)?.[0]);
    return guest("container", initialization.hostname ?? attributes.hostname);
  }
  if (kind === "firewall_rules" || kind === "firewall_options") {
    const what = kind.replace("_", " ");
    if (text(attributes.vm_id)) return `${what} of VM ${attributes.vm_id}`;
    if (text(attributes.container_id)) return `${what} of container ${attributes.container_id}`;
    return node ? `${what} of node ${node}` : `${what} of the cluster`;
  }
  const id = text(attributes.pool_id) ?? text(attributes.user_id) ?? text(attributes.role_id) ??
    text(attributes.group_id) ??
    text(attributes.name) ?? text(attributes.file_name) ?? text(attributes.id);
  if (kind === "acl") return `ACL on ${text(attributes.path) ?? "?"}`;
  if (kind === "user_token") return `token ${text(attributes.token_name) ?? "?"} of ${text(attributes.user_id) ?? "?"}`;
  return id && `${kind.replaceAll("_", " ")} ${id}`;
}

/** In plain words what a bare change hides, or undefined where it speaks for itself. */
export function describe(entry: Entry, change: Change): string | undefined {
  const { object } = entry;
  const leaf = (path: string) => entry.leaves.find((one) => one.path === path);
  if (object.deposed !== undefined) {
    return `deposed object ${object.deposed}: left behind by a replacement that failed; the next apply destroys it`;
  }
  if (change.action === "replace" && object.change.actions.includes("forget")) {
    return "the code says not to destroy it: applying this plan would leave the old one behind, unmanaged, and create another";
  }
  if (
    change.action === "replace" && entry.hidden.length > 0 &&
    entry.hidden.length === object.change.replace_paths?.length
  ) {
    return "forced by a value that is known only after apply";
  }
  const guest = isVm(object.type) ? "VM" : isContainer(object.type) ? "container" : undefined;
  if (guest && change.action === "create" && change.origin === "outside") {
    return isContainer(object.type)
      ? "not found where the state has it: deleted, or moved to another node (the provider looks on the old node only); applying this plan would create it anew"
      : "not found in Proxmox: deleted, or hidden from this token; applying this plan would create it anew";
  }
  const node = leaf("node_name");
  if (guest && node && (node.kind === "outside" || node.kind === "both")) {
    return change.action === "replace"
      ? `moved from ${node.previous} to ${node.actual}; applying this plan would destroy the ${guest}`
      : `moved from ${node.previous} to ${node.actual}; applying this plan would move it to ${node.expected}`;
  }
  const name = leaf("name");
  if (guest === "VM" && change.action === "update" && name?.kind === "outside" && hasOtherMac(entry)) {
    return `another VM ("${name.actual}") stands under this id; applying this plan would turn it into "${name.expected}"`;
  }
  if (change.action === "update" && kindOf(object.type) === "firewall_rules") return describeRules(entry);
  const shrinking = entry.leaves.find((one) =>
    /^disk\[\d+\]\.size$/.test(one.path) && (one.kind === "outside" || one.kind === "both") &&
    Number(one.actual) > Number(one.expected)
  );
  if (guest && shrinking) return "the disk has grown, and Proxmox cannot shrink one: write the new size into the code";
  return undefined;
}

/** A MAC address is the guest's own: where all of them are others, so is the guest. */
function hasOtherMac(entry: Entry): boolean {
  const macs = (side: unknown) => {
    const list = values(side).mac_addresses;
    return Array.isArray(list) ? list.filter((mac) => typeof mac === "string" && mac !== "") : [];
  };
  const before = macs(entry.drift?.change.before), now = macs(entry.object.change.before);
  return before.length > 0 && now.length > 0 && !before.some((mac) => now.includes(mac));
}

/** Firewall rules are a list by position, so that one rule on top makes all others differ: say how many really came and went. */
function describeRules(entry: Entry): string | undefined {
  if (!entry.leaves.some((leaf: Leaf) => /^rule\[/.test(leaf.path) && leaf.kind !== "observed")) return undefined;
  const rules = (side: unknown) => {
    const list = values(side).rule;
    return Array.isArray(list) ? list.map((rule) => JSON.stringify({ ...values(rule), pos: null })) : [];
  };
  const actual = rules(entry.object.change.before), expected = rules(entry.object.change.after);
  const without = (list: string[], other: string[]) => {
    const rest = [...other];
    return list.filter((rule) => {
      const at = rest.indexOf(rule);
      if (at >= 0) rest.splice(at, 1);
      return at < 0;
    }).length;
  };
  const extra = without(actual, expected), missing = without(expected, actual);
  if (extra === 0 && missing === 0) return "the same rules in another order";
  if (extra === missing) return undefined;
  const count = (n: number, word: string) => n > 0 ? [`${n} rule${n > 1 ? "s" : ""} ${word}`] : [];
  return `compared by position: ${
    [...count(extra, "there that the code does not have"), ...count(missing, "missing")].join(", ")
  }`;
}

/**
 * The tell-tales of a deletion that is none, in one plan: the pool still lists the guest, or the VM's firewall rules are
 * still there. The provider takes a VM that the token may not see, or a container that was moved, for deleted
 * (https://github.com/bpg/terraform-provider-proxmox/issues/1665).
 *
 * @param vanished addresses of the objects that were in the state and were not found
 * @returns address to what speaks against its deletion
 */
export function contradicted(plan: Plan, vanished: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  const drifts = new Map((plan.resource_drift ?? []).map((drift) => [drift.address, drift]));
  const guests = [...vanished].flatMap((address) => {
    const drift = drifts.get(address);
    if (!drift || !(isVm(drift.type) || isContainer(drift.type))) return [];
    const id = guestId(values(drift.change.before));
    return id === undefined ? [] : [{ address, id, vm: isVm(drift.type) }];
  });
  if (guests.length === 0) return found;
  const lookInto = (type: string, now: Values) => {
    if (kindOf(type) !== "pool" || !Array.isArray(now.members)) return;
    for (const guest of guests) {
      const member = now.members.map(values).find((one) => text(one.vm_id) === guest.id);
      if (member) {
        found.set(guest.address, `pool ${now.pool_id} still lists guest ${guest.id} on node ${member.node_name}`);
      }
    }
  };
  for (const one of stateResources(plan)) if (one.mode === "data") lookInto(one.type ?? "", values(one.values));
  for (const object of plan.resource_changes ?? []) {
    if (object.mode !== "managed" || vanished.has(object.address)) continue;
    const now = values(object.change.before);
    const kind = kindOf(object.type);
    lookInto(object.type, now);
    if (kind === "firewall_rules" && Array.isArray(now.rule) && now.rule.length > 0) {
      const drifted = drifts.get(object.address);
      if (drifted && JSON.stringify(values(drifted.change.before).rule) !== JSON.stringify(now.rule)) continue;
      for (const guest of guests) {
        const owner = guest.vm ? now.vm_id : now.container_id;
        if (text(owner) === guest.id && !found.has(guest.address)) {
          found.set(guest.address, `its ${now.rule.length} firewall rule(s) are still there, unchanged`);
        }
      }
    }
  }
  return found;
}
