/**
 * Warnings about `accept` rules that no longer do anything. Pure.
 *
 * @module
 */

import { appliesTo, hasExpired } from "../config/accept.ts";
import type { Config, Environment } from "../config/config.ts";
import type { AcceptRule } from "../config/schema.ts";
import type { Diagnostic } from "../report.ts";
import type { CheckResult } from "./check_result.ts";

/**
 * Warns of rules that have expired, and of those that match nothing where that is certain: every environment they are about
 * was asked and judged.
 *
 * @param now Milliseconds since 1970.
 * @returns For each environment of `results` that a rule is about, in their order, its warnings.
 */
export function acceptWarnings(
  config: Pick<Config, "accept" | "environments" | "shard">,
  asked: Environment[],
  results: CheckResult[],
  now: number,
): Diagnostic[][] {
  const judged = config.accept.flatMap((rule) => {
    const warning = warningOf(rule, config, asked, results, now);
    return warning ? [{ rule, ...warning }] : [];
  });
  return results.map(({ report }) =>
    judged.filter(({ rule, isForNone }) => isForNone || appliesTo(rule, report.name)).map(({ diagnostic }) =>
      diagnostic
    )
  );
}

function warningOf(
  rule: AcceptRule,
  { environments, shard }: Pick<Config, "environments" | "shard">,
  asked: Environment[],
  results: CheckResult[],
  now: number,
): { diagnostic: Diagnostic; isForNone: boolean } | undefined {
  const about = (name: string) => appliesTo(rule, name);
  const isElsewhere = shard?.others.some(about) ?? false;
  const ours = environments.filter(({ name }) => about(name));
  const isComplete = !isElsewhere && ours.every(({ name }) => asked.some((one) => one.name === name)) &&
    results.every(({ report }) => !about(report.name) || (report.status !== "error" && !report.skipped));
  const isIdle = isComplete && !results.some(({ matchedRules }) => matchedRules.has(rule));
  const isExpired = hasExpired(rule, now);
  if (!isExpired && !isIdle) return undefined;
  const isForNone = ours.length === 0 && !isElsewhere;
  return { diagnostic: { severity: "warning", ...textOf(rule, isExpired, isForNone) }, isForNone };
}

function textOf(rule: AcceptRule, isExpired: boolean, isForNone: boolean): { summary: string; detail: string } {
  const name = `accept rule for "${rule.path}" of ${rule.address}`;
  if (isForNone) {
    return {
      summary: `The ${name} is for environment "${rule.env}", which there is not`,
      detail: `Correct its "env", or remove it. Its reason was: ${rule.reason}`,
    };
  }
  return isExpired
    ? {
      summary: `The ${name} has expired on ${rule.until}`,
      detail: `It no longer applies. Its reason was: ${rule.reason}`,
    }
    : {
      summary: `The ${name} matches nothing`,
      detail: `Remove it if it is no longer needed. Its reason was: ${rule.reason}`,
    };
}
