/**
 * What a plan says: the JSON of `terraform show -json PLANFILE` becomes changes, each with its origin and the attributes
 * that differ. Pure. How each thing in a plan is filed:
 *
 * | in the plan | filed as |
 * |---|---|
 * | update, create, delete, replace (both orders; a tainted object is one) of a managed object | `changes` |
 * | deposed object | `changes`, a delete with a note |
 * | drift `delete` + `create` | `changes`, a create by `outside` |
 * | update in which nothing but noise differs, by a row of a provider's catalogue | `observed` |
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

import { isSecretName } from "../../lib/secret_names.ts";
import type { Change, Diagnostic, OutputChange } from "../report.ts";
import { compareAddresses } from "../terraform/address.ts";
import type { Plan, PlannedObject } from "../terraform/plan.ts";
import {
  existed,
  isDeposed,
  isManaged,
  managedChanges,
  managedDrifts,
  type PlanGap,
  planGap,
  type PlannedAction,
  plannedAction,
} from "../terraform/plan_queries.ts";
import { explain } from "./causes.ts";
import { compare, type Compared } from "./compare.ts";
import { baseChange, type FiledEntry, fileEntry, type Finding, type PlanContext } from "./file_entry.ts";
import { UNKNOWN } from "./diff.ts";
import { secretNamesOf } from "./knowledge.ts";
import { mergeMarks } from "./marks.ts";
import { learnSecrets } from "./secrets.ts";
import { shownSides } from "./shown_sides.ts";

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
  /** What the memory keeps of `changes`. */
  findings: Finding[];
  /** What it keeps of updates in which nothing but noise differs. */
  noise: Finding[];
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
  incomplete?: PlanGap;
  /** Whether anything at all was listed, data reads of check blocks included: what exit code 2 must have a reason in. */
  anything: boolean;
}

/** Files everything a plan says. Pure but for `context.secrets`, which learns the plan's secrets. */
export function readPlan(plan: Plan, context: PlanContext): PlanReading {
  learnSecrets(plan, context.secrets, context.providers);
  const { providers } = context;
  const objects = pairUp(plan);
  const entries = objects.filter(({ drift, action }) => drift || action).map((one) => {
    const object = one.object ?? one.drift!;
    return compare(one, plan.configuration ?? {}, {
      isSecretName: secretNamesOf(object, providers),
      isSame: (path, expected, found) => providers.isSame(object, path, expected, found),
      listRule: (path) => providers.listRule(object, path),
      showsNames: !context.hideText,
    });
  });
  const filed = explain(plan, entries).map((entry) => fileEntry(entry, context));
  const found = filed.flatMap(({ findings }) => findings);
  const outputs = readOutputs(plan, context);
  const gap = planGap(plan);
  return {
    changes: listed(filed, "change"),
    accepted: listed(filed, "accepted"),
    observed: listed(filed, "observed", "noise"),
    bookkeeping: bookkeepingOf(plan, context),
    outputs,
    findings: found.filter(({ isNoise }) => !isNoise),
    noise: found.filter(({ isNoise }) => isNoise),
    warnings: failedChecks(plan),
    resources: new Set(objects.filter(wasInState).map(({ object, drift }) => (object ?? drift)!.address)).size,
    errored: plan.errored === true,
    ...(gap ? { incomplete: gap } : {}),
    anything: outputs.length > 0 || (plan.resource_changes ?? []).some((one) => doesSomething(one)),
  };
}

/** Every managed object of the plan, with what changed outside of it: of a deposed one nothing is known. */
function pairUp(plan: Plan): Compared[] {
  const drifts = new Map(managedDrifts(plan).map((drift) => [drift.address, drift]));
  const objects: Compared[] = managedChanges(plan).map((object) => {
    const drift = isDeposed(object) ? undefined : drifts.get(object.address);
    if (drift) drifts.delete(object.address);
    return { object, drift, action: plannedAction(object) };
  });
  return [...objects, ...[...drifts.values()].map((drift) => ({ drift }))];
}

function wasInState({ object, drift }: Compared): boolean {
  if (!object) return true;
  return (existed(object) || (drift !== undefined && existed(drift))) && !object.change.importing;
}

/** What an object comes to beside its attributes; undefined where nothing of the state itself changes. */
function bookkeepingAction(object: PlannedObject, action: PlannedAction): "forget" | "import" | "move" | undefined {
  if (action !== undefined) return action === "forget" ? action : undefined;
  return object.change.importing ? "import" : object.previous_address ? "move" : undefined;
}

/** Whether an apply of the plan would do anything about an object, in the state or in reality. */
function doesSomething(object: PlannedObject): boolean {
  const action = plannedAction(object);
  return action !== undefined || (isManaged(object) && bookkeepingAction(object, action) !== undefined);
}

/** What concerns the state alone; a data source that a check block reads is read on every plan. */
function bookkeepingOf(plan: Plan, context: PlanContext): Change[] {
  return sorted((plan.resource_changes ?? []).flatMap((object) => {
    const action = plannedAction(object);
    if (isManaged(object)) {
      const kept = bookkeepingAction(object, action);
      return kept ? [baseChange(object, kept, context)] : [];
    }
    const isDeferred = action === "read" && object.action_reason !== "read_because_check_nested";
    return isDeferred ? [baseChange(object, "read", context)] : [];
  }));
}

function listed(filed: FiledEntry[], ...places: ("change" | "accepted" | "observed" | "noise")[]): Change[] {
  return sorted(filed.flatMap((one) => places.flatMap((place) => one[place] ?? [])));
}

function sorted(changes: Change[]): Change[] {
  return changes.sort((a, b) => compareAddresses(a.address, b.address));
}

function readOutputs(plan: Plan, context: PlanContext): OutputChange[] {
  const outputs: OutputChange[] = [];
  for (const [name, change] of Object.entries(plan.output_changes ?? {})) {
    const action = change.actions.length > 1 ? "update" : change.actions[0] ?? "no-op";
    if (action === "no-op") continue;
    const marks = mergeMarks(change.before_sensitive, change.after_sensitive, isSecretName(name) || undefined);
    const isUnknown = change.after_unknown === true;
    const { sides: [expected, actual], sensitive } = shownSides(
      [isUnknown ? null : change.after, change.before],
      { marks, isSecretName, secrets: context.secrets },
    );
    outputs.push({ name, action, sensitive, expected: isUnknown ? UNKNOWN : expected, actual });
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

/** Whether a change is one of an object that was there and cannot be found: what an outage or a missing privilege looks like too. */
export function isVanishing(change: Change): boolean {
  return change.action === "create" && change.origin !== "pending" && change.causedBy === undefined;
}
