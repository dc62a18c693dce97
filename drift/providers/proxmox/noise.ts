/**
 * Differences that are none: one row for each habit of the provider. A row wants a recorded plan in tests/fixtures/bpg, or
 * a test that shows it.
 *
 * @module
 */

import type { NoiseRule } from "../provider.ts";
import { isContainer, isVm } from "./types.ts";

/** The provider's noise. */
export const noise: readonly NoiseRule[] = [
  {
    matches: (type, path) => (isVm(type) || isContainer(type)) && /(^|\.)password$/.test(path),
    isSame: (_, found) => typeof found === "string" && /^\*+$/.test(found),
    reason: "Proxmox shows any password of a guest as stars, and so it then stands in the state",
  },
];
