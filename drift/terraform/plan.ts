/**
 * The JSON of a plan, as `terraform show -json PLANFILE` writes it: its shape, as far as it is read. `plan_queries.ts`
 * answers what other rooms ask of it. Pure.
 *
 * Format: https://developer.hashicorp.com/terraform/internals/json-format
 *
 * @module
 */

import type { Configuration } from "./configuration.ts";

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

/** OpenTofu lists ephemeral resources too. */
const MODES: unknown[] = ["managed", "data", "ephemeral"];

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
  requireFlags(plan);
  for (const list of ["resource_changes", "resource_drift"] as const) requireObjects(plan[list] ?? [], list);
  return plan;
}

function requireFlags(plan: Plan): void {
  for (const flag of ["errored", "complete", "applyable"] as const) {
    if (!["boolean", "undefined"].includes(typeof plan[flag])) {
      throw new PlanUnreadable(`Cannot read the plan: "${flag}" is neither true nor false`);
    }
  }
  if (!Array.isArray(plan.deferred_changes ?? [])) {
    throw new PlanUnreadable('Cannot read the plan: "deferred_changes" is no list');
  }
}

function requireObjects(objects: unknown, list: string): void {
  if (!Array.isArray(objects)) throw new PlanUnreadable(`Cannot read the plan: "${list}" is no list`);
  for (const object of objects) {
    if (
      typeof object?.address !== "string" || typeof object.type !== "string" || !MODES.includes(object.mode) ||
      !Array.isArray(object.change?.actions) || object.change.actions.length === 0
    ) {
      throw new PlanUnreadable(
        `Cannot read the plan: an entry of "${list}" has no address, type or actions, or a mode that is not known`,
      );
    }
  }
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
  /** Addresses in the code of what it depended on when it was applied, for whatever reason. */
  depends_on?: string[];
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
