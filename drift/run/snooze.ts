/**
 * What a snooze covers: the findings that were known at an address when somebody snoozed it, and no others. Pure.
 *
 * @module
 */

import type { Finding } from "../verdict/file_entry.ts";
import type { Change, ResolvedFinding } from "../report.ts";
import { hashOf, keyOf, type Remembered } from "./recall.ts";

/** A finding that messages leave out. */
export type SnoozedFinding = Pick<Remembered, "action" | "origin" | "path" | "hash">;

/** The snooze of one address, as it is kept. Times are ISO 8601 in UTC. */
export interface Snooze {
  /** Version of this shape. */
  version: 1;
  /** Resource address. */
  address: string;
  /** When somebody snoozed it. */
  since: string;
  /** When it ends. */
  until: string;
  /** Why, in somebody's words. */
  reason?: string;
  /** What was known there, and has been there in every verdict since. */
  findings: SnoozedFinding[];
}

/** What a check found, as far as snoozes go by it. */
export interface SnoozeEvidence {
  /** Every finding of the check. */
  findings: readonly Finding[];
  /** Salt of the memory's hashes. */
  salt: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** Whether a snooze still keeps messages silent. */
export function isActive({ until }: Snooze, now: number): boolean {
  return Date.parse(until) > now;
}

/**
 * The changes, with what messages must know of snoozes: a change of which everything is snoozed, the snoozed attributes of
 * another one, and a snooze whose time is over.
 */
export function withSnoozes(
  changes: readonly Change[],
  snoozes: readonly Snooze[],
  { findings, salt, now }: SnoozeEvidence,
): Change[] {
  const byAddress = new Map(snoozes.map((one) => [one.address, one]));
  return changes.map((change) => {
    const snooze = byAddress.get(change.address);
    if (!snooze) return change;
    const { until } = snooze;
    const own = findings.filter(({ address, action }) => address === change.address && action === change.action);
    const covered = own.filter(coveredBy(snooze, salt));
    if (covered.length === 0) return change;
    if (!isActive(snooze, now)) return { ...change, snoozeEndedAt: until };
    if (covered.length === own.length) return { ...change, snoozedUntil: until };
    const paths = new Set(covered.map(({ path }) => path));
    return {
      ...change,
      attributes: change.attributes.map((one) => paths.has(one.path) ? { ...one, snoozedUntil: until } : one),
    };
  });
}

/** What is left of a snooze after a verdict: nothing where none of its findings is there any more. */
export function leftOf(
  snooze: Snooze,
  { findings, salt }: Pick<SnoozeEvidence, "findings" | "salt">,
): Snooze | undefined {
  const there = new Set(findings.filter(coveredBy(snooze, salt)).map(keyOf));
  const left = snooze.findings.filter((one) => there.has(keyOf({ ...one, address: snooze.address })));
  return left.length === 0
    ? undefined
    : left.length === snooze.findings.length
    ? snooze
    : { ...snooze, findings: left };
}

/** What is in order again, with a mark on what messages had left out. */
export function resolvedSnoozed(
  resolved: readonly ResolvedFinding[],
  snoozes: readonly Snooze[],
  now: number,
): ResolvedFinding[] {
  const active = new Map(snoozes.filter((one) => isActive(one, now)).map((one) => [one.address, one]));
  return resolved.map((finding) =>
    active.get(finding.address)?.findings.some(({ path }) => path === finding.path)
      ? { ...finding, wasSnoozed: true }
      : finding
  );
}

function coveredBy({ address, findings }: Snooze, salt: string): (finding: Finding) => boolean {
  const known = new Map(findings.map((one) => [keyOf({ ...one, address }), one.hash]));
  return (finding) => known.get(keyOf(finding)) === hashOf(salt, finding);
}
