/**
 * Values of Telmate/proxmox that differ and are the same.
 *
 * @module
 */

import type { SameValues } from "../provider.ts";
import { kindOf } from "./guests.ts";

/** Proxmox ends the list of keys with a line end, and so it then stands in the state. */
export const sameValues: readonly SameValues[] = [
  {
    matches: (type, path) => kindOf(type) === "qemu" && path === "sshkeys",
    isSame: (expected, found) =>
      typeof expected === "string" && typeof found === "string" && expected.trim() === found.trim(),
  },
];
