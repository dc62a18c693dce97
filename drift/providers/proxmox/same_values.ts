/**
 * Values of bpg/proxmox that differ and are the same.
 *
 * @module
 */

import type { SameValues } from "../provider.ts";
import { isContainer, isVm } from "./types.ts";

/** Proxmox shows any password of a guest as stars, and so it then stands in the state. */
export const sameValues: readonly SameValues[] = [
  {
    matches: (type, path) => (isVm(type) || isContainer(type)) && /(^|\.)password$/.test(path),
    isSame: (_, found) => typeof found === "string" && /^\*+$/.test(found),
  },
];
