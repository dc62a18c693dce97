/**
 * The JSON of a plan, as `terraform show -json PLANFILE` writes it: its shape, as far as it is read here. Pure.
 *
 * Format: https://developer.hashicorp.com/terraform/internals/json-format
 *
 * @module
 */

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
  configuration?: unknown;
  /** What is there after an apply. */
  planned_values?: unknown;
  /** The refreshed state. */
  prior_state?: unknown;
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
  /** Its attributes. */
  values?: unknown;
  /** Sensitivity marks of the values. */
  sensitive_values?: unknown;
}

type StateModule = { resources?: StateResource[]; child_modules?: StateModule[] };
type StateValues = { root_module?: StateModule };

/** Every resource in the refreshed state, those of modules included. */
export function stateResources({ prior_state }: Plan): Generator<StateResource> {
  return resourcesIn((prior_state as { values?: StateValues } | undefined)?.values);
}

function* resourcesIn(values: StateValues | undefined): Generator<StateResource> {
  const modules = [values?.root_module ?? {}];
  for (let module = modules.pop(); module; module = modules.pop()) {
    yield* module.resources ?? [];
    modules.push(...module.child_modules ?? []);
  }
}

/** `module.vm["web"].x_y.this[0]` → `module.vm.x_y.this`: where an object stands in the code. */
export function configAddress(address: string): string {
  return address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, "");
}

/** References of an expression without those that only lead to others: of `a.b.c` Terraform lists `a.b` as well. */
export function mostSpecific(references: string[]): string[] {
  return references.filter((one) =>
    !references.some((other) => other.startsWith(`${one}.`) || other.startsWith(`${one}[`))
  );
}

/** Whether a node of the code's JSON is an expression and no block; one that refers to nothing and is no constant is empty. */
export function isExpression(node: object): boolean {
  return "references" in node || "constant_value" in node || Object.keys(node).length === 0;
}

/**
 * Addresses of the managed objects in the refreshed state, and of those that shall be there after an apply, of which the
 * plan says nothing, not even that they stay as they are. A plan that is whole has none: one that was made with
 * `-refresh-only` or `-target` has, and so has one that ended in an error.
 */
export function passedOver(plan: Plan): string[] {
  const planned = new Set(plan.resource_changes?.map((object) => object.address));
  const missing = new Set(
    (plan.resource_drift ?? []).filter(({ mode, change, address }) =>
      mode === "managed" && !change.actions.includes("delete") && !planned.has(address)
    ).map((drift) => drift.address),
  );
  for (const values of [stateResources(plan), resourcesIn(plan.planned_values as StateValues | undefined)]) {
    for (const { address, mode } of values) {
      if (mode === "managed" && address !== undefined && !planned.has(address)) missing.add(address);
    }
  }
  return [...missing].sort();
}
