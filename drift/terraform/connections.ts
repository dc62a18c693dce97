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

/** What a provider block says of its endpoint. */
type Endpoint =
  /** As the plan tells it. */
  | { url: string }
  /** There is none: the environment has it. */
  | "environment"
  /** The plan does not tell it. */
  | "unknown";

/** The provider blocks of a plan, and what each says of its endpoint. */
class Blocks {
  readonly #plan: Plan;
  readonly #argument: string;
  /** By provider source, then by key. */
  readonly #known = new Map<string, Map<string, Endpoint>>();

  /** `argument`: the argument of the provider block that holds the endpoint. */
  constructor(plan: Plan, argument: string) {
    this.#plan = plan;
    this.#argument = argument;
  }

  /** Those of one provider. */
  of(provider: string): Map<string, Endpoint> {
    let own = this.#known.get(provider);
    if (!own) {
      // A module that only requires a provider is listed too, without a word of its own.
      const blocks = Object.entries(this.#plan.configuration?.provider_config ?? {}).filter(([, block]) =>
        (block.full_name ?? "") === provider && (block.expressions !== undefined || block.module_address === undefined)
      );
      own = new Map(blocks.map(([key, block]) => [key, endpointOf(this.#plan, block, this.#argument)]));
      this.#known.set(provider, own);
    }
    return own;
  }

  /** The key of an object's block; undefined of one that is no longer in the code. */
  keyOf(object: Connected): string | undefined {
    return configurationOf(this.#plan.configuration ?? {}, object)?.provider_config_key;
  }
}

/**
 * A function that names the installation behind an object: two objects with one name are on the same. Two aliases are one
 * installation where both endpoints are known and equal; what cannot be known counts as different.
 *
 * @param argument the argument of the provider block that holds the endpoint
 */
export function connectionsOf(plan: Plan, argument: string): (object: Connected) => string {
  const blocks = new Blocks(plan, argument);
  /** The name of each block by its key, for each provider; empty where all are one installation. */
  const known = new Map<string, Map<string, string>>();
  const namesOf = (provider: string) => {
    let names = known.get(provider);
    if (!names) {
      names = new Map([...blocks.of(provider)].map(([key, endpoint]) => [key, nameOf(key, endpoint)]));
      if (new Set(names.values()).size <= 1) names.clear();
      known.set(provider, names);
    }
    return names;
  };
  return (object) => {
    const names = namesOf(object.provider_name ?? "");
    if (names.size === 0) return "";
    const key = blocks.keyOf(object);
    return (key === undefined ? undefined : names.get(key)) ?? `(unknown: ${object.address})`;
  };
}

/**
 * A function that tells the endpoint of an object's provider; undefined where the plan does not.
 *
 * @param argument the argument of the provider block that holds the endpoint
 * @param inEnvironment what the provider takes where no block has it
 */
export function endpointsOf(
  plan: Plan,
  argument: string,
  inEnvironment: string | undefined,
): (object: Connected) => string | undefined {
  const blocks = new Blocks(plan, argument);
  return (object) => {
    const own = blocks.of(object.provider_name ?? ""), key = blocks.keyOf(object);
    const [first = "environment", ...others] = own.values();
    // Of one that is no longer in the code, the block is known where there is no other.
    const endpoint = (key === undefined ? undefined : own.get(key)) ?? (others.length === 0 ? first : "unknown");
    return endpoint === "unknown" ? undefined : endpoint === "environment" ? inEnvironment : endpoint.url;
  };
}

function nameOf(key: string, endpoint: Endpoint): string {
  return endpoint === "unknown" ? `(${key})` : endpoint === "environment" ? "(environment)" : endpoint.url;
}

function endpointOf(plan: Plan, { expressions, module_address }: ProviderConfiguration, argument: string): Endpoint {
  const expression = expressions?.[argument];
  if (typeof expression !== "object" || expression === null) return "environment";
  const { constant_value, references } = expression as { constant_value?: unknown; references?: string[] };
  const [only, ...more] = references ?? [];
  const variable = module_address === undefined && more.length === 0
    ? /^var\.([\w-]+)$/.exec(only ?? "")?.[1]
    : undefined;
  const value = variable === undefined ? constant_value : plan.variables?.[variable]?.value;
  return typeof value === "string" ? { url: value.toLowerCase().replace(/\/+$/, "") } : "unknown";
}
