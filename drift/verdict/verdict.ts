/**
 * The verdict on one environment, from whatever its check left behind: message stream, plan, exit code. Pure. It is the
 * same for a check, a dry run and a replay.
 *
 * `ok` needs positive evidence: a complete message stream, a change summary of zero and exit code 0 that agree, or a
 * plan that was read to its end. Everything else that is not `drift` is an error with a class.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { Messages } from "../terraform/stream.ts";
import type { Secrets } from "../../lib/secrets.ts";
import { clues, cure } from "./cures.ts";
import { checkError, classify } from "./failures.ts";
import type { Memory } from "../run/memory.ts";
import { type Filed, isVanishing, type PlanReading, readPlan } from "./changes.ts";
import type { PlanContext } from "./file_entry.ts";
import { asPlan, type Plan, PlanUnreadable, refreshable, vanished } from "../terraform/plan.ts";
import type { Change, CheckError, Diagnostic, ErrorClass, Status } from "../report.ts";
import { planOfStream } from "../terraform/stream_plan.ts";
import { suspicion } from "./suspicion.ts";

/** What a check left behind. */
export interface Evidence {
  /** Of `terraform plan`; absent where only a recorded plan is read. */
  plan?: { exitCode: number; signal?: string; stderr: string };
  /** Its message stream. */
  messages?: Messages;
  /** Output of `terraform show -json`, parsed; `error` where it could not be. */
  shown?: { json: unknown } | { error: string };
}

/** What else is needed to judge. */
export interface JudgeContext extends PlanContext {
  /** Of the last run; absent at the first. */
  memory?: Memory;
  /** Leave out what Terraform and providers say: for `"values": "hide"`. */
  hideText?: boolean;
  /** Where the state is kept, for the warning on an empty one: `backend "s3", key "prod.tfstate", workspace "default"`. */
  stateAt?: string;
}

/** The verdict and what it rests on. */
export interface Verdict extends Filed {
  /** The verdict. */
  status: Status;
  /** Terraform's and ours. */
  warnings: Diagnostic[];
  /** Exactly where `status` is `error`. */
  error?: CheckError;
}

/** The oldest Terraform and OpenTofu whose plans say whether they are complete. */
const OLDEST = [1, 8];

/** Where only the message stream was replayed. */
const STREAM_ALONE: Diagnostic = {
  severity: "warning",
  summary: "Only the message stream was given: it does not tell which attributes differ",
  detail:
    'Give the output of "terraform show -json PLANFILE" as well. What changed outside and is planned too shows as both.',
};

/**
 * Whether the plan itself has to be read: not where exit code 0, a complete stream and a change summary of zero agree,
 * something was refreshed, and nothing drifted or warned.
 */
export function needsPlan(exitCode: number, messages: Messages): boolean {
  const idle = exitCode === 0 && messages.summary !== undefined && messages.version !== undefined &&
    messages.refreshed.size > 0 && !tellsOfChanges(messages) && messages.drifted.length === 0 &&
    messages.diagnostics.length === 0 &&
    messages.unparsable.length === 0;
  return !idle;
}

/** Whether a stream says that there is something to apply. */
function tellsOfChanges({ summary, planned, outputs }: Messages): boolean {
  const counts = summary ? [summary.add, summary.change, summary.remove, summary.import, summary.forget ?? 0] : [];
  return planned.length > 0 || outputs.length > 0 || counts.some((count) => count > 0);
}

/** A verdict where nothing is known. */
export function nothing(): Verdict {
  return {
    status: "error",
    changes: [],
    accepted: [],
    observed: [],
    bookkeeping: [],
    outputs: [],
    findings: [],
    resources: 0,
    warnings: [],
  };
}

/** Judges one environment. What is not as Terraform writes it is an error of the verdict, never thrown. */
export function judge(evidence: Evidence, context: JudgeContext): Verdict {
  try {
    return judged(evidence, context);
  } catch (error) {
    const detail = `What is wrong with it: ${messageOf(error)}`;
    return finish(
      nothing(),
      checkError("unknown", "Cannot read the plan: it is not as Terraform writes one", detail),
      context,
    );
  }
}

function judged(evidence: Evidence, context: JudgeContext): Verdict {
  const verdict = nothing();
  const { messages } = evidence;
  let plan: Plan | undefined;
  let reading: PlanReading | undefined;
  let unreadable: CheckError | undefined;
  if (evidence.shown) {
    try {
      if ("error" in evidence.shown) throw new PlanUnreadable(evidence.shown.error);
      plan = asPlan(evidence.shown.json);
      reading = readPlan(plan, context);
    } catch (error) {
      if (!(error instanceof PlanUnreadable)) throw error;
      unreadable = checkError(error.version ? "version-mismatch" : "unknown", error.message);
    }
  }
  if (
    !evidence.shown && !evidence.plan && messages?.summary && messages.unparsable.length === 0 && needsPlan(0, messages)
  ) {
    plan = planOfStream(messages);
    reading = readPlan(plan, context);
    verdict.warnings.push(STREAM_ALONE);
    const drifted = new Set(messages.drifted.map((change) => change.address));
    for (const change of reading.changes) {
      if (change.action !== "create" && drifted.has(change.address)) change.origin = "both";
    }
  }
  if (reading) {
    const { changes, accepted, observed, bookkeeping, outputs, findings, resources } = reading;
    Object.assign(verdict, { changes, accepted, observed, bookkeeping, outputs, findings, resources });
  } else if (messages) verdict.resources = messages.refreshed.size;
  const theirs = messages?.diagnostics.filter((one) => one.severity === "warning") ?? reading?.warnings ?? [];
  verdict.warnings = collapse([
    ...verdict.warnings,
    ...theirs.map((one) => context.hideText ? { ...one, summary: HIDDEN, detail: HIDDEN } : one),
  ]);

  const gone = plan ? vanished(plan) : [];
  const error = failed(evidence, plan, reading, context.secrets) ?? unreadable ?? unfinished(evidence, plan, reading);
  const doubt = error || !plan ? undefined : suspicion(plan, context.providers);
  if (error || doubt) {
    const doubtful = new Set(
      [...gone.map(({ address }) => address), ...doubt?.addresses ?? []].map((address) =>
        context.secrets.scrubPath(address)
      ),
    );
    for (const change of [...verdict.changes, ...verdict.observed]) {
      if (doubtful.has(change.address)) change.confirmed = false;
    }
  }
  if (error) return finish(verdict, error, context);
  if (doubt) return finish(verdict, checkError("suspect", doubt.summary, doubt.detail), context);
  if (verdict.resources === 0 && (context.memory?.resources ?? 0) > 0) {
    const lost = `The state holds nothing, but the last run knew ${context.memory!.resources} resource(s)`;
    return finish(verdict, checkError("suspect", lost, context.stateAt ?? ""), context);
  }
  // A memory that knows no resource may be that of a run which ended before it could look: it vouches for nothing.
  if (verdict.resources === 0 && verdict.changes.length > 0) {
    verdict.warnings.push({
      severity: "warning",
      summary: `The state is empty: ${context.stateAt ?? "where it is kept is not known here"}`,
      detail:
        "Everything in the code counts as not applied yet. If this environment has been applied before, its backend, key or workspace is not the right one.",
    });
  }
  verdict.status = verdict.changes.length > 0 ? "drift" : "ok";
  return finish(verdict, undefined, context);
}

/** The error that the check itself told of, if any. */
function failed(
  evidence: Evidence,
  plan: Plan | undefined,
  reading: PlanReading | undefined,
  secrets: Secrets,
): CheckError | undefined {
  const { messages } = evidence;
  const version = messages?.version ?? plan?.terraform_version;
  if (version && isTooOld(version)) {
    return checkError(
      "version-mismatch",
      `${messages?.tool === "tofu" ? "OpenTofu" : "Terraform"} ${version} is too old: 1.8 or newer is needed`,
    );
  }
  const errors = messages?.diagnostics.filter((one) => one.severity === "error") ?? [];
  const exitCode = evidence.plan?.exitCode ?? (errors.length > 0 || reading?.errored ? 1 : 0);
  if (exitCode === 0 || exitCode === 2) {
    if (errors.length === 0 && !reading?.errored) return undefined;
  }
  if (!evidence.plan && errors.length === 0) {
    return checkError(
      "unknown",
      "The plan ended in an error that its JSON does not tell",
      'Give the output of "terraform plan -json" as well.',
    );
  }
  return classify({
    phase: "plan",
    exitCode,
    ...(evidence.plan?.signal ? { signal: evidence.plan.signal } : {}),
    // Scrubbed before the text is cut: half a secret would not be known again.
    diagnostics: errors.map((one) => scrubDiagnostic(one, secrets)),
    stderr: secrets.scrub(evidence.plan?.stderr ?? ""),
  });
}

/** What keeps a check without an error from being a verdict. */
function unfinished(
  evidence: Evidence,
  plan: Plan | undefined,
  reading: PlanReading | undefined,
): CheckError | undefined {
  const { messages } = evidence;
  if (reading?.incomplete) return checkError("unknown", `The plan is not complete: ${reading.incomplete}`);
  if (messages && !messages.summary) {
    return checkError(
      "unknown",
      "Terraform's message stream ends before its change summary: it was cut off",
      messages.unparsable.at(-1) ?? "",
    );
  }
  if (messages && !reading && messages.unparsable.length > 0) {
    return checkError(
      "unknown",
      "Terraform's message stream holds lines that are no messages",
      messages.unparsable[0]!,
    );
  }
  const exitCode = evidence.plan?.exitCode ?? (messages && !reading ? 0 : undefined);
  if (messages && !reading && needsPlan(exitCode ?? 0, messages)) {
    return checkError(
      "unknown",
      "Terraform's message stream tells of changes, and the plan itself is missing",
      'Give the output of "terraform show -json PLANFILE" as well.',
    );
  }
  if (!messages && !reading) return checkError("unknown", "There is neither a plan nor a message stream");
  if (messages && !messages.version) {
    return checkError("unknown", "Terraform's message stream lacks its beginning: it was cut off");
  }
  if (messages && !hasRefreshed(messages, evidence.shown ? plan : undefined)) {
    return checkError(
      "unknown",
      "Terraform's message stream tells of no object that was refreshed: a plan with -refresh=false sees no drift",
      evidence.shown ? "" : 'If the state holds nothing, give the output of "terraform show -json PLANFILE" as well.',
    );
  }
  if (messages?.diagnostics.some(({ summary }) => summary === "Resource targeting is in effect")) {
    return checkError("unknown", "The plan is not complete: it was made with -target, which looks at a part alone");
  }
  const promised = evidence.plan?.exitCode === 2 || plan?.applyable === true || (messages && tellsOfChanges(messages));
  if (reading && !reading.anything && promised) {
    return checkError(
      "unknown",
      "Terraform says that there is something to apply, but nothing of it stands in the plan",
    );
  }
  return undefined;
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
  if ([...refreshed].some((address) => !imported.has(address))) return true;
  return planned.length > 0 && planned.every(({ action }) => ["create", "read", "remove", "import"].includes(action));
}

/** Whether a version of Terraform or OpenTofu is older than those whose plans can be believed. */
export function isTooOld(version: string): boolean {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  return major < OLDEST[0]! || (major === OLDEST[0]! && minor < OLDEST[1]!);
}

function finish(verdict: Verdict, error: CheckError | undefined, context: JudgeContext): Verdict {
  if (error) verdict.error = scrubError(error, context.secrets);
  verdict.warnings = verdict.warnings.map((one) => scrubDiagnostic(one, context.secrets));
  return verdict;
}

/** Stands where `"values": "hide"` leaves something out. */
export const HIDDEN = "(hidden)";

/** An error without a word of Terraform's or a provider's; what it is about still chooses the cure. */
export function hideError(error: CheckError): CheckError {
  const { class: cls, lock } = error;
  return {
    class: cls,
    summary: `The check ended in an error of class ${cls}`,
    detail: HIDDEN,
    // Of a suspect the words are all ours, and which of the two it is matters.
    cure: cls === "suspect" ? error.cure : cure(cls, clues(`${error.summary}\n${error.detail}`)),
    ...(lock ? { lock } : {}),
  };
}

/** An error without the secrets that are known. */
export function scrubError(error: CheckError, secrets: Secrets): CheckError {
  return {
    ...error,
    summary: secrets.scrub(error.summary),
    detail: secrets.scrub(error.detail),
    cure: secrets.scrub(error.cure),
  };
}

/** A diagnostic without the secrets that are known. */
export function scrubDiagnostic(one: Diagnostic, secrets: Secrets): Diagnostic {
  return { ...one, summary: secrets.scrub(one.summary), detail: secrets.scrub(one.detail) };
}

/** Providers repeat a warning for each object of a type, with and without its index: one line says it as well. */
function collapse(diagnostics: Diagnostic[]): Diagnostic[] {
  const groups = new Map<string, Diagnostic[]>();
  for (const one of diagnostics) {
    const key = `${one.severity}\n${one.summary}\n${one.detail}`;
    groups.set(key, [...groups.get(key) ?? [], one]);
  }
  return [...groups.values()].map(([first, ...more]) => {
    const places = new Set(more.map((one) => one.address).filter((address) => address !== first!.address)).size;
    return { ...first!, ...(places > 0 ? { detail: `${first!.detail} (and ${places} more)`.trim() } : {}) };
  });
}

/**
 * The exit code of the checks alone. Drift was found where an environment's status is `drift`, or where one in error
 * (other than `suspect`) lists a change that it could read and that is no vanishing.
 */
export function exitCodeOf(
  environments: { status: Status; changes: Change[]; error?: { class: ErrorClass } }[],
): 0 | 1 | 2 | 3 {
  const failedOne = environments.some((one) => one.status === "error");
  const found = environments.some((one) =>
    one.status === "drift" ||
    (one.status === "error" && one.error?.class !== "suspect" && one.changes.some((change) => !isVanishing(change)))
  );
  return failedOne ? (found ? 3 : 1) : found ? 2 : 0;
}
