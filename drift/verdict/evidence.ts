/**
 * What a check left behind, and what of it can be read. Pure but for the secrets that are learned.
 *
 * @module
 */

import { asPlan, type Plan, PlanUnreadable } from "../terraform/plan.ts";
import type { Change } from "../report.ts";
import type { Shown } from "../terraform/shown.ts";
import { type Messages, needsPlan } from "../terraform/stream.ts";
import { planOfStream } from "../terraform/stream_plan.ts";
import { type PlanReading, readPlan } from "./changes.ts";
import { classify } from "./classify.ts";
import { type Failure, failure } from "./failures.ts";
import type { PlanContext } from "./file_entry.ts";

/** What a check left behind. */
export interface Evidence {
  /** How `terraform plan` ended; absent where only a recorded plan is read. */
  plan?: {
    exitCode: number;
    signal?: string;
    stderr: string;
    /** Absolute path of the program where it is a script: what it passes on to Terraform cannot be known. */
    script?: string;
  };
  /** Its message stream. */
  messages?: Messages;
  /** What `terraform show -json` wrote. */
  shown?: Shown;
}

/** What else is needed to judge. */
export interface JudgeContext extends PlanContext {
  /** How many objects the state held in the last run; absent at the first. */
  previousResources?: number;
  /** A workspace that is selected in the environment's folder, while nobody said which one to check. */
  otherWorkspace?: string | undefined;
  /** Where the state is kept, for the warning on an empty one: `backend "s3", key "prod.tfstate", workspace "default"`. */
  stateAt?: string;
}

/** What could be read of the evidence. */
export interface Read {
  /** Read, or made of what the stream tells. */
  plan?: Plan;
  /** What it says. */
  reading?: PlanReading;
  /** Why the plan could not be. */
  unreadable?: Failure;
  /** The plan is made of what the stream tells. */
  isOfStream: boolean;
}

/** Reads the plan, or what the stream tells of one. What is no plan is a failure, and not thrown. */
export function readEvidence({ shown, plan: ended, messages }: Evidence, context: JudgeContext): Read {
  if (shown && !("json" in shown)) {
    return { ...changesInStream(messages, context), unreadable: unreadable(shown, context), isOfStream: false };
  }
  if (shown) {
    try {
      const plan = asPlan(shown.json);
      const warnings = context.hideText ? [] : messages?.diagnostics ?? [];
      return { plan, reading: readPlan(plan, { ...context, warnings }), isOfStream: false };
    } catch (error) {
      if (!(error instanceof PlanUnreadable)) throw error;
      const facts = { problem: error.message };
      return {
        unreadable: error.version ? failure("plan-of-unknown-format", facts) : failure("plan-unreadable", facts),
        isOfStream: false,
      };
    }
  }
  const isWhole = messages?.summary && messages.unparsable.length === 0;
  if (ended || !isWhole || !needsPlan(0, messages)) return { isOfStream: false };
  const plan = planOfStream(messages);
  return { plan, reading: withBoth(readPlan(plan, context), messages), isOfStream: true };
}

function unreadable(shown: Exclude<Shown, { json: unknown }>, { secrets, providers }: JudgeContext): Failure {
  if ("problem" in shown) return failure("plan-unreadable", shown);
  const { phase, exit: { code, signal }, stderr, stdout } = shown.failed;
  return classify({
    phase,
    exitCode: code,
    ...(signal ? { signal } : {}),
    diagnostics: [],
    stderr: secrets.scrub(stderr),
    stdoutTail: secrets.scrub(stdout),
  }, providers.failures);
}

/** What the stream tells of changes where the plan cannot be read. The memory keeps what it knows of their attributes. */
function changesInStream(messages: Messages | undefined, context: JudgeContext): Pick<Read, "plan" | "reading"> {
  if (!messages?.summary) return {};
  const plan = planOfStream(messages);
  return { plan, reading: { ...withBoth(readPlan(plan, context), messages), findings: [], noise: [] } };
}

/** A stream does not tell whether the plan acts on what changed outside because of that: it may be both. */
function withBoth(reading: PlanReading, messages: Messages): PlanReading {
  const drifted = new Set(messages.drifted.map((change) => change.address));
  const changes = reading.changes.map((change): Change =>
    change.action !== "create" && drifted.has(change.address) ? { ...change, origin: "both" } : change
  );
  return { ...reading, changes };
}
