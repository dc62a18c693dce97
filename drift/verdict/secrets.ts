/**
 * The secrets that a plan shows in clear. Pure but for the {@linkcode Secrets} that learn them.
 *
 * @module
 */

import { isSecretName } from "../../lib/secret_names.ts";
import type { Secrets } from "../../lib/secrets.ts";
import { configAddress, instanceKeys } from "../terraform/address.ts";
import type { ModuleConfiguration } from "../terraform/configuration.ts";
import type { Plan, PlannedObject } from "../terraform/plan.ts";
import { stateResources } from "../terraform/plan_queries.ts";
import { type ProviderKnowledge, secretNamesOf } from "./knowledge.ts";
import { eachSecret, type Found } from "./marks.ts";
import { type Calls, modulesIn, SecretFlow } from "./secret_flow.ts";

/** An attribute's name, which says nothing of a secret; a map's key is one that no schema would have. */
const ATTRIBUTE = /^[a-z][a-z0-9_]*$|^[A-Za-z_]+$/;
/** A shorter key may stand anywhere. */
const SHORTEST_KEY = 8;

/**
 * Teaches `secrets` every secret that the plan shows in clear: marked places and secret names in changes, drift, outputs
 * and the state; variables that are sensitive, named like a secret, or feed such an argument of a provider, in any module
 * that they are handed to (`show -json` has their values without any mark).
 */
export function learnSecrets(plan: Plan, secrets: Secrets, providers: ProviderKnowledge): void {
  const open = namesOfInstances(plan);
  const found: Found = (value, isMarked) => {
    secrets.add(value);
    if (isMarked) secrets.add(mapKeysIn(value).filter((key) => !open.has(key)));
  };
  for (const object of [...plan.resource_changes ?? [], ...plan.resource_drift ?? []]) {
    findInChange(object, providers, found);
  }
  findInOutputs(plan, found);
  findInState(plan, providers, found);
  for (const [name, { value }] of Object.entries(plan.variables ?? {})) findNamed(name, value, found);
  findInCode(plan, providers, found);
}

/**
 * The keys of `for_each`: Terraform refuses sensitive ones, so whoever wrote the code has called them `nonsensitive()`, be
 * they keys of a sensitive map.
 */
function namesOfInstances({ resource_changes = [], resource_drift = [] }: Plan): Set<string> {
  const keys = [...resource_changes, ...resource_drift].flatMap((one) => instanceKeys(one.address, one.module_address));
  return new Set(keys.filter((key) => key.startsWith('["')).map((key) => key.slice(2, -2).replace(/\\(.)/g, "$1")));
}

/** The keys of maps at every depth that can be secrets. */
function mapKeysIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  const keys = own.filter((key) => key.length >= SHORTEST_KEY && !ATTRIBUTE.test(key));
  return [...keys, ...Object.values(value).flatMap(mapKeysIn)];
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

function findInCode(plan: Plan, providers: ProviderKnowledge, found: Found): void {
  const { provider_config = {}, root_module = {} } = plan.configuration ?? {};
  const flow = new SecretFlow(plan.variables ?? {}, found);
  const callsTo = new Map<string, Calls>();
  for (const [module, calls] of modulesIn(root_module)) {
    callsTo.set(calls.at(-1)?.module ?? "", calls);
    findInVariables(module, calls, flow);
    // An object that failed may stand in no other place.
    for (const { type = "", provider_config_key = "", expressions } of plan.errored ? module.resources ?? [] : []) {
      const provider_name = provider_config[provider_config_key]?.full_name ?? "";
      flow.followNames(expressions, calls, secretNamesOf({ type, provider_name }, providers), true);
    }
  }
  for (const { module_address = "", expressions } of Object.values(provider_config)) {
    const module = configAddress(module_address);
    flow.followNames(expressions, callsTo.get(module) ?? [{ module, expressions: {} }], isSecretName);
  }
}

function findInVariables({ variables = {} }: ModuleConfiguration, calls: Calls, flow: SecretFlow): void {
  for (const [name, { sensitive, default: value }] of Object.entries(variables)) {
    if (sensitive) flow.found(value, true);
    else findNamed(name, value, flow.found);
    if (sensitive || (calls.length > 0 && isSecretName(name))) flow.followVariable(name, calls, sensitive === true);
  }
}

/** Secrets in the value of something that has a name. */
function findNamed(name: string, value: unknown, found: Found): void {
  eachSecret({ [name]: value }, undefined, isSecretName, found);
}
