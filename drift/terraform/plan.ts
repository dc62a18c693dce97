/**
 * The JSON of a plan, as `terraform show -json PLANFILE` writes it: its shape, as far as it is read, and the questions
 * that other rooms ask of it. Pure.
 *
 * Format: https://developer.hashicorp.com/terraform/internals/json-format
 *
 * @module
 */

import { configAddress, moduleAddressOf } from "./address.ts";
import type { Configuration, Located } from "./configuration.ts";

/** An object as Terraform's plan shows it, in `resource_changes` or `resource_drift`. */
export interface PlannedObject {
  /** Resource address. */
  address: string;
  /** Where the state had it before a move. */
  previous_address?: string;
  /** Absent in the root module. */
  module_address?: string;
  /** `managed` or `data`. */
  mode: string;
  /** Resource type. */
  type: string;
  /** Its name in the code. */
  name: string;
  /** Provider source. */
  provider_name?: string;
  /** Key of an object that a replacement left behind. */
  deposed?: string;
  /** As `replace_because_tainted`. */
  action_reason?: string;
  /** What is, what is wanted, and what of it is unknown or secret. */
  change: {
    actions: string[];
    before?: unknown;
    after?: unknown;
    after_unknown?: unknown;
    before_sensitive?: unknown;
    after_sensitive?: unknown;
    replace_paths?: unknown[][];
    importing?: unknown;
  };
}

/** The parts of a plan's JSON that are read here. */
export interface Plan {
  /** As `1.2`. */
  format_version: string;
  /** Who wrote it. */
  terraform_version?: string;
  /** Every object of state and code, no-ops included. */
  resource_changes?: PlannedObject[];
  /** Objects that changed outside. */
  resource_drift?: PlannedObject[];
  /** By name. */
  output_changes?: Record<string, PlannedObject["change"]>;
  /** Attributes that other parts of the plan depend on. */
  relevant_attributes?: { resource: string; attribute: unknown[] }[];
  /** The code, as far as JSON shows it. */
  configuration?: Configuration;
  /** What is there after an apply. */
  planned_values?: StateValues;
  /** The refreshed state. */
  prior_state?: { values?: StateValues };
  /** Values of root variables, secrets in clear. */
  variables?: Record<string, { value?: unknown }>;
  /** Results of check blocks. */
  checks?: {
    status?: string;
    address?: { to_display?: string };
    instances?: { problems?: { message?: string }[] }[];
  }[];
  /** What Terraform put off. */
  deferred_changes?: unknown[];
  /** Not in OpenTofu. */
  applyable?: boolean;
  /** Not in OpenTofu. */
  complete?: boolean;
  /** The plan ended in an error; what could be read is in it. */
  errored?: boolean;
}

/** The JSON is no plan that this program can read. `version` tells a format it does not know from damage. */
export class PlanUnreadable extends Error {
  /** Tells it from other errors. */
  override name = "PlanUnreadable";
  /** `version`: the format is one that is not known. */
  constructor(message: string, readonly version: boolean = false) {
    super(message);
  }
}

/**
 * Checks that a value is the JSON of a plan.
 *
 * @throws {PlanUnreadable}
 */
export function asPlan(value: unknown): Plan {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PlanUnreadable("Cannot read the plan: its JSON is no object");
  }
  const plan = value as Plan & Record<string, unknown>;
  if (typeof plan.format_version !== "string") {
    throw new PlanUnreadable(
      'Cannot read the plan: it has no "format_version"; is it the output of "terraform show -json PLANFILE"?',
    );
  }
  if (!/^1\./.test(plan.format_version)) {
    throw new PlanUnreadable(
      `Cannot read the plan: format version ${JSON.stringify(plan.format_version)} is not known, wanted 1.x`,
      true,
    );
  }
  if (!("planned_values" in plan) || !("configuration" in plan)) {
    throw new PlanUnreadable(
      'Cannot read the plan: it has no "planned_values" or no "configuration"; a state is no plan',
    );
  }
  for (const list of ["resource_changes", "resource_drift"] as const) {
    const objects: unknown = plan[list] ?? [];
    if (!Array.isArray(objects)) throw new PlanUnreadable(`Cannot read the plan: "${list}" is no list`);
    for (const object of objects) {
      if (
        typeof object?.address !== "string" || typeof object.type !== "string" || typeof object.mode !== "string" ||
        !Array.isArray(object.change?.actions) || object.change.actions.length === 0
      ) throw new PlanUnreadable(`Cannot read the plan: an entry of "${list}" has no address, type, mode or actions`);
    }
  }
  return plan;
}

/** A resource in the refreshed state. */
export interface StateResource {
  /** Resource address. */
  address?: string;
  /** `managed` or `data`. */
  mode?: string;
  /** Resource type. */
  type?: string;
  /** Provider source. */
  provider_name?: string;
  /** Its attributes. */
  values?: unknown;
  /** Sensitivity marks of the values. */
  sensitive_values?: unknown;
}

/** What state and planned values have in common. */
export interface StateValues {
  /** Where everything begins. */
  root_module?: StateModule;
}

/** A module of a state. */
export interface StateModule {
  /** In the module itself. */
  resources?: StateResource[];
  /** Modules in it. */
  child_modules?: StateModule[];
}

/** What Terraform does about an object; `undefined` where it does nothing. */
export type PlannedAction = "create" | "update" | "replace" | "delete" | "forget" | "read" | undefined;

/**
 * The one action that Terraform's list of actions stands for.
 *
 * @throws {PlanUnreadable} where it is none that is known
 */
export function plannedAction({ address, change: { actions } }: PlannedObject): PlannedAction {
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
        `Cannot read the plan: action ${JSON.stringify(action)} of ${address} is not known`,
        true,
      );
  }
}

/** Whether a replacement leaves the old object in place, out of Terraform's sight. OpenTofu only. */
export function isLeftBehind({ change: { actions } }: PlannedObject): boolean {
  return actions.includes("create") && actions.includes("forget");
}

/** Whether it is a resource that Terraform manages, and no data source. */
export function isManaged({ mode }: { mode?: string }): boolean {
  return mode === "managed";
}

/** Whether it stands for nothing but an object that a replacement left behind. */
export function isDeposed({ deposed }: PlannedObject): boolean {
  return deposed !== undefined;
}

/** Whether the object was there before the plan: in the state, or found by an import. */
export function existed({ change }: PlannedObject): boolean {
  return change.before !== null && change.before !== undefined;
}

/** What the plan says of the managed objects; deposed ones included. */
export function managedChanges(plan: Plan): PlannedObject[] {
  return (plan.resource_changes ?? []).filter(isManaged);
}

/** The managed objects that changed outside. */
export function managedDrifts(plan: Plan): PlannedObject[] {
  return (plan.resource_drift ?? []).filter(isManaged);
}

/** Whether what changed outside is that the object was not found. */
export function isVanished(drift: PlannedObject): boolean {
  return drift.change.actions.includes("delete");
}

/**
 * The objects that were in the state and were not found, as `resource_drift` has them, be they still in the code or not:
 * of one that is hidden and no longer in the code nothing else would ever be said.
 */
export function vanished(plan: Plan): PlannedObject[] {
  return managedDrifts(plan).filter(isVanished);
}

/** The managed objects that a refresh reads: what is in the state, but for what is imported or forgotten. */
export function refreshable(plan: Plan): PlannedObject[] {
  return managedChanges(plan).filter((object) =>
    existed(object) && !object.change.importing && !object.change.actions.includes("forget")
  );
}

/** Addresses in the code of the managed objects that were there before the plan. */
export function resourcesInState(plan: Plan): Set<string> {
  return new Set(managedChanges(plan).filter(existed).map(({ address }) => configAddress(address)));
}

/** Addresses in the code of the data sources that the plan has read: not of those that are read at the apply. */
export function dataSourcesRead(plan: Plan): Set<string> {
  const read = new Set<string>();
  for (const one of stateResources(plan)) if (!isManaged(one)) read.add(configAddress(one.address ?? ""));
  for (const one of plan.resource_changes ?? []) if (!isManaged(one)) read.delete(configAddress(one.address));
  return read;
}

/** An object as the plan's refresh found it. */
export interface RefreshedObject extends Located {
  /** Resource type. */
  type: string;
  /** Provider source. */
  provider_name?: string;
  /** What is there. */
  values: unknown;
  /** What the last state had, where that is something else. */
  previous?: unknown;
}

/** The objects that the plan's refresh found: the managed ones that have not vanished, and the data sources. */
export function refreshedObjects(plan: Plan): RefreshedObject[] {
  const drifts = new Map(managedDrifts(plan).map((drift) => [drift.address, drift]));
  const managed = managedChanges(plan).flatMap((object): RefreshedObject[] => {
    const { change, ...rest } = object;
    const drift = drifts.get(object.address);
    if (isDeposed(object) || (drift && isVanished(drift))) return [];
    // For a planned delete, `before` is what the last state had, not what the refresh found.
    const values = drift?.change.after ?? change.before;
    return [{ ...rest, values, ...(drift ? { previous: drift.change.before } : {}) }];
  });
  const data = [...stateResources(plan)].filter((one) => !isManaged(one));
  return [
    ...managed,
    ...data.map(({ address = "", type = "", provider_name, values }): RefreshedObject => {
      const module_address = moduleAddressOf(address);
      return {
        address,
        type,
        ...(module_address ? { module_address } : {}),
        ...(provider_name ? { provider_name } : {}),
        values,
      };
    }),
  ];
}

/** Every resource in the refreshed state, those of modules included. */
export function stateResources({ prior_state }: Plan): Generator<StateResource> {
  return resourcesIn(prior_state?.values);
}

function* resourcesIn(values: StateValues | undefined): Generator<StateResource> {
  const modules = [values?.root_module ?? {}];
  for (let module = modules.pop(); module; module = modules.pop()) {
    yield* module.resources ?? [];
    modules.push(...module.child_modules ?? []);
  }
}

/**
 * Addresses of the managed objects in the refreshed state, and of those that shall be there after an apply, of which the
 * plan says nothing, not even that they stay as they are. A plan that is whole has none: one that was made with
 * `-refresh-only` or `-target` has, and so has one that ended in an error.
 */
export function passedOver(plan: Plan): string[] {
  const planned = new Set(plan.resource_changes?.map((object) => object.address));
  const missing = new Set(
    managedDrifts(plan).filter((drift) => !isVanished(drift) && !planned.has(drift.address))
      .map(({ address }) => address),
  );
  for (const values of [stateResources(plan), resourcesIn(plan.planned_values)]) {
    for (const one of values) {
      if (isManaged(one) && one.address !== undefined && !planned.has(one.address)) missing.add(one.address);
    }
  }
  return [...missing].sort();
}

/** What a plan lacks: changes deferred to a later plan, by its own word, or objects of the state that it says nothing of. */
export type PlanGap =
  | { kind: "deferred"; count: number }
  | { kind: "says-so" }
  | { kind: "passes-over"; addresses: string[] };

/** What keeps a plan from being the whole answer; undefined where nothing does, or where it ended in an error. */
export function planGap(plan: Plan): PlanGap | undefined {
  if (plan.deferred_changes?.length) return { kind: "deferred", count: plan.deferred_changes.length };
  if (plan.errored === true) return undefined;
  if (plan.complete === false) return { kind: "says-so" };
  const addresses = passedOver(plan);
  return addresses.length > 0 ? { kind: "passes-over", addresses } : undefined;
}
