/**
 * Which providers were upgraded between two checks. Pure.
 *
 * @module
 */

import type { Diagnostic, ProviderUpgrade } from "../report.ts";

/** What a memory knows of the versions of providers. */
export interface KnownVersions {
  /** Provider source to version, in the last run. */
  providers: Record<string, string>;
  /** The same in the last run that reached a verdict; absent in old files. */
  judgedWith?: Record<string, string>;
}

/** By source, the providers that have another version now than at the last verdict. One that it did not know has none. */
export function upgradesSince(
  known: KnownVersions | undefined,
  versions: Readonly<Record<string, string>>,
): Map<string, ProviderUpgrade> {
  const before = known?.judgedWith ?? known?.providers ?? {};
  return new Map(
    Object.entries(versions).flatMap(([source, to]): [string, ProviderUpgrade][] => {
      const from = Object.hasOwn(before, source) ? before[source]! : to;
      return from === to ? [] : [[source, { provider: source.split("/").slice(-2).join("/"), from, to }]];
    }),
  );
}

/** A warning for each provider that was upgraded. */
export function upgradeWarnings(
  known: KnownVersions | undefined,
  versions: Readonly<Record<string, string>>,
): Diagnostic[] {
  return Array.from(upgradesSince(known, versions), ([source, upgrade]): Diagnostic => ({
    severity: "warning",
    summary: `Provider ${source} went from ${upgrade.from} to ${upgrade.to} since the last verdict`,
    detail: "Differences that are new today may come from it.",
    upgrade,
  }));
}
