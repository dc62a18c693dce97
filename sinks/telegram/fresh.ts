/**
 * Which changes a chat does not know, or not like this. Pure.
 *
 * @module
 */

import type { Change, EnvironmentReport } from "../../drift/report.ts";
import { attributeMark, isKnownToFlap, marksOf, type ToldChange } from "./told.ts";

/** A change that is news, and why. */
export interface FreshChange {
  /** As it stands in the report. */
  change: Change;
  /**
   * `changed`: known, with another action or other values; `further`: known, with a further attribute; `confirmed`: told
   * as not confirmed; `untold`: an earlier check saw it, but it was not told here; `awake`: known, and its snooze is over
   * since it was told.
   */
  why: "new" | "changed" | "further" | "confirmed" | "untold" | "awake";
  /** By path, what is news of the attributes of a change that is known; the others are as the chat knows them. */
  attributes: Map<string, "new" | "changed">;
}

/**
 * The changes that are news to a chat that knows these to be `open`.
 *
 * @param toldAt When it was last told of the environment; ISO 8601, UTC.
 */
export function freshChanges(
  changes: Change[],
  open: Record<string, ToldChange>,
  toldAt: string | undefined,
): FreshChange[] {
  const isAwake = ({ snoozeEndedAt }: Change) =>
    snoozeEndedAt !== undefined && toldAt !== undefined && Date.parse(toldAt) < Date.parse(snoozeEndedAt);
  const marks = marksOf(changes);
  return changes.flatMap((change): FreshChange[] => {
    const known = Object.hasOwn(open, change.address) ? open[change.address]! : undefined;
    if (!known) return [{ change, why: change.isNew ? "new" : "untold", attributes: new Map() }];
    const isSameAction = known.paths !== undefined || known.mark === marks.get(change.address);
    if (!isSameAction) return [{ change, why: "changed", attributes: new Map() }];
    const attributes = freshAttributes(change, known);
    const values = [...attributes.values()];
    const isChanged = values.includes("changed") || (change.attributes.length === 0 && change.isNew);
    if (isChanged || values.length > 0) return [{ change, why: isChanged ? "changed" : "further", attributes }];
    if (isAwake(change)) return [{ change, why: "awake", attributes }];
    return known.unconfirmed && change.confirmed ? [{ change, why: "confirmed", attributes }] : [];
  });
}

/** The check's memory (`isNew`) adds what a hash of the shown value cannot tell, as of a value that is hidden. */
function freshAttributes({ attributes }: Change, known: ToldChange): FreshChange["attributes"] {
  const marks = new Map(Object.entries(known.attributes ?? {}));
  const paths = new Set(known.paths ?? marks.keys());
  return new Map(attributes.flatMap((attribute): [string, "new" | "changed"][] => {
    const { path, isNew, flapping } = attribute;
    if (!paths.has(path)) return [[path, "new"]];
    if (flapping && isKnownToFlap(known, path)) return [];
    const isSame = !isNew && (known.paths !== undefined || marks.get(path) === attributeMark(attribute));
    return isSame ? [] : [[path, "changed"]];
  }));
}

/** Whether all that is news of a change came with an upgrade of its provider, which explains it. */
export function isOfUpgrade({ change, attributes: news }: FreshChange): boolean {
  const { sinceUpgrade, attributes } = change;
  if (news.size === 0) return sinceUpgrade?.explains ?? false;
  return attributes.every((one) => !news.has(one.path) || one.sinceUpgrade?.explains);
}

/** Noise that came with an upgrade: no drift, and told once. */
export function noiseOfUpgrade({ observed }: EnvironmentReport): FreshChange[] {
  return observed.filter(({ noise, sinceUpgrade }) => noise && sinceUpgrade)
    .map((change) => ({ change, why: "new", attributes: new Map() }));
}
