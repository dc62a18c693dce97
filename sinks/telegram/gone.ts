/**
 * What a chat knows, or the last run knew, and is gone. Pure.
 *
 * @module
 */

import type { EnvironmentReport } from "../../drift/report.ts";
import { isKnownToFlap, marksOf, settlingIn, type ToldChange } from "./told.ts";

/** A difference that is gone. */
export interface GoneFinding {
  /** Resource address. */
  address: string;
  /** Absent where the whole object is in order. */
  path?: string;
  /** What a person calls it, as the chat was told. */
  name?: string;
  /** It is still there: a rule of the configuration has set it aside. */
  accepted: boolean;
  /** The chat knows that it came and went: it does no more. */
  wasFlapping?: true;
}

/** What is gone of an environment, by what the chat knows to be `open`. What flaps and is equal at the moment is not gone. */
export function goneFindings(environment: EnvironmentReport, open: Record<string, ToldChange>): GoneFinding[] {
  const labels = new Map(environment.resolved.map(({ address, label }) => [address, label]));
  const finding = (address: string, path: string | undefined, accepted: boolean): GoneFinding => {
    const known = Object.hasOwn(open, address) ? open[address]! : undefined;
    const name = known?.name ?? labels.get(address);
    const paths = path === undefined ? Object.keys(known?.attributes ?? {}) : [path];
    const wasFlapping = known !== undefined && paths.length > 0 && paths.every((one) => isKnownToFlap(known, one));
    return {
      address,
      ...path === undefined ? {} : { path },
      ...name === undefined ? {} : { name },
      accepted,
      ...wasFlapping ? { wasFlapping } : {},
    };
  };
  const settling = settlingIn(environment, open);
  const present = new Map(environment.changes.map((change) => [change.address, change]));
  return [...gonePaths(environment, open, settling)].flatMap(([address, paths]) => {
    if (present.has(address) || Object.hasOwn(settling, address)) {
      return [...paths].map((path) => finding(address, path, isAccepted(environment, address, path)));
    }
    const accepted = [...paths].filter((path) => isAccepted(environment, address, path));
    const isResolved = accepted.length === 0 || accepted.length < paths.size;
    return [
      ...accepted.map((path) => finding(address, path, true)),
      ...isResolved ? [finding(address, undefined, false)] : [],
    ];
  });
}

/** By address, the attributes that the chat or the last run knew and that differ no more; of a whole object none or all. */
function gonePaths(
  { changes, resolved }: EnvironmentReport,
  open: Record<string, ToldChange>,
  settling: Record<string, ToldChange>,
): Map<string, Set<string>> {
  const present = new Map(changes.map((change) => [change.address, change]));
  const marks = marksOf(changes);
  const gone = new Map<string, Set<string>>();
  const add = (address: string, paths: string[]) => {
    const isSettling = Object.hasOwn(settling, address);
    const still = new Set(present.get(address)?.attributes.map(({ path }) => path));
    const left = paths.filter((path) => !still.has(path) && !(isSettling && isKnownToFlap(settling[address]!, path)));
    if (left.length > 0 || (!present.has(address) && !isSettling)) {
      gone.set(address, new Set([...gone.get(address) ?? [], ...left]));
    }
  };
  // Where something else is to be done with an object now, its list of attributes is another, and nothing is in order.
  const isComparable = (address: string) => {
    const known = Object.hasOwn(open, address) ? open[address]! : undefined;
    const change = present.get(address);
    return !change || (change.action === "update" && (!known?.attributes || known.mark === marks.get(address)));
  };
  for (const [address, { attributes, paths }] of Object.entries(open)) {
    if (isComparable(address)) add(address, paths ?? Object.keys(attributes ?? {}));
  }
  for (const { address, path } of resolved) if (isComparable(address)) add(address, path === undefined ? [] : [path]);
  return gone;
}

function isAccepted({ accepted }: EnvironmentReport, address: string, path: string): boolean {
  return accepted.some((one) => one.address === address && one.attributes.some((attribute) => attribute.path === path));
}
