/**
 * The secrets that a plan shows in clear. Pure.
 *
 * @module
 */

import { isSecretName, type Secrets } from "../lib/secrets.ts";
import { eachSecret } from "./diff.ts";
import { type Plan, type PlannedObject, stateResources } from "./plan_json.ts";

type Configuration = {
  provider_config?: Record<string, { expressions?: Record<string, unknown> }>;
  root_module?: ConfiguredModule;
};
type ConfiguredModule = {
  variables?: Record<string, { sensitive?: boolean; default?: unknown }>;
  module_calls?: Record<string, { expressions?: Record<string, unknown>; module?: ConfiguredModule }>;
};

/**
 * Teaches `secrets` every secret that the plan shows in clear: marked places of both sides of changes, drift, data
 * sources and outputs; attributes named like a secret; variables that are sensitive, in any module they are handed to,
 * or named like a secret, or that feed such a provider argument (`show -json` has them without any mark).
 */
export function learnSecrets(plan: Plan, secrets: Secrets) {
  const found = (value: unknown) => secrets.add(value);
  const learn = ({ change }: Pick<PlannedObject, "change">) => {
    eachSecret(change.before, change.before_sensitive, isSecretName, found);
    eachSecret(change.after, change.after_sensitive, isSecretName, found);
  };
  plan.resource_changes?.forEach(learn);
  plan.resource_drift?.forEach(learn);
  outputsOf(plan).forEach(learn);
  for (const { mode, values, sensitive_values } of stateResources(plan)) {
    if (mode === "data") eachSecret(values, sensitive_values, isSecretName, found);
  }

  const configuration = plan.configuration as Configuration | undefined;
  const variables = plan.variables ?? {};
  for (const [name, variable] of Object.entries(variables)) if (isSecretName(name)) found(variable.value);
  const follow = (expression: unknown) => {
    const { constant_value, references } = (expression ?? {}) as { constant_value?: unknown; references?: string[] };
    found(constant_value);
    for (const reference of references ?? []) {
      const name = /^var\.([\w-]+)$/.exec(reference)?.[1];
      if (name) found(variables[name]?.value);
    }
  };
  for (const [name, variable] of Object.entries(configuration?.root_module?.variables ?? {})) {
    if (variable.sensitive) found(variables[name]?.value);
    if (variable.sensitive || isSecretName(name)) found(variable.default);
  }
  for (const provider of Object.values(configuration?.provider_config ?? {})) {
    for (const [name, expression] of Object.entries(provider.expressions ?? {})) {
      if (isSecretName(name)) follow(expression);
    }
  }
  for (const call of Object.values(configuration?.root_module?.module_calls ?? {})) {
    for (const [name, variable] of Object.entries(call.module?.variables ?? {})) {
      if (variable.sensitive || isSecretName(name)) follow(call.expressions?.[name]);
    }
  }
}

function outputsOf(plan: Plan): { change: PlannedObject["change"] }[] {
  return Object.entries(plan.output_changes ?? {}).map(([name, change]) => ({
    change: isSecretName(name) ? { ...change, before_sensitive: true, after_sensitive: true } : change,
  }));
}
