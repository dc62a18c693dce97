/**
 * What people call the objects of Telmate/proxmox. Pure.
 *
 * @module
 */

import type { PlannedObject } from "../../terraform/plan.ts";
import { guestOf, text, type Values, values } from "./guests.ts";

/** What is no guest, by its type: a name from its attributes. */
const OTHERS: Readonly<Record<string, (own: Values) => string | undefined>> = {
  proxmox_pool: ({ poolid }) => text(poolid) && `pool ${text(poolid)}`,
  proxmox_cloud_init_disk: ({ name, storage }) => text(name) && placed(`cloud-init disk ${text(name)}`, storage),
  proxmox_storage_iso: ({ filename, storage }) => text(filename) && placed(`ISO image ${text(filename)}`, storage),
  proxmox_lxc_disk: ({ container, slot }) => {
    const id = /\d+$/.exec(text(container))?.[0];
    return id && `mount point mp${slot} of container ${id}`;
  },
};

/** `VM 101 "web" on pve1`, `container 201 "dns" on pve1`, `pool prod`; undefined for what has no name of its own. */
export function label({ type, change }: PlannedObject, drift?: PlannedObject): string | undefined {
  const own = values(change.before ?? drift?.change.before ?? change.after);
  if (Object.hasOwn(OTHERS, type)) return OTHERS[type]!(own) || undefined;
  const guest = guestOf(type, own);
  if (!guest) return undefined;
  const { kind, id, name, node } = guest;
  const what = [kind === "qemu" ? "VM" : "container", id || "(no id yet)", ...(name ? [JSON.stringify(name)] : [])];
  return placed(what.join(" "), node);
}

function placed(what: string, place: unknown): string {
  return text(place) === "" ? what : `${what} on ${place}`;
}
