/**
 * The secrets that a plan shows in clear. Pure but for the {@linkcode Secrets} that learn them.
 *
 * @module
 */

import { isSecretName } from "../../lib/secret_names.ts";
import type { Secrets } from "../../lib/secrets.ts";
import { configAddress } from "../terraform/address.ts";
import type { ModuleConfiguration } from "../terraform/configuration.ts";
import { type Plan, type PlannedObject, stateResources } from "../terraform/plan.ts";
import { type ProviderKnowledge, secretNamesOf } from "./knowledge.ts";
import { eachSecret } from "./marks.ts";
import { type Calls, modulesIn, SecretFlow } from "./secret_flow.ts";

type Found = (value: unknown) => void;

/**
 * Teaches `secrets` every secret that the plan shows in clear: marked places and secret names in changes, drift, outputs
 * and the state; variables that are sensitive, named like a secret, or feed such an argument of a provider, in any module
 * that they are handed to (`show -json` has their values without any mark).
 */
export function learnSecrets(plan: Plan, secrets: Secrets, providers: ProviderKnowledge): void {
  const found = (value: unknown) => secrets.add(value);
  for (const object of [...plan.resource_changes ?? [], ...plan.resource_drift ?? []]) {
    findInChange(object, providers, found);
  }
  findInOutputs(plan, found);
  findInState(plan, providers, found);
  for (const [name, { value }] of Object.entries(plan.variables ?? {})) findNamed(name, value, found);
  findInCode(plan, found);
}

/** Marked places and secret names on both sides of a change. */
function findInChange({ change, ...object }: PlannedObject, providers: ProviderKnowledge, found: Found): void {
  const isSecret = secretNamesOf(object, providers);
  eachSecret(change.before, change.before_sensitive, isSecret, found);
  eachSecret(change.after, change.after_sensitive, isSecret, found);
}

function findInOutputs({ output_changes = {} }: Plan, found: Found): void {
  for (const [name, { before, after, before_sensitive, after_sensitive }] of Object.entries(output_changes)) {
    const isSecret = isSecretName(name);
    eachSecret(before, isSecret || before_sensitive, isSecretName, found);
    eachSecret(after, isSecret || after_sensitive, isSecretName, found);
  }
}

/** What is in the state and in no change: data sources, and the object whose plan failed. */
function findInState(plan: Plan, providers: ProviderKnowledge, found: Found): void {
  const planned = new Set(plan.resource_changes?.map(({ address }) => address));
  for (const { address, values, sensitive_values, ...object } of stateResources(plan)) {
    if (!planned.has(address!)) eachSecret(values, sensitive_values, secretNamesOf(object, providers), found);
  }
}

function findInCode(plan: Plan, found: Found): void {
  const { provider_config = {}, root_module = {} } = plan.configuration ?? {};
  const flow = new SecretFlow(plan.variables ?? {}, found);
  const callsTo = new Map<string, Calls>();
  for (const [module, calls] of modulesIn(root_module)) {
    callsTo.set(calls.at(-1)?.module ?? "", calls);
    findInVariables(module, calls, flow);
    // The object that failed may be in no other place.
    if (plan.errored) {
      for (const { expressions } of module.resources ?? []) flow.followNames(expressions, calls, true);
    }
  }
  for (const { module_address = "", expressions } of Object.values(provider_config)) {
    const module = configAddress(module_address);
    flow.followNames(expressions, callsTo.get(module) ?? [{ module, expressions: {} }]);
  }
}

function findInVariables({ variables = {} }: ModuleConfiguration, calls: Calls, flow: SecretFlow): void {
  for (const [name, { sensitive, default: value }] of Object.entries(variables)) {
    if (sensitive) flow.found(value);
    else findNamed(name, value, flow.found);
    if (sensitive || (calls.length > 0 && isSecretName(name))) flow.followVariable(name, calls);
  }
}

/** Secrets in the value of something that has a name. */
function findNamed(name: string, value: unknown, found: Found): void {
  eachSecret({ [name]: value }, undefined, isSecretName, found);
}
