/**
 * What can be done about findings of each provider. Apart from the registry, so that a check loads nothing of it.
 *
 * @module
 */

import type { Remedies } from "./provider.ts";
import { remedies as proxmox } from "./proxmox/remedies.ts";
import { providerName } from "./registry.ts";
import { remedies as telmate } from "./telmate/remedies.ts";

/** By namespace and name, as the registry has them. */
const KNOWN: ReadonlyMap<string, Remedies> = new Map([["bpg/proxmox", proxmox], ["telmate/proxmox", telmate]]);

/** What holds for a provider of which nothing is known: an apply, and no more. */
const NONE: Remedies = { byHand: () => undefined, mayRestart: () => false, importOf: () => undefined };

/** What is known of a provider, by its source address. */
export function remediesOf(source: string): Remedies {
  return KNOWN.get(providerName(source)) ?? NONE;
}
