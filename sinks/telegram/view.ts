/**
 * What of an environment's report a chat is to hear of: not what waits for a lock to be gone, is expected, is snoozed, or is
 * left out of its part of the report. Pure.
 *
 * @module
 */

import type { Change, EnvironmentReport, ResolvedFinding } from "../../drift/report.ts";
import type { ToldChange } from "./told.ts";

/** An environment as a chat sees it. */
export interface View {
  /** The report without what the chat is not to hear of. */
  environment: EnvironmentReport;
  /** The same with the attributes that are snoozed: they are not in order. */
  whole: EnvironmentReport;
  /** Differences that the chat knows, and may hear of. */
  open: Record<string, ToldChange>;
  /** Addresses of what is there and is not to be told: the chat keeps knowing what it knows of them. */
  withheld: ReadonlySet<string>;
}

/** The view of a chat that knows these differences. */
export function viewFor(reported: EnvironmentReport, known: Record<string, ToldChange>): View {
  const withheld = withheldIn(reported);
  const open = Object.fromEntries(Object.entries(known).filter(([address]) => !withheld.has(address)));
  const isKnown = ({ address }: { address: string }) => Object.hasOwn(open, address);
  const isTold = (change: Change) =>
    change.snoozedUntil === undefined && ((change.lock === undefined && !change.isExpected) || isKnown(change));
  // What the chat was told of, and is no longer to hear of, must not read as if it were in order.
  const isOpenStill = Object.keys(known).some((address) => withheld.has(address));
  const whole: EnvironmentReport = {
    ...reported,
    status: reported.status === "ok" && isOpenStill ? "drift" : reported.status,
    changes: reported.changes.filter(isTold),
    resolved: reported.resolved.filter((one) =>
      ((!one.wasLocked && !one.wasFlapping) || isKnown(one)) && (!one.wasSnoozed || knows(known, one))
    ),
  };
  return { environment: { ...whole, changes: whole.changes.map(withoutSnoozed) }, whole, open, withheld };
}

function withheldIn({ leftOut = [], changes }: EnvironmentReport): Set<string> {
  const told = new Set(changes.filter(({ snoozedUntil }) => snoozedUntil === undefined).map(({ address }) => address));
  const all = [...leftOut, ...changes.map(({ address }) => address)];
  return new Set(all.filter((address) => !told.has(address)));
}

function withoutSnoozed(change: Change): Change {
  return { ...change, attributes: change.attributes.filter(({ snoozedUntil }) => snoozedUntil === undefined) };
}

function knows(open: Record<string, ToldChange>, { address, path }: ResolvedFinding): boolean {
  if (!Object.hasOwn(open, address)) return false;
  const { attributes, paths } = open[address]!;
  return path === undefined || (paths ?? Object.keys(attributes ?? {})).includes(path);
}
