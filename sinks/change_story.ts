/**
 * What happened to a resource and what an apply would do about it, in the words that every sink for people uses. Pure.
 *
 * @module
 */

import type { Action, Change, Origin } from "../drift/report.ts";

/** How each origin reads. */
export const ORIGINS: Record<Origin, string> = {
  outside: "changed by hand",
  pending: "not applied yet",
  both: "both changed by hand and not applied yet",
};

const CONSEQUENCES: Partial<Record<Action, string>> = {
  create: "create it",
  update: "change it",
  delete: "DESTROY it",
  replace: "DESTROY it and create it anew",
};

/** What was done, as `changed by hand`, and what an apply would do, as `an apply would change it back`. */
export function changeStory({ action, origin }: Change): { what: string; consequence: string } {
  const back = origin === "outside" && action === "update" ? " back" : "";
  return {
    what: origin === "outside" && action === "create" ? "deleted by hand" : ORIGINS[origin],
    consequence: CONSEQUENCES[action] ? `an apply would ${CONSEQUENCES[action]}${back}` : action,
  };
}
