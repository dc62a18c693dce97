/**
 * What a difference has behind it, in the words that every sink for people uses: the upgrade that it came with. Pure.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import type { ProviderUpgrade } from "../../drift/report.ts";

/** As `first seen after bpg/proxmox 0.105.0 → 0.106.0`. */
export function upgradeText({ provider, from, to }: ProviderUpgrade): string {
  return visible(`first seen after ${provider} ${from} → ${to}`);
}
