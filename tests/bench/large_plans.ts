/**
 * Plans that no estate here is large enough for, written as Terraform writes them: objects of the built-in provider, each
 * changed by hand.
 *
 * @module
 */

const CREATED = "2026-11-30T02:00:00Z";

interface Module {
  resources: unknown[];
  child_modules?: unknown[];
}

/**
 * The JSON of a plan in which somebody has changed every object.
 *
 * @param objects How many there are.
 * @param modules How many modules they are spread over; none: all are in the root module.
 */
export function largePlan(objects: number, modules = 0): string {
  const places = Array.from({ length: objects }, (_, at) => ({
    module: modules ? `module.m${at % modules}` : undefined,
    name: `vm_${at}`,
  }));
  const resource = ({ module, name }: typeof places[0]) => ({
    address: module ? `${module}.terraform_data.${name}` : `terraform_data.${name}`,
    ...module ? { module_address: module } : {},
    ...{ mode: "managed", type: "terraform_data", name, provider_name: "terraform.io/builtin/terraform" },
  });
  const values = (name: string, memory: number) => {
    const input = { memory, name, tags: ["prod", "web"] };
    return { id: name, input, output: input, triggers_replace: null };
  };
  const state = (memory: number) => {
    const inState = (place: typeof places[0]) => {
      const { module_address: _, ...object } = resource(place);
      return { ...object, schema_version: 0, values: values(place.name, memory), sensitive_values: {} };
    };
    if (!modules) return { root_module: { resources: places.map(inState) } };
    const below = new Map<string, Module & { address: string }>();
    for (const place of places) {
      const address = place.module!;
      if (!below.has(address)) below.set(address, { address, resources: [] });
      below.get(address)!.resources.push(inState(place));
    }
    return { root_module: { child_modules: [...below.values()] } };
  };
  const change = (actions: string[], before: unknown, after: unknown) => ({
    ...{ actions, before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {} },
  });
  const inCode = (name: string) => ({
    ...{ address: `terraform_data.${name}`, mode: "managed", type: "terraform_data", name },
    ...{ provider_config_key: "terraform", expressions: { input: { constant_value: values(name, 2048).input } } },
    schema_version: 0,
  });
  const calls = Object.fromEntries(Array.from({ length: modules }, (_, at) => {
    const own = places.filter((_, place) => place % modules === at);
    return [`m${at}`, { source: "./vm", module: { resources: own.map(({ name }) => inCode(name)) } }];
  }));
  return JSON.stringify({
    ...{ format_version: "1.2", terraform_version: "1.11.4", planned_values: state(2048) },
    resource_drift: places.map((place) => ({
      ...resource(place),
      change: change(["update"], values(place.name, 2048), values(place.name, 4096)),
    })),
    resource_changes: places.map((place) => ({
      ...resource(place),
      change: change(["update"], values(place.name, 4096), values(place.name, 2048)),
    })),
    prior_state: { format_version: "1.0", terraform_version: "1.11.4", values: state(4096) },
    configuration: {
      provider_config: { terraform: { name: "terraform", full_name: "terraform.io/builtin/terraform" } },
      root_module: modules ? { module_calls: calls } : { resources: places.map(({ name }) => inCode(name)) },
    },
    ...{ timestamp: CREATED, applyable: true, complete: true, errored: false },
  });
}
