/**
 * What people call Proxmox's objects. Pure.
 *
 * @module
 */

import type { PlannedObject } from "../../terraform/plan.ts";
import { guestId, guestName, isContainer, isVm, kindOf, text, type Values, values } from "./types.ts";

/**
 * What a person calls an object: `VM 101 "web" on pve1`, `container 201 "dns" on pve1`, `firewall rules of VM 101`,
 * `pool prod`. Undefined for types other than Proxmox's.
 */
export function label(object: PlannedObject, drift?: PlannedObject): string | undefined {
  const kind = kindOf(object.type);
  if (!kind) return undefined;
  const attributes = attributesOf(object, drift);
  const node = text(attributes.node_name);
  if (isVm(object.type) || isContainer(object.type)) {
    const what = isVm(object.type) ? "VM" : "container", name = guestName(object.type, attributes);
    return [what, guestId(attributes) ?? "(no id yet)", name && JSON.stringify(name), node && `on ${node}`]
      .filter(Boolean).join(" ");
  }
  if (kind === "firewall_rules" || kind === "firewall_options") {
    const what = kind.replace("_", " ");
    if (text(attributes.vm_id)) return `${what} of VM ${attributes.vm_id}`;
    if (text(attributes.container_id)) return `${what} of container ${attributes.container_id}`;
    return node ? `${what} of node ${node}` : `${what} of the cluster`;
  }
  if (kind === "acl") return `ACL on ${text(attributes.path) ?? "?"}`;
  if (kind === "user_token") return `token ${text(attributes.token_name) ?? "?"} of ${text(attributes.user_id) ?? "?"}`;
  if (kind === "pool_membership") return membershipLabel(attributes);
  const name = NAMES.map((one) => text(attributes[one])).find((one) => one !== undefined);
  return name && `${WORDS[kind] ?? kind.replaceAll("_", " ")} ${name}`;
}

/** The attributes that name an object, the best first. */
const NAMES = ["pool_id", "user_id", "role_id", "group_id", "name", "file_name", "resource_id", "plugin", "id"];

/** What kinds are called whose type is no words. */
const WORDS: Readonly<Record<string, string>> = {
  hagroup: "HA group",
  haresource: "HA resource",
  harule: "HA rule",
};

function membershipLabel({ pool_id, vm_id, storage_id }: Values): string {
  const member = text(vm_id) ? `guest ${vm_id}` : text(storage_id) ? `storage ${storage_id}` : "a member";
  return `${member} in pool ${text(pool_id) ?? "?"}`;
}

/** The object as it is, or as it was, or as the code wants it: whichever there is. */
function attributesOf(object: PlannedObject, drift?: PlannedObject): Values {
  return values(object.change.before ?? drift?.change.before ?? object.change.after);
}
