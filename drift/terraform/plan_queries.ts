/**
 * What other rooms ask of a plan, so that none of them looks into its lists of actions and modes by itself. Pure.
 *
 * @module
 */

import { configAddress, moduleAddressOf } from "./address.ts";
import { type Located, singleResources } from "./configuration.ts";
import { type Plan, type PlannedObject, PlanUnreadable, type StateResource, type StateValues } from "./plan.ts";

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

/**
 * What each object depended on when it was applied: addresses in the code, also of what triggers it. By its address, and by
 * that in the code, since a new instance depends on what the others do.
 */
export function dependenciesInState(plan: Plan): Map<string, string[]> {
  const known = [...stateResources(plan)].map(({ address = "", depends_on = [] }) => ({ address, depends_on }));
  return new Map([
    ...known.map(({ address, depends_on }): [string, string[]] => [configAddress(address), depends_on]),
    ...known.map(({ address, depends_on }): [string, string[]] => [address, depends_on]),
  ]);
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
    const { address, type, provider_name, module_address, change } = object;
    const drift = drifts.get(object.address);
    if (isDeposed(object) || (drift && isVanished(drift))) return [];
    // For a planned delete, `before` is what the last state had, not what the refresh found.
    const values = drift?.change.after ?? change.before;
    return [{
      address,
      type,
      ...(module_address ? { module_address } : {}),
      ...(provider_name ? { provider_name } : {}),
      values,
      ...(drift ? { previous: drift.change.before } : {}),
    }];
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
function passedOver(plan: Plan): string[] {
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
  | { kind: "passes-over"; addresses: string[]; where: "state" | "code" };

/** What keeps a plan from being the whole answer; undefined where nothing does, or where it ended in an error. */
export function planGap(plan: Plan): PlanGap | undefined {
  if (plan.deferred_changes?.length) return { kind: "deferred", count: plan.deferred_changes.length };
  if (plan.errored === true) return undefined;
  if (plan.complete === false) return { kind: "says-so" };
  const inState = passedOver(plan);
  if (inState.length > 0) return { kind: "passes-over", addresses: inState, where: "state" };
  const inCode = unplanned(plan);
  return inCode.length > 0 ? { kind: "passes-over", addresses: inCode, where: "code" } : undefined;
}

/**
 * With an empty state, the objects that the code asks for one of, where the plan has none of them: so is one that was made
 * with `-refresh-only`, which says nothing at all then.
 */
function unplanned(plan: Plan): string[] {
  if (stateResources(plan).some(isManaged)) return [];
  const planned = new Set(plan.resource_changes?.map(({ address }) => address));
  const asked = singleResources(plan.configuration ?? {});
  return asked.some((address) => planned.has(address)) ? [] : asked;
}
