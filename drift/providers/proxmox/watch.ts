/**
 * Which part of Proxmox's configuration an object stands for that a look at guests does not see. Pure.
 *
 * @module
 */

import type { Watch, WatchTopic } from "../provider.ts";
import { kindOf, text, values } from "./types.ts";

const TOPICS: readonly [kinds: RegExp, topic: WatchTopic][] = [
  [/firewall/, "firewall"],
  [/^pool(_membership)?$/, "pools"],
  [/^(user|user_token|group|role|acl)$/, "access"],
  [/^storage_/, "storage"],
  [/^ha(resource|group|rule)$/, "ha"],
  [/^backup_job$/, "backup"],
  [/^network_linux_/, "network"],
];

/** The part of the configuration behind an object; of a firewall with its guest, where it is one's. */
export function watch(type: string, attributes: unknown): Watch | undefined {
  const kind = kindOf(type) ?? "";
  const topic = TOPICS.find(([kinds]) => kinds.test(kind))?.[1];
  if (topic === undefined) return undefined;
  const { vm_id, container_id } = values(attributes);
  const qemu = Number(text(vm_id)), lxc = Number(text(container_id));
  if (topic !== "firewall" || !(qemu > 0 || lxc > 0)) return { topic };
  return { topic, guest: qemu > 0 ? { kind: "qemu", id: qemu } : { kind: "lxc", id: lxc } };
}
