/**
 * What keeps evidence from being a verdict though no error was told: gaps in the plan, gaps in the stream, and what one of
 * them promises and the other lacks. Pure.
 *
 * @module
 */

import type { Plan } from "../terraform/plan.ts";
import { refreshable } from "../terraform/plan_queries.ts";
import { type Messages, needsPlan, tellsOfChanges } from "../terraform/stream.ts";
import type { Evidence, Read } from "./evidence.ts";
import { type Failure, failure } from "./failures.ts";

/** What Terraform prints where the run is not ours. */
const REMOTE_RUN =
  /^(?:Running plan in (?:HCP Terraform|Terraform Cloud|Terraform Enterprise|the remote backend|cloud backend)|Preparing the remote plan)/;

/** What keeps a check without an error from being a verdict. */
export function incompleteness(evidence: Evidence, read: Read): Failure | undefined {
  return gapInPlan(evidence, read) ?? gapInStream(evidence, read) ?? brokenPromise(evidence, read);
}

function gapInPlan({ plan: ended }: Evidence, { reading }: Read): Failure | undefined {
  const gap = reading?.incomplete;
  switch (gap?.kind) {
    case undefined:
      return undefined;
    case "deferred":
      return failure("plan-deferred", { count: gap.count });
    case "says-so":
      return failure("plan-says-incomplete", {});
    case "passes-over":
      return failure("plan-passes-over", {
        first: gap.addresses[0]!,
        more: gap.addresses.length - 1,
        where: gap.where,
        ...(ended?.script ? { script: ended.script } : {}),
      });
  }
}

function gapInStream({ plan: ended, messages, shown }: Evidence, { plan, reading }: Read): Failure | undefined {
  if (!messages) return reading ? undefined : failure("nothing-to-judge", {});
  const { summary, unparsable, version, diagnostics } = messages;
  if (unparsable.some((line) => REMOTE_RUN.test(line))) return failure("run-is-remote", {});
  if (!summary) return failure("stream-cut", { last: { quoted: unparsable.at(-1) ?? "" } });
  if (!reading && unparsable.length > 0) return failure("stream-damaged", { line: { quoted: unparsable[0]! } });
  if (!reading && needsPlan(ended?.exitCode ?? 0, messages)) return failure("plan-missing", {});
  if (!reading && ended?.script) return failure("plan-hidden-by-script", { script: ended.script });
  if (!version) return failure("stream-headless", {});
  if (!hasRefreshed(messages, shown ? plan : undefined)) {
    return failure("plan-without-refresh", { hasPlan: shown !== undefined });
  }
  const isTargeted = diagnostics.some((one) => one.summary === "Resource targeting is in effect");
  return isTargeted ? failure("plan-targeted", {}) : undefined;
}

function brokenPromise({ plan: ended, messages }: Evidence, { plan, reading }: Read): Failure | undefined {
  const promised = ended?.exitCode === 2 || plan?.applyable === true || (messages && tellsOfChanges(messages));
  return reading && !reading.anything && promised ? failure("plan-lacks-changes", {}) : undefined;
}

/**
 * Whether anything was refreshed, or nothing had to be: what is forgotten is not, and an import tells of one where there is
 * none. From the stream alone that nothing had to be can only be seen where something else is planned.
 */
function hasRefreshed({ refreshed, planned }: Messages, plan: Plan | undefined): boolean {
  if (plan) {
    const known = refreshable(plan);
    return known.length === 0 || known.some(({ address }) => refreshed.has(address));
  }
  const imported = new Set(planned.filter(({ action }) => action === "import").map(({ address }) => address));
  if ([...refreshed.keys()].some((address) => !imported.has(address))) return true;
  return planned.length > 0 && planned.every(({ action }) => ["create", "read", "remove", "import"].includes(action));
}
