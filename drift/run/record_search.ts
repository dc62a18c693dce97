/**
 * Looks for what Proxmox recorded of the changes of one cluster's environments: once, and only where something is new.
 *
 * @module
 */

import type { Cluster } from "../config/config.ts";
import type { EnvironmentReport } from "../report.ts";
import { guestKey } from "../witness/claims.ts";
import type { Claims } from "../witness/inventory.ts";
import { readRecords } from "../witness/records.ts";
import type { Records } from "../witness/traces.ts";
import { type Base, type Heard, type Listing, nodesOf, type Witness } from "../witness/witness.ts";
import { hasNews, type TraceContext, withTraces } from "./traced_changes.ts";

/** What a search needs to know of the cluster. */
export interface RecordSearch {
  /** Who is asked. */
  witness: Witness;
  /** Whether to ask, and which tokens apply Terraform's plans. */
  cluster: Pick<Cluster, "appliesAs" | "who">;
  /** What the witness said first. */
  base: Heard<Base>;
  /** The cluster's guests. */
  listing: Heard<Listing>;
  /** What the environments claimed before the run. */
  before: Claims;
  /** What they claim after it. */
  after: Claims;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** How far back records are read of an environment that was never planned, in milliseconds. */
const FIRST_LOOK_BACK_MS = 7 * 24 * 3_600_000;

const NO_RECORDS: Records = { tasks: [], lines: [], clockAheadMs: 0, isWhole: { tasks: false, log: false } };

/** The reports with what was recorded of their new changes. */
export async function withRecords(
  reports: readonly EnvironmentReport[],
  { witness, cluster: { appliesAs, who }, base, listing, before, after, now }: RecordSearch,
): Promise<EnvironmentReport[]> {
  if (!who) return [...reports];
  const listed = "said" in listing ? listing.said.guests : [];
  const managedByHa = new Set(listed.filter(({ hastate }) => hastate !== undefined).map(guestKey));
  const contexts = reports.map(({ name }): TraceContext | undefined => {
    const guests = after.get(name), last = before.get(name);
    const sinceMs = last ? Date.parse(last.at) : now() - FIRST_LOOK_BACK_MS;
    return guests && { claims: guests.claims, sinceMs, appliesAs, managedByHa };
  });
  const asking = contexts.filter((context, at) => context && hasNews(reports[at]!, context));
  const records = asking.length === 0 ? NO_RECORDS : await readRecords(witness, [...nodesOf(base, true)], {
    sinceMs: Math.min(...asking.map((context) => context!.sinceMs)),
    clock: now,
  });
  return reports.map((report, at) => contexts[at] ? withTraces(report, contexts[at], records) : report);
}
