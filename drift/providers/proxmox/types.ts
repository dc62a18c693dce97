/**
 * The types and attributes of bpg/proxmox (0.94 to 0.112), whatever name they go by. Pure.
 *
 * @module
 */

/** An object's attributes. */
export type Values = Record<string, unknown>;

/** The provider's name of a type, without its prefix: since 0.100 many resources exist under two names. */
export function kindOf(type: string): string | undefined {
  return /^proxmox(?:_virtual_environment)?_(.+)$/.exec(type)?.[1];
}

const VM_KINDS = new Set(["vm", "vm2", "cloned_vm"]);

/** Whether a type is one of virtual machines. */
export function isVm(type: string): boolean {
  const kind = kindOf(type);
  return kind !== undefined && VM_KINDS.has(kind);
}

/** Whether a type is the VM of the old SDK, which lists all of a guest; the newer ones manage what the code names. */
export function isVmOfOldKind(type: string): boolean {
  return kindOf(type) === "vm" && type !== "proxmox_vm";
}

/** Whether a type is one of containers. */
export function isContainer(type: string): boolean {
  return kindOf(type) === "container";
}

/**
 * Whether the provider looks for a guest on the node in the state alone, and not in the cluster's list of guests: it does
 * for all but VMs of the old kind, and for containers as long as they have no `migrate`.
 */
export function isAskedOfItsNode(type: string, attributes: unknown): boolean {
  return isContainer(type) ? !("migrate" in values(attributes)) : isVm(type) && !isVmOfOldKind(type);
}

/** A value as attributes; none of what is no object. */
export function values(value: unknown): Values {
  return typeof value === "object" && value !== null ? value as Values : {};
}

/** A text that is not empty, or a number, as text. */
export function text(value: unknown): string | undefined {
  return (typeof value === "string" && value !== "") || typeof value === "number" ? `${value}` : undefined;
}

/** The id of a guest, as text. */
export function guestId(attributes: Values): string | undefined {
  return text(attributes.vm_id) ?? text(attributes.container_id) ?? text(attributes.id);
}

/** What Proxmox calls a guest: a VM's name, a container's hostname. */
export function guestName(type: string, attributes: Values): string | undefined {
  if (isVm(type)) return text(attributes.name);
  return isContainer(type)
    ? text(values((attributes.initialization as unknown[] | undefined)?.[0]).hostname)
    : undefined;
}
