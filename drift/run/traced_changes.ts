/**
 * Says of new changes what Proxmox recorded about them. Pure.
 *
 * @module
 */

import type { Trail } from "../providers/provider.ts";
import { providers } from "../providers/registry.ts";
import type { Change, EnvironmentReport } from "../report.ts";
import { type GuestClaim, guestKey } from "../witness/claims.ts";
import { isAllRead, mayLackAuthor, type Records, tracesOf } from "../witness/traces.ts";

/** What is known of an environment. */
export interface TraceContext {
  /** Its guests; addresses as the report has them. */
  claims: readonly GuestClaim[];
  /** When its last plan began before this one, in milliseconds since 1970. */
  sinceMs: number;
  /** Ids of the tokens by which Terraform applies. */
  appliesAs: readonly string[];
  /** Keys of the cluster's guests that HA manages. */
  managedByHa: ReadonlySet<string>;
}

const NO_AUTHOR = "Proxmox records no author for this kind of change";

/** Whether a record may tell who made a change of this environment that the last run did not know. */
export function hasNews({ changes }: EnvironmentReport, { claims }: TraceContext): boolean {
  return changes.some((change) => guestOf(change, claims) !== undefined && trailsOf(change).length > 0);
}

/** The report with what was recorded of each new change, or that Proxmox records nothing of its kind. */
export function withTraces(report: EnvironmentReport, context: TraceContext, records: Records): EnvironmentReport {
  return { ...report, changes: report.changes.map((change) => traced(change, context, records)) };
}

function traced(
  change: Change,
  { claims, sinceMs, appliesAs, managedByHa }: TraceContext,
  records: Records,
): Change {
  const trails = trailsOf(change), guest = guestOf(change, claims);
  if (trails.length === 0) return change;
  const isManagedByHa = guest !== undefined && managedByHa.has(guestKey(guest));
  const traces = guest ? tracesOf({ guest, trails, since: sinceMs, isManagedByHa }, records, appliesAs) : [];
  const lacksAuthor = traces.length === 0 && mayLackAuthor(trails);
  return {
    ...change,
    ...(lacksAuthor ? { note: [change.note, NO_AUTHOR].filter(Boolean).join("; ") } : {}),
    ...(guest && !lacksAuthor && (traces.length > 0 || isAllRead(trails, records)) ? { traces } : {}),
  };
}

/** What a record of the change would be about: of what is new in it, and was not asked for by the code. */
function trailsOf({ type, provider, origin, isNew, attributes }: Change): Trail[] {
  if (origin === "pending" || !isNew) return [];
  const paths = attributes.length === 0
    ? [undefined]
    : attributes.filter((one) => one.isNew && one.origin !== "pending").map(({ path }) => path);
  return paths.flatMap((path) => providers.trail(type, provider, path) ?? []);
}

function guestOf({ address }: Change, claims: readonly GuestClaim[]): GuestClaim | undefined {
  return claims.find((claim) => claim.address === address);
}
