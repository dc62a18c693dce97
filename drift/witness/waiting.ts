/**
 * What is written in a guest's configuration and needs a restart to take effect. Pure.
 *
 * @module
 */

import type { PendingOption } from "../../lib/proxmox_api/types.ts";
import { SENSITIVE } from "../../lib/secrets.ts";
import type { WaitingGuest } from "../report.ts";
import { isHarmless } from "./options.ts";

/** Numbers, choices, names and sizes are shorter, in characters: what is longer is something else, and may be secret. */
const LONGEST_VALUE = 1_000;

/** One option that waits. */
export type WaitingOption = WaitingGuest["options"][number];

/**
 * The options that run as they are not written, by name. Proxmox also notes a written value that equals the running one, and
 * the removal of an option that is not set: nothing waits there. A password that it masks differs from itself by a blank.
 */
export function waitingOptions(pending: readonly PendingOption[]): WaitingOption[] {
  return pending.filter(waits).sort((one, other) => one.key < other.key ? -1 : 1).map((option) => ({
    option: option.key,
    running: shown(option.key, option.value),
    written: shown(option.key, option.delete ? undefined : option.pending),
  }));
}

function waits({ value, pending, delete: removal }: PendingOption): boolean {
  return removal ? value !== undefined : pending !== undefined && pending !== value;
}

function shown(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  return isHarmless(name) && value.length <= LONGEST_VALUE ? value : SENSITIVE;
}
