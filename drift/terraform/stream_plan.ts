/**
 * A message stream where there is no plan to read: what it tells of a plan, as far as it goes. Addresses and actions, but
 * no attribute, so that an update of something that also changed outside cannot be told apart. Pure.
 *
 * @module
 */

import type { Messages, StreamChange } from "./stream.ts";
import { configAddress } from "./address.ts";
import type { Plan, PlannedObject } from "./plan.ts";

/** Terraform's actions in a plan's JSON for those of the stream; what is missing here is a no-op with something beside it. */
const ACTIONS: Record<string, string[]> = {
  create: ["create"],
  update: ["update"],
  replace: ["delete", "create"],
  delete: ["delete"],
  remove: ["forget"],
  read: ["read"],
};

/** A plan in the shape of `terraform show -json`, without values. */
export function planOfStream(messages: Messages): Plan {
  const planned = new Set(messages.planned.map((change) => change.address));
  const idle = [...messages.refreshed.keys()].filter((address) => !planned.has(address));
  const drifted = messages.drifted.map((change) =>
    objectOf(change, ACTIONS[change.action] ?? ["update"], {}, change.action === "delete" ? null : {})
  );
  return {
    format_version: "1.2",
    ...(messages.version ? { terraform_version: messages.version } : {}),
    planned_values: {},
    configuration: {},
    resource_drift: drifted,
    resource_changes: [
      ...messages.planned.map((change) => {
        const isNew = change.action === "create";
        return objectOf(change, ACTIONS[change.action] ?? ["no-op"], isNew ? null : {}, {});
      }),
      ...idle.map((address) =>
        objectOf({ address, type: typeOf(address), provider: "", action: "noop" }, ["no-op"], {}, {})
      ),
    ],
    output_changes: Object.fromEntries(messages.outputs.map(({ name, action, sensitive }) => [
      name,
      { actions: [action], before: null, after: null, before_sensitive: sensitive, after_sensitive: sensitive },
    ])),
  } as Plan;
}

function objectOf(change: StreamChange, actions: string[], before: unknown, after: unknown): PlannedObject {
  return {
    address: change.address,
    mode: change.action === "read" ? "data" : "managed",
    type: change.type,
    name: "",
    provider_name: change.provider,
    ...(change.module ? { module_address: change.module } : {}),
    ...(change.previous ? { previous_address: change.previous } : {}),
    ...(change.reason ? { action_reason: change.reason } : {}),
    change: { actions, before, after, ...(change.action === "import" ? { importing: {} } : {}) },
  };
}

/** `module.vm["web"].x_y.this[0]` → `x_y`. */
function typeOf(address: string): string {
  return configAddress(address).split(".").at(-2) ?? "";
}
