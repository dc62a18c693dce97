/**
 * What a difference has behind it, in the words that every sink for people uses: the upgrade that it came with, and how often it
 * came back. Pure.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import { many } from "../../lib/many.ts";
import type { Flapping, ProviderUpgrade, SettlingAttribute } from "../../drift/report.ts";

/** As `first seen after bpg/proxmox 0.105.0 → 0.106.0`. */
export function upgradeText({ provider, from, to }: ProviderUpgrade): string {
  return visible(`first seen after ${provider} ${from} → ${to}`);
}

/** As `flapping: the same value has come back 3 times since 2026-11-20`. */
export function flappingText({ returns, since }: Omit<Flapping, "isNew">): string {
  return `flapping: the same value has come back ${many(returns, "time")} since ${since.slice(0, 10)}`;
}

/** As `VM 101 "web" on pve1: memory[0].dedicated, for 1 check; the same value …`. */
export function settlingText(one: SettlingAttribute): string {
  const { label, address, path, equalChecks } = one;
  return visible(`${label ?? address}: ${path}, for ${many(equalChecks, "check")}; ${flappingText(one)}`);
}
