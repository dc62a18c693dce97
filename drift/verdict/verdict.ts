/**
 * The verdict on one environment, from whatever its check left behind: message stream, plan, exit code. Pure. It is the
 * same for a check, a dry run and a replay.
 *
 * `ok` needs positive evidence: a complete message stream, a change summary of zero and exit code 0 that agree, or a
 * plan that was read to its end. Everything else that is not `drift` is a failure with a class.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { Secrets } from "../../lib/secrets.ts";
import type { Change, Diagnostic, ErrorClass, Status } from "../report.ts";
import type { Plan } from "../terraform/plan.ts";
import { vanished } from "../terraform/plan_queries.ts";
import { withoutColors } from "../terraform/text_diagnostics.ts";
import { isDeprecation } from "../terraform/stream.ts";
import { type Filed, isVanishing, type PlanReading } from "./changes.ts";
import { type Evidence, type JudgeContext, type Read, readEvidence } from "./evidence.ts";
import { incompleteness } from "./incompleteness.ts";
import { classify } from "./classify.ts";
import { HIDDEN } from "./failure_text.ts";
import { type Failure, failure } from "./failures.ts";
import { suspicion } from "./suspicion.ts";

/** The verdict and what it rests on. */
export interface Verdict extends Filed {
  /** The verdict. */
  status: Status;
  /** Terraform's and ours. */
  warnings: Diagnostic[];
  /** Exactly where `status` is `error`. */
  failure?: Failure;
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

/** Where a stream alone is all there is for an `ok`. */
const STREAM_CANNOT_TELL: Diagnostic = {
  severity: "warning",
  summary: "Only the message stream was given: it cannot show whether the plan was made with -refresh-only",
  detail:
    'Such a plan says nothing of what the code asks for. Give the output of "terraform show -json PLANFILE" as well.',
};

/** A verdict where nothing is known. */
export function emptyVerdict(): Verdict {
  return {
    status: "error",
    changes: [],
    accepted: [],
    observed: [],
    bookkeeping: [],
    outputs: [],
    findings: [],
    noise: [],
    resources: 0,
    warnings: [],
  };
}

/** Judges one environment. What is not as Terraform writes it is a failure of the verdict, never thrown. */
export function judge(evidence: Evidence, context: JudgeContext): Verdict {
  try {
    return decide(evidence, context);
  } catch (error) {
    return { ...emptyVerdict(), failure: failure("plan-malformed", { problem: { quoted: messageOf(error) } }) };
  }
}

function decide(evidence: Evidence, context: JudgeContext): Verdict {
  const read = readEvidence(evidence, context);
  const { plan, reading } = read;
  const resources = reading?.resources ?? evidence.messages?.refreshed.size ?? 0;
  const broken = toldFailure(evidence, read, context) ?? read.unreadable ?? incompleteness(evidence, read);
  const doubt = broken || !plan ? undefined : doubtAbout(plan, reading, context);
  const astray = broken || resources > 0 ? undefined : context.otherWorkspace;
  if (astray !== undefined) {
    const failed = failure("workspace-not-chosen", { selected: astray });
    // What an empty workspace lacks is nothing that was found of this environment.
    return { ...emptyVerdict(), warnings: warningsOf(evidence, read, context), failure: failed };
  }
  const failed = broken ?? doubt ?? emptied(resources, context);
  const found = reading && plan && failed
    ? unconfirmed(reading, doubtedIn(plan, doubt, context), context.secrets)
    : reading;
  const verdict: Verdict = {
    ...emptyVerdict(),
    ...filedOf(found),
    resources,
    warnings: warningsOf(evidence, read, context),
  };
  if (failed) return { ...verdict, warnings: withoutToldErrors(verdict.warnings, failed), failure: failed };
  const status = verdict.changes.length > 0 ? "drift" : "ok";
  const isStreamAlone = !evidence.plan && !evidence.shown;
  const warnings = [
    ...verdict.warnings,
    ...resources === 0 && status === "drift" ? [emptyStateWarning(context)] : [],
    ...isStreamAlone && status === "ok" ? [STREAM_CANNOT_TELL] : [],
  ];
  return { ...verdict, status, warnings };
}

/** What was printed beside the message stream counts as warnings, unless it is why the check failed. */
function withoutToldErrors(warnings: Diagnostic[], failed: Failure): Diagnostic[] {
  if (failed.reason !== "told") return warnings;
  const { diagnostics } = failed.facts;
  return warnings.filter(({ summary, detail }) =>
    !diagnostics.some((one) => one.summary === summary && one.detail === detail)
  );
}

/** The parts of a reading that a verdict lists. */
function filedOf(reading: PlanReading | undefined): Partial<Filed> {
  if (!reading) return {};
  const { changes, accepted, observed, bookkeeping, outputs, findings, noise } = reading;
  return { changes, accepted, observed, bookkeeping, outputs, findings, noise };
}

/**
 * Why the plan is not to be believed. A witness that ends a suspicion proves drift, and never that there is none: where the
 * plan lists nothing, since the code no longer has what is gone, the suspicion stays.
 */
function doubtAbout(plan: Plan, reading: PlanReading | undefined, context: JudgeContext): Failure | undefined {
  const { providers, testimony } = context;
  const doubt = suspicion(plan, providers, testimony);
  return doubt || !testimony || reading?.changes.length ? doubt : suspicion(plan, providers);
}

/** Addresses of what cannot be vouched for where the plan failed or is not believed. */
function doubtedIn(plan: Plan, doubt: Failure | undefined, { testimony }: JudgeContext): string[] {
  const contradicted = doubt?.reason === "objects-contradicted" ? doubt.facts.objects : [];
  const gone = vanished(plan).filter(({ address }) => testimony?.vanished.get(address)?.found !== "deleted");
  return [...gone, ...contradicted].map(({ address }) => address);
}

/** The reading without vouching for these objects. */
function unconfirmed(reading: PlanReading, addresses: string[], secrets: Secrets): PlanReading {
  const doubtful = new Set(addresses.map((address) => secrets.scrubPath(address)));
  const doubt = (change: Change): Change => doubtful.has(change.address) ? { ...change, confirmed: false } : change;
  return { ...reading, changes: reading.changes.map(doubt), observed: reading.observed.map(doubt) };
}

function warningsOf({ messages }: Evidence, { reading, isOfStream }: Read, context: JudgeContext): Diagnostic[] {
  const { secrets, hideText } = context;
  const theirs = (messages?.diagnostics.filter((one) => one.severity === "warning") ?? reading?.warnings ?? [])
    .filter((one) => !tellsOfUnread(one, context.providers))
    .map((one) => isDeprecation(one) ? { ...one, deprecation: { isNew: true } } : one);
  return collapse([
    ...isOfStream ? [STREAM_ALONE] : [],
    ...theirs.map((one) => hideText ? { ...one, summary: HIDDEN, detail: HIDDEN } : one),
  ]).map((one) => scrubDiagnostic(one, secrets));
}

/**
 * Suspect is an empty state where the last run knew resources. A memory that knows none may be that of a run which ended
 * before it could look: it vouches for nothing.
 */
function emptied(resources: number, { previousResources = 0, stateAt = "" }: JudgeContext): Failure | undefined {
  if (resources > 0 || previousResources === 0) return undefined;
  return failure("state-emptied", { previous: previousResources, place: stateAt });
}

function emptyStateWarning({ stateAt, secrets }: JudgeContext): Diagnostic {
  return {
    severity: "warning",
    summary: secrets.scrub(`The state is empty: ${stateAt ?? "where it is kept is not known here"}`),
    detail:
      "Everything in the code counts as not applied yet. If this environment has been applied before, its backend, key or workspace is not the right one.",
  };
}

/** The failure that the check itself told of, if any. */
function toldFailure(
  { plan: ended, messages }: Evidence,
  { plan, reading }: Read,
  { secrets, providers }: JudgeContext,
): Failure | undefined {
  const version = messages?.version ?? plan?.terraform_version;
  if (version && isTooOld(version)) {
    return failure("program-too-old", { tool: messages?.tool ?? "terraform", version });
  }
  const diagnostics = (messages?.diagnostics ?? []).map((one) => tellsOfUnread(one, providers) ? asError(one) : one);
  const errors = diagnostics.filter((one) => one.severity === "error");
  const exitCode = ended?.exitCode ?? (errors.length > 0 || reading?.errored ? 1 : 0);
  const isGood = (exitCode === 0 || exitCode === 2) && !complains(ended?.stderr ?? "");
  if (isGood && errors.length === 0 && !reading?.errored) return undefined;
  if (!ended && errors.length === 0) return failure("error-untold", {});
  return classify({
    phase: "plan",
    exitCode,
    ...(ended?.signal ? { signal: ended.signal } : {}),
    // Scrubbed before the text is cut: half a secret would not be known again.
    diagnostics: diagnostics.map((one) => scrubDiagnostic(one, secrets)),
    stderr: secrets.scrub(ended?.stderr ?? ""),
  }, providers.failures);
}

/** Whether a provider warns that it took for gone what it could not read: the plan is not to be believed then. */
function tellsOfUnread({ summary, detail }: Diagnostic, { failures }: JudgeContext["providers"]): boolean {
  return failures.some(({ unread }) => unread?.test(`${summary} ${detail}`));
}

/** What the detail says is what happened, and the summary only what the provider made of it. */
function asError({ summary, detail, ...one }: Diagnostic): Diagnostic {
  return { ...one, severity: "error", summary: detail, detail: summary };
}

/**
 * Whether stderr tells of an error or a crash that the exit code does not. What Terraform says of its CLI configuration
 * is none: with exit code 0 it went on.
 */
function complains(stderr: string): boolean {
  const [before = "", ...rest] = withoutColors(stderr).split("There are some problems with the CLI configuration:");
  return /^(?:[│|] )?(?:panic|fatal error|Error): /m.test(before) ||
    rest.some((text) => /^(?:panic|fatal error|Error): /m.test(text));
}

/** Whether a version of Terraform or OpenTofu is older than those whose plans can be believed. */
export function isTooOld(version: string): boolean {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  return major < OLDEST[0]! || (major === OLDEST[0]! && minor < OLDEST[1]!);
}

/** A diagnostic without the secrets that are known. */
export function scrubDiagnostic(one: Diagnostic, secrets: Secrets): Diagnostic {
  return {
    ...one,
    summary: secrets.scrub(one.summary),
    detail: secrets.scrub(one.detail),
    ...(one.address === undefined ? {} : { address: secrets.scrubPath(one.address) }),
  };
}

/** Providers repeat a warning for each object of a type, with and without its index: one line says it as well. */
function collapse(diagnostics: Diagnostic[]): Diagnostic[] {
  const groups = new Map<string, { first: Diagnostic; addresses: Set<string | undefined> }>();
  for (const one of diagnostics) {
    const key = `${one.severity}\n${one.summary}\n${one.detail}`;
    const group = groups.get(key);
    if (group) group.addresses.add(one.address);
    else groups.set(key, { first: one, addresses: new Set([one.address]) });
  }
  return [...groups.values()].map(({ first, addresses: { size } }) =>
    size > 1 ? { ...first, detail: `${first.detail} (and ${size - 1} more)`.trim() } : first
  );
}

/** Which drift makes the exit code 2: any, only what was changed by hand, only what the last run did not know. */
export const FAIL_ON = ["any", "outside", "new"] as const;

/** One of {@linkcode FAIL_ON}. */
export type FailOn = typeof FAIL_ON[number];

const COUNTS: Record<FailOn, (change: Change) => boolean> = {
  any: () => true,
  outside: ({ origin }) => origin !== "pending",
  new: ({ isNew }) => isNew,
};

/**
 * The exit code of the checks alone. Drift was found where an environment's status is `drift`, or where one in error
 * (other than `suspect`) lists a change that it could read and that is no vanishing; in either case `failOn` may ask for a
 * change of a certain kind.
 */
export function exitCodeOf(
  environments: { status: Status; changes: Change[]; error?: { class: ErrorClass } }[],
  failOn: FailOn = "any",
): 0 | 1 | 2 | 3 {
  const failedOne = environments.some((one) => one.status === "error");
  const found = environments.some(({ status, error, changes }) =>
    (status === "drift" && (failOn === "any" || changes.some(COUNTS[failOn]))) ||
    (status === "error" && error?.class !== "suspect" &&
      changes.some((change) => !isVanishing(change) && COUNTS[failOn](change)))
  );
  return failedOne ? (found ? 3 : 1) : found ? 2 : 0;
}
