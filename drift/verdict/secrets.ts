/**
 * The secrets that a plan shows in clear. Pure.
 *
 * @module
 */

import { isSecretName, type Secrets } from "../../lib/secrets.ts";
import { configAddress } from "../terraform/address.ts";
import { type ModuleConfiguration, mostSpecific } from "../terraform/configuration.ts";
import { type Plan, type PlannedObject, stateResources } from "../terraform/plan.ts";
import { type Owned, type ProviderKnowledge, secretNamesOf } from "./knowledge.ts";
import { eachSecret } from "./marks.ts";

/** The way from the root module to one, call by call: where each leads, and what it hands over. */
type Calls = { module: string; expressions: Record<string, unknown> }[];

/**
 * Teaches `secrets` every secret that the plan shows in clear: marked places of both sides of changes, drift, data
 * sources, outputs and whatever else is in the state; attributes named like a secret; variables that are sensitive, in any
 * module they are handed to, or named like a secret, as a whole or in part, or that feed such a provider argument
 * (`show -json` has them without any mark). Of a plan that ended in an error also what the code itself sets to a secret name:
 * the object it belongs to may be in no other place.
 */
export function learnSecrets(plan: Plan, secrets: Secrets, providers: ProviderKnowledge) {
  const found = (value: unknown) => secrets.add(value);
  const learn = ({ change, ...object }: Owned & Pick<PlannedObject, "change">) => {
    const isSecret = secretNamesOf(object, providers);
    eachSecret(change.before, change.before_sensitive, isSecret, found);
    eachSecret(change.after, change.after_sensitive, isSecret, found);
  };
  plan.resource_changes?.forEach(learn);
  plan.resource_drift?.forEach(learn);
  outputsOf(plan).forEach(learn);
  const planned = new Set(plan.resource_changes?.map(({ address }) => address));
  for (const { address, values, sensitive_values, ...object } of stateResources(plan)) {
    // A data source, or the object whose plan failed.
    if (!planned.has(address!)) eachSecret(values, sensitive_values, secretNamesOf(object, providers), found);
  }

  const { provider_config, root_module } = plan.configuration ?? {};
  const variables = plan.variables ?? {};
  const byName = (name: string, value: unknown) => eachSecret({ [name]: value }, undefined, isSecretName, found);
  for (const [name, variable] of Object.entries(variables)) byName(name, variable.value);

  const followed = new Set<string>();
  /** Learns what an expression of a module comes to: a constant, or variables of the root module. */
  const follow = (expression: unknown, calls: Calls) => {
    if (typeof expression !== "object" || expression === null) return;
    const { constant_value, references, ...blocks } = expression as { constant_value?: unknown; references?: string[] };
    found(constant_value);
    const call = calls.at(-1);
    for (const reference of mostSpecific(references ?? [])) {
      const [, name, rest = ""] = /^var\.([\w-]+)((?:\.[\w-]+)*)/.exec(reference) ?? [];
      const way = `${call?.module ?? ""}|${reference}`;
      if (!name || followed.has(way)) continue;
      followed.add(way);
      if (call) follow(call.expressions[name], calls.slice(0, -1));
      else found(rest.split(".").slice(1).reduce(memberOf, variables[name]?.value));
    }
    for (const inner of Object.values(blocks)) follow(inner, calls);
  };
  /**
   * Follows every expression that stands under a secret name, in nested blocks as well. `isSole`: only where it is nothing
   * but a variable; the parts of a text that a template makes are no secrets for that.
   */
  const followNames = (expressions: unknown, calls: Calls, isSole = false) => {
    if (typeof expressions !== "object" || expressions === null) return;
    if ("constant_value" in expressions) return eachSecret(expressions.constant_value, undefined, isSecretName, found);
    if ("references" in expressions) return;
    for (const [name, expression] of Object.entries(expressions)) {
      if (!isSecretName(name)) followNames(expression, calls, isSole);
      else if (!isSole || isOneThing(expression)) follow(expression, calls);
    }
  };
  const callsTo = new Map<string, Calls>();
  const lookInto = (module: ModuleConfiguration, calls: Calls) => {
    const address = calls.at(-1)?.module ?? "";
    callsTo.set(address, calls);
    for (const [name, variable] of Object.entries(module.variables ?? {})) {
      if (variable.sensitive) {
        follow({ references: [`var.${name}`] }, calls);
        found(variable.default);
      } else byName(name, variable.default);
      if (calls.length > 0 && isSecretName(name)) follow({ references: [`var.${name}`] }, calls);
    }
    if (plan.errored) { for (const { expressions } of module.resources ?? []) followNames(expressions, calls, true); }
    for (const [name, { expressions = {}, module: inner }] of Object.entries(module.module_calls ?? {})) {
      if (inner) {
        lookInto(inner, [...calls, { module: address ? `${address}.module.${name}` : `module.${name}`, expressions }]);
      }
    }
  };
  if (root_module) lookInto(root_module, []);
  for (const { module_address = "", expressions } of Object.values(provider_config ?? {})) {
    const module = configAddress(module_address);
    followNames(expressions, callsTo.get(module) ?? [{ module, expressions: {} }]);
  }
}

/** Whether an expression is a constant, or one reference. */
function isOneThing(expression: unknown): boolean {
  if (typeof expression !== "object" || expression === null) return false;
  if ("constant_value" in expression) return true;
  const { references } = expression as { references?: string[] };
  return mostSpecific(references ?? []).length === 1;
}

/** A member of an object; what is none is taken as a whole. */
function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : value;
}

function outputsOf(plan: Plan): { change: PlannedObject["change"] }[] {
  return Object.entries(plan.output_changes ?? {}).map(([name, change]) => ({
    change: isSecretName(name) ? { ...change, before_sensitive: true, after_sensitive: true } : change,
  }));
}
