/**
 * `accept` rules: attribute differences that the operator sets aside, with a reason and perhaps an end. Pure.
 *
 * @module
 */

import { matchesGlob } from "../../lib/glob.ts";
import { isOver } from "../../lib/last_day.ts";
import type { AcceptRule } from "./schema.ts";

/**
 * The rule that sets an attribute difference aside. In `address` and `path` a `*` stands for any characters; everything
 * else, brackets too, for itself. A path names one attribute, never a whole block.
 *
 * @param now milliseconds since 1970
 */
export function acceptedBy(
  rules: AcceptRule[],
  env: string,
  address: string,
  path: string,
  now: number,
): AcceptRule | undefined {
  return rules.find((rule) =>
    appliesTo(rule, env) && !hasExpired(rule, now) && matchesGlob(rule.address, address) && matchesGlob(rule.path, path)
  );
}

/** Whether a rule is about an environment; one without `env` is about all. */
export function appliesTo(rule: AcceptRule, env: string): boolean {
  return rule.env === undefined || rule.env === env;
}

/** Whether a rule's last day, in the host's local time, is over. */
export function hasExpired(rule: AcceptRule, now: number): boolean {
  return rule.until !== undefined && isOver(rule.until, now);
}
