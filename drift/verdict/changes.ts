/**
 * What a plan says: the JSON of `terraform show -json PLANFILE` becomes changes, each with its origin and the attributes
 * that differ. Pure. How each thing in a plan is filed:
 *
 * | in the plan | filed as |
 * |---|---|
 * | update, create, delete, replace (both orders; a tainted object is one) of a managed object | `changes` |
 * | deposed object | `changes`, a delete with a note |
 * | drift `delete` + `create` | `changes`, a create by `outside` |
 * | drift that the plan does not act on: computed values, `ignore_changes`, code that already agrees, an object gone from reality and code | `observed` |
 * | no-op with `previous_address`, `importing`; `forget`; a data source read at apply (but not one nested in a check block, which is read on every plan) | `bookkeeping` |
 * | output values | `outputs` |
 * | check blocks that fail | a warning |
 * | `deferred_changes`, `complete: false` without an error, objects in the state that it passes over | `incomplete`: no verdict can rest on it |
 * | `errored: true` | `errored`; what could be read is listed all the same |
 * | format version other than 1.x, no plan at all | {@link PlanUnreadable} |
 *
 * @module
 */

import { isSecretName, type Secrets } from "../../lib/secrets.ts";
import { canBeUnknown, explain, expressionsOf } from "./causes.ts";
import { differences, formatPath, hasSecret, joinPath, type Leaf, mask, mergeMarks, overlaps } from "./diff.ts";
import { isExpression, passedOver, type Plan, type PlannedObject, PlanUnreadable } from "../terraform/plan.ts";
import { learnSecrets } from "./secrets.ts";
import { describe, label } from "../providers/proxmox/proxmox.ts";
import type { Action, AttributeChange, Change, Diagnostic, Origin, OutputChange } from "../report.ts";

/** One thing found, as the memory keeps it. `actual` is raw and goes no further than a salted hash. */
export interface Finding {
  /** Resource address. */
  address: string;
  /** Of the change. */
  action: Action;
  /** Of the change. */
  origin: Origin;
  /** Absent where the whole object is the finding. */
  path?: string;
  /** Raw. */
  actual: unknown;
}

/** Says of a finding since when it is known. Times are ISO 8601 in UTC. */
export type Recall = (finding: Finding) => { isNew: boolean; firstSeenAt: string };

/** Whether a rule sets an attribute difference aside. */
export type Accepts = (address: string, path: string) => boolean;

/** What {@link readPlan} needs besides the plan. */
export interface PlanContext {
  /** Learns the secrets of the plan, and scrubs. */
  secrets: Secrets;
  /** Knows the findings of the last run. */
  recall: Recall;
  /** Knows the `accept` rules. */
  accepts: Accepts;
}

/** What a plan says, by where it is listed. */
export interface Filed {
  /** What makes the drift; in an error, what could be seen. */
  changes: Change[];
  /** What rules set aside. */
  accepted: Change[];
  /** What changed outside without the plan acting on it. */
  observed: Change[];
  /** What concerns the state alone. */
  bookkeeping: Change[];
  /** Output values that would change. */
  outputs: OutputChange[];
  /** Of `changes`, for the memory. */
  findings: Finding[];
  /** Managed objects in the state before the plan refreshed it. */
  resources: number;
}

/** A plan, filed, and what its reader must know of it. */
export interface PlanReading extends Filed {
  /** Failed check blocks. */
  warnings: Diagnostic[];
  /** The plan ended in an error. */
  errored: boolean;
  /** Why no verdict can rest on the plan. */
  incomplete?: string;
  /** Whether anything at all was listed, data reads of check blocks included: what exit code 2 must have a reason in. */
  anything: boolean;
}

/** Files everything a plan says. Pure but for `context.secrets`, which learns the plan's secrets. */
export function readPlan(plan: Plan, context: PlanContext): PlanReading {
  learnSecrets(plan, context.secrets);
  const drifts = new Map<string, PlannedObject>();
  for (const drift of plan.resource_drift ?? []) if (drift.mode === "managed") drifts.set(drift.address, drift);

  const entries: Entry[] = [];
  const bookkeeping: Change[] = [];
  const inState = new Set<string>();
  let anything = false;
  for (const object of plan.resource_changes ?? []) {
    const action = actionOf(object);
    if (object.mode !== "managed") {
      if (action !== undefined) anything = true;
      if (action === "read" && object.action_reason !== "read_because_check_nested") {
        bookkeeping.push(bare(object, "read", context));
      }
      continue;
    }
    const drift = object.deposed === undefined ? drifts.get(object.address) : undefined;
    if (drift) drifts.delete(object.address);
    const wasThere = nonNull(object.change.before) || nonNull(drift?.change.before);
    if (wasThere && !object.change.importing) inState.add(object.address);
    if (action === undefined || action === "forget") {
      const kept = action ?? (object.change.importing ? "import" : object.previous_address ? "move" : undefined);
      if (kept) {
        anything = true;
        bookkeeping.push(bare(object, kept, context));
      }
    } else anything = true;
    if (action !== undefined || drift) entries.push(compare(plan, object, drift, action));
  }
  for (const drift of drifts.values()) {
    inState.add(drift.address);
    entries.push(compare(plan, undefined, drift, undefined));
  }
  explain(plan, entries);

  const reading: PlanReading = {
    changes: [],
    accepted: [],
    observed: [],
    bookkeeping,
    outputs: readOutputs(plan, context),
    findings: [],
    warnings: failedChecks(plan),
    resources: inState.size,
    errored: plan.errored === true,
    anything: false,
  };
  reading.anything = anything || reading.outputs.length > 0;
  for (const entry of entries) file(entry, reading, context);
  for (const list of [reading.changes, reading.accepted, reading.observed, reading.bookkeeping]) {
    list.sort((a, b) => a.address < b.address ? -1 : a.address > b.address ? 1 : 0);
  }
  if (plan.deferred_changes?.length) {
    reading.incomplete = `${plan.deferred_changes.length} change(s) were deferred to a later plan`;
  } else if (plan.complete === false && !reading.errored) {
    reading.incomplete = "the plan says of itself that it is not complete";
  } else if (!reading.errored) {
    const [first, ...more] = passedOver(plan);
    if (first !== undefined) {
      reading.incomplete = `it says nothing of ${first}${more.length > 0 ? ` and ${more.length} more` : ""}, which ` +
        "the state holds; was it made with -refresh-only or -target?";
    }
  }
  return reading;
}

/** One object on its way from the plan to the report. */
export interface Entry {
  /** The change, or the drift where there is no change. */
  object: PlannedObject;
  /** What changed outside. */
  drift?: PlannedObject;
  /** Undefined where the plan does not act. */
  action?: Action;
  /** Where the sides differ. */
  leaves: Leaf[];
  /**
   * What the code sets and only an apply can tell: no attribute to show, and a reason for the change all the same, unless
   * `isComputed`: then the provider seems to fill in what a variable leaves open.
   */
  hidden: { path: string; kind: Origin; isComputed: boolean }[];
  /** Of the change. */
  origin: Origin;
  /** Addresses whose outside change led to this one. */
  causedBy: string[];
}

/** The one action that a list of Terraform's actions stands for; undefined where nothing is done. */
function actionOf(object: PlannedObject): Action | undefined {
  const actions = object.change.actions;
  if (actions.includes("create") && (actions.includes("delete") || actions.includes("forget"))) return "replace";
  const action = actions.includes("create") ? "create" : actions[0];
  switch (action) {
    case "no-op":
      return undefined;
    case "create":
    case "update":
    case "delete":
    case "forget":
    case "read":
      return action;
    default:
      throw new PlanUnreadable(
        `Cannot read the plan: action ${JSON.stringify(action)} of ${object.address} is not known`,
        true,
      );
  }
}

function compare(
  plan: Plan,
  object: PlannedObject | undefined,
  drift: PlannedObject | undefined,
  action: Action | undefined,
): Entry {
  const change = object?.change;
  const vanished = drift?.change.actions.includes("delete") ?? false;
  const marks = mergeMarks(
    change?.before_sensitive,
    change?.after_sensitive,
    drift?.change.before_sensitive,
    drift?.change.after_sensitive,
  );
  // Of an update that the plan does not make, the state after it is what is there.
  const actual = change ? change.before : drift?.change.after;
  const leaves = vanished || action === "create" || action === "delete" || action === "forget" ? [] : differences({
    previous: drift ? drift.change.before : actual,
    actual,
    expected: action ? change?.after : actual,
    unknown: action ? change?.after_unknown : undefined,
    marks,
  }, isSecretName);
  const entry: Entry = { object: (object ?? drift)!, leaves, hidden: [], origin: "pending", causedBy: [] };
  if (drift) entry.drift = drift;
  if (action) entry.action = action;
  entry.hidden = hiddenIn(plan, entry);
  entry.origin = action === "create" && vanished ? "outside" : originIn(entry);
  return entry;
}

/** Of an update what the code sets to something unknown, of a replacement what of that forces it. */
function hiddenIn(plan: Plan, entry: Entry): Entry["hidden"] {
  const { action, object, drift, leaves } = entry;
  let paths: string[] = [];
  if (action === "update") paths = unknownPaths(object.change.after_unknown, expressionsOf(plan, object));
  if (action === "replace") {
    const seen = leaves.filter((leaf) => leaf.kind !== "observed");
    paths = forcedPaths(entry).filter((path) => !seen.some((leaf) => overlaps(leaf.path, path)));
  }
  if (paths.length === 0) return [];
  const { before, after } = drift?.change ?? {};
  const moved = differences(
    { previous: before, actual: after, expected: after, unknown: undefined, marks: undefined },
    isSecretName,
  );
  return paths.map((path) => ({
    path,
    kind: moved.some((leaf) => overlaps(leaf.path, path)) ? "both" : "pending",
    isComputed: action === "update" && !canBeUnknown(plan, object, path),
  }));
}

/** What of the hidden is a reason. */
function asked({ hidden }: Entry): Entry["hidden"] {
  return hidden.filter((one) => !one.isComputed);
}

/** The origin of a change, from what is shown of it and what cannot be. */
export function originIn(entry: Entry): Origin {
  if (entry.action !== "replace") return originOf([...entry.leaves, ...asked(entry)]);
  const forcing = [...forcingLeaves(entry), ...entry.hidden];
  // One that nothing outside forces is asked for by the code, or by an apply that failed, whatever else has changed.
  return originOf([...replaceLeaves(entry), ...forcing.length > 0 ? forcing : [{ kind: "pending" as const }]]);
}

/** The origin that a set of differences adds up to; `pending` where there is none. */
export function originOf(leaves: Pick<Leaf, "kind">[]): Origin {
  const kinds = new Set(leaves.map((leaf) => leaf.kind));
  if (kinds.has("both") || (kinds.has("outside") && kinds.has("pending"))) return "both";
  return kinds.has("outside") ? "outside" : "pending";
}

/** Of a replacement: what forces it and what drifted. The rest is what any new object of its kind would differ in. */
function replaceLeaves(entry: Entry): Leaf[] {
  const forcing = new Set(forcingLeaves(entry));
  return entry.leaves.filter((leaf) => leaf.kind === "outside" || leaf.kind === "both" || forcing.has(leaf));
}

/** Of a replacement, what of the differences it is made for. */
export function forcingLeaves(entry: Entry): Leaf[] {
  const forced = forcedPaths(entry);
  return entry.leaves.filter((leaf) => leaf.kind !== "observed" && forced.some((path) => overlaps(leaf.path, path)));
}

/** What a replacement is made for, as Terraform says. */
export function forcedPaths({ object }: Entry): string[] {
  return (object.change.replace_paths ?? []).map(formatPath);
}

/** What every change says. One that is not remembered counts as seen first now. */
function bare(object: PlannedObject, action: Action, { recall, secrets }: PlanContext): Change {
  const address = secrets.scrubPath(object.address);
  const change: Change = {
    address,
    type: object.type,
    provider: object.provider_name ?? "",
    action,
    origin: "pending",
    firstSeenAt: recall({ address, action, origin: "pending", actual: null }).firstSeenAt,
    isNew: false,
    confirmed: true,
    attributes: [],
  };
  if (object.module_address) change.module = secrets.scrubPath(object.module_address);
  if (object.action_reason) change.reason = object.action_reason;
  if (action === "move" && object.previous_address) {
    change.note = `moved from ${secrets.scrubPath(object.previous_address)}`;
  }
  return change;
}

function file(entry: Entry, reading: PlanReading, context: PlanContext) {
  const { object, drift, action } = entry;
  const gone = drift?.change.actions.includes("delete") && action !== "create";
  const observed = entry.leaves.filter((leaf) => leaf.kind === "observed");
  if (gone || (observed.length > 0 && action !== "replace")) {
    const seen = named(bare(object, gone ? "delete" : "update", context), entry, context);
    seen.origin = "outside";
    seen.attributes = observed.map((leaf) =>
      attribute({ ...leaf, kind: "outside", expected: leaf.previous, previous: leaf.previous }, context)
    );
    delete seen.reason;
    reading.observed.push(seen);
  }
  if (action === undefined || action === "forget" || action === "read") return;

  const shown = action === "replace" ? replaceLeaves(entry) : entry.leaves.filter((leaf) => leaf.kind !== "observed");
  const aside = action === "update" ? shown.filter((leaf) => context.accepts(object.address, leaf.path)) : [];
  const counted = aside.length > 0 ? shown.filter((leaf) => !aside.includes(leaf)) : shown;
  if (aside.length > 0) {
    const accepted = named(bare(object, action, context), entry, context);
    accepted.origin = originOf(aside);
    accepted.attributes = aside.map((leaf) => attribute(leaf, context));
    reading.accepted.push(accepted);
    if (counted.length === 0 && entry.hidden.length === 0) return;
  }
  const change = named(bare(object, action, context), entry, context);
  change.origin = aside.length > 0 ? originOf([...counted, ...asked(entry)]) : entry.origin;
  change.attributes = counted.map((leaf) => attribute(leaf, context));
  if (entry.causedBy.length > 0) change.causedBy = entry.causedBy.map((address) => context.secrets.scrubPath(address));
  const note = describe(entry, change) ??
    (aside.length > 0 && counted.length === 0
      ? "beside what a rule sets aside, values that only an apply can tell"
      : undefined);
  if (note) change.note = context.secrets.scrub(note);

  const base = { address: change.address, action, origin: change.origin };
  const findings: Finding[] = counted.length > 0
    ? counted.map((leaf) => ({ ...base, path: context.secrets.scrubPath(leaf.path), actual: leaf.actual }))
    : [{ ...base, actual: null }];
  const known = findings.map(context.recall);
  change.isNew = known.some((one) => one.isNew);
  const since = known.filter((one) => !one.isNew).map((one) => one.firstSeenAt).sort();
  change.firstSeenAt = since[0] ?? known[0]!.firstSeenAt;
  reading.findings.push(...findings);
  reading.changes.push(change);
}

/**
 * What the code itself sets to a value that is not known before an apply. What a provider computes is unknown too, in any
 * update, and says nothing.
 */
function unknownPaths(unknown: unknown, code: unknown, path = ""): string[] {
  if (typeof code !== "object" || code === null || "constant_value" in code) return [];
  if (unknown === true) return [path];
  if (typeof unknown !== "object" || unknown === null) return [];
  return Object.entries(unknown).flatMap(([key, mark]) =>
    unknownPaths(
      mark,
      isExpression(code) ? code : (code as Record<string, unknown>)[key],
      Array.isArray(unknown) ? `${path}[${key}]` : joinPath(path, key),
    )
  );
}

function named(change: Change, entry: Entry, context: PlanContext): Change {
  const text = label(entry.object, entry.drift);
  if (text) change.label = context.secrets.scrub(text);
  return change;
}

function attribute(leaf: Leaf, context: PlanContext): AttributeChange {
  const sensitive = [leaf.previous, leaf.actual, leaf.expected].some((v) => hasSecret(v, leaf.marks, isSecretName));
  const clean = (value: unknown) =>
    context.secrets.scrubValue(sensitive ? mask(value, leaf.marks, isSecretName) : value ?? null);
  const shown: AttributeChange = {
    path: context.secrets.scrubPath(leaf.path),
    sensitive,
    origin: leaf.kind === "observed" ? "outside" : leaf.kind,
    expected: clean(leaf.expected),
    actual: clean(leaf.actual),
  };
  if (leaf.kind === "both") shown.previous = clean(leaf.previous);
  return shown;
}

function readOutputs(plan: Plan, context: PlanContext): OutputChange[] {
  const outputs: OutputChange[] = [];
  for (const [name, change] of Object.entries(plan.output_changes ?? {})) {
    const action = change.actions.length > 1 ? "update" : change.actions[0] ?? "no-op";
    if (action === "no-op") continue;
    const marks = mergeMarks(change.before_sensitive, change.after_sensitive, isSecretName(name) || undefined);
    const show = (value: unknown) => context.secrets.scrubValue(mask(value, marks, isSecretName));
    const sensitive = [change.before, change.after].some((value) => hasSecret(value, marks, isSecretName));
    const expected = change.after_unknown === true ? "(known after apply)" : show(change.after);
    outputs.push({ name, action, sensitive, expected, actual: show(change.before) });
  }
  return outputs.sort((a, b) => a.name < b.name ? -1 : 1);
}

function failedChecks(plan: Plan): Diagnostic[] {
  return (plan.checks ?? []).filter((check) => check.status === "fail" || check.status === "error").map((check) => ({
    severity: "warning",
    summary: `Check failed: ${check.address?.to_display ?? "unnamed"}`,
    detail: (check.instances ?? []).flatMap((one) => one.problems ?? []).map((one) => one.message ?? "").join("\n"),
  }));
}

function nonNull(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** Whether a change is one of an object that was there and cannot be found: what an outage or a missing privilege looks like too. */
export function isVanishing(change: Change): boolean {
  return change.action === "create" && change.origin === "outside";
}
