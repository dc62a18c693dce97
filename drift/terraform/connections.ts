/**
 * Which installation an object belongs to, where a plan speaks to several through provider aliases. Pure.
 *
 * @module
 */

import { configurationOf, type Located, type ProviderConfiguration } from "./configuration.ts";
import type { Plan } from "./plan.ts";

/** An object and its provider. */
export type Connected = Located & {
  /** Provider source. */
  provider_name?: string;
};

/**
 * A function that names the installation behind an object: two objects with one name are on the same. Two aliases are one
 * installation where both endpoints are known and equal; what cannot be known counts as different.
 *
 * @param argument the argument of the provider block that holds the endpoint
 */
export function connectionsOf(plan: Plan, argument: string): (object: Connected) => string {
  const code = plan.configuration ?? {};
  // A module that only requires a provider is listed too, without a word of its own.
  const blocks = Object.entries(code.provider_config ?? {}).filter(([, block]) =>
    block.expressions !== undefined || block.module_address === undefined
  );
  /** The name of each block by its key, for each provider; empty where all are one installation. */
  const known = new Map<string, Map<string, string>>();
  const namesOf = (provider: string) => {
    let names = known.get(provider);
    if (!names) {
      const own = blocks.filter(([, { full_name = "" }]) => full_name === provider);
      names = new Map(own.map(([key, block]) => [key, endpointOf(plan, block, argument) ?? `(${key})`]));
      if (new Set(names.values()).size <= 1) names.clear();
      known.set(provider, names);
    }
    return names;
  };
  return (object) => {
    const names = namesOf(object.provider_name ?? "");
    if (names.size === 0) return "";
    const key = configurationOf(code, object)?.provider_config_key;
    return (key === undefined ? undefined : names.get(key)) ?? `(unknown: ${object.address})`;
  };
}

/** The endpoint of a provider block; undefined where the plan does not tell it. Without one, the environment has it. */
function endpointOf(plan: Plan, { expressions, module_address }: ProviderConfiguration, argument: string) {
  const expression = expressions?.[argument];
  if (typeof expression !== "object" || expression === null) return "(environment)";
  const { constant_value, references } = expression as { constant_value?: unknown; references?: string[] };
  const [only, ...more] = references ?? [];
  const variable = module_address === undefined && more.length === 0
    ? /^var\.([\w-]+)$/.exec(only ?? "")?.[1]
    : undefined;
  const value = variable === undefined ? constant_value : plan.variables?.[variable]?.value;
  return typeof value === "string" ? value.toLowerCase().replace(/\/+$/, "") : undefined;
}
