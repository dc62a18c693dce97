/** Plans made by hand for unit tests, in the shape of `terraform show -json`. */

import type { Plan, PlannedObject } from "../../drift/terraform/plan.ts";

/** What a test says of one object; the rest is filled in. */
export type Sketch = {
  address: string;
  actions?: string[];
  before?: unknown;
  after?: unknown;
  unknown?: unknown;
  sensitive?: unknown;
  replace?: unknown[][];
  importing?: unknown;
} & Partial<Omit<PlannedObject, "change">>;

/** An object of a plan. Its type is read off the address. */
export function planned(sketch: Sketch): PlannedObject {
  const {
    address,
    actions = ["update"],
    before = null,
    after = null,
    unknown = {},
    sensitive = {},
    replace,
    importing,
    ...rest
  } = sketch;
  const plain = address.replace(/\[(?:"[^"]*"|\d+)\]/g, "");
  const [type, name] = plain.split(".").slice(-2) as [string, string];
  const module = address.startsWith("module.") ? address.slice(0, address.lastIndexOf(`.${type}.`)) : undefined;
  return {
    address,
    mode: "managed",
    type,
    name,
    provider_name: "registry.terraform.io/bpg/proxmox",
    ...(module ? { module_address: module } : {}),
    ...rest,
    change: {
      actions,
      before,
      after,
      after_unknown: unknown,
      before_sensitive: sensitive,
      after_sensitive: sensitive,
      ...(replace ? { replace_paths: replace } : {}),
      ...(importing ? { importing } : {}),
    },
  };
}

/** A plan around its objects. */
export function plan(changes: Sketch[], drifts: Sketch[] = [], rest: Partial<Plan> = {}): Plan {
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: {},
    configuration: {},
    resource_changes: changes.map(planned),
    resource_drift: drifts.map(planned),
    complete: true,
    errored: false,
    ...rest,
  } as Plan;
}
