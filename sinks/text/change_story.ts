/**
 * What happened to a resource and what an apply would do about it, in the words that every sink for people uses. Pure.
 *
 * @module
 */

import type { Action, Change, Origin } from "../../drift/report.ts";

/** How each origin reads. */
export const ORIGINS: Record<Origin, string> = {
  outside: "changed by hand",
  pending: "not applied yet",
  both: "both changed by hand and not applied yet",
};

/** How each origin of an object that is to be created anew reads: whether it was deleted, a plan cannot tell. */
const LOST: Record<Exclude<Origin, "pending">, string> = {
  outside: "not found",
  both: "not found, and its code has changed",
};

const CONSEQUENCES: Partial<Record<Action, (object: string) => string>> = {
  create: (it) => `create ${it}`,
  update: (it) => `change ${it}`,
  delete: (it) => `DESTROY ${it}`,
  replace: (it) => `DESTROY ${it} and create ${it} anew`,
};

/** How an object reads that is to be replaced though nothing of it differs, as an image of which there is a new one upstream. */
const UPSTREAM = "changed outside the code";

/** Whether nobody touched the object itself: an outside change of another one led to this. */
export function isConsequence({ origin, causedBy }: Change): boolean {
  return origin === "outside" && (causedBy?.length ?? 0) > 0;
}

/** Who made the difference. What nobody has seen differ is not laid to a hand. */
export function originText({ action, origin, attributes }: Change): string {
  const isUnseen = action === "replace" && origin === "outside" && attributes.length === 0;
  return isUnseen ? UPSTREAM : ORIGINS[origin];
}

/** What became of an object that the plan does not find, where the second witness knows it. */
function lostText({ witness }: Change, unknown: string): string {
  switch (witness?.found) {
    case "deleted":
      return "deleted";
    case "moved":
      return witness.node === undefined ? "moved to another node" : `moved to ${witness.node}`;
    default:
      return unknown;
  }
}

/**
 * What was done, as `changed by hand`, and what an apply would do, as `an apply would change it back`.
 *
 * @param object `it`, or `them` where the change stands for several like it.
 */
export function changeStory(change: Change, object: "it" | "them"): { what: string; consequence: string } {
  const { action, origin } = change;
  const follows = isConsequence(change);
  const isLost = action === "create" && origin !== "pending";
  const back = origin === "outside" && action === "update" && !follows ? " back" : "";
  const consequence = CONSEQUENCES[action]?.(object);
  return {
    what: follows ? "follows from a change by hand" : isLost ? lostText(change, LOST[origin]) : originText(change),
    consequence: consequence ? `an apply would ${consequence}${back}` : action,
  };
}
