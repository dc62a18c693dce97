/**
 * Which attributes of bpg/proxmox say nothing but that a guest runs. Pure.
 *
 * @module
 */

import { isContainer, isVm } from "./types.ts";

/** Whether an attribute of a guest is its power. */
export function isPower(type: string, path: string): boolean {
  return (isVm(type) || isContainer(type)) && (path === "started" || path === "vm_state");
}
