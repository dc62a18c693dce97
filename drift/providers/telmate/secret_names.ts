/**
 * Attributes of Telmate/proxmox that hold secrets, though their names do not say it. Pure.
 *
 * @module
 */

/** By type: what cloud-init reads besides `user_data`, in which people write passwords too. */
const SECRET: Readonly<Record<string, readonly string[]>> = {
  proxmox_cloud_init_disk: ["meta_data", "network_config", "vendor_data"],
};

/** Names of attributes that hold secrets in objects of this type. */
export function secretNames(type: string): readonly string[] {
  return Object.hasOwn(SECRET, type) ? SECRET[type]! : [];
}
