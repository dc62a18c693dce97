/**
 * In plain words, what a bare change hides, whatever provider it belongs to. Pure.
 *
 * @module
 */

import { isDeposed, isLeftBehind } from "../terraform/plan.ts";
import type { Entry } from "./entry.ts";

/** What Terraform's own way of working explains about a change; undefined where it speaks for itself. */
export function generalNote({ object, action, unknowns }: Entry): string | undefined {
  if (isDeposed(object)) {
    return `deposed object ${object.deposed}: left behind by a replacement that failed; the next apply destroys it`;
  }
  if (action !== "replace") return undefined;
  if (isLeftBehind(object)) {
    return "the code says not to destroy it: applying this plan would leave the old one behind, unmanaged, and create another";
  }
  if (unknowns.length > 0 && unknowns.length === object.change.replace_paths?.length) {
    return "forced by a value that is known only after apply";
  }
  return undefined;
}
