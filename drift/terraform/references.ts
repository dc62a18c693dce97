/**
 * What an expression of the code refers to, through variables, module outputs, data sources and `for_each`. Pure.
 *
 * @module
 */

import { configAddress, instanceKeys, modulePath, modulePrefix } from "./address.ts";
import {
  type Block,
  type Configuration,
  configurationOf,
  expressionAt,
  findResource,
  type Located,
  moduleAt,
  type ModuleConfiguration,
  mostSpecific,
} from "./configuration.ts";

/** Something that an expression refers to: an attribute of a resource, a resource, or a whole module. */
export interface Target {
  /** Address of the resource in the code, modules included; of a module, what its resources' addresses begin with. */
  resource: string;
  /** Names of the modules on the way there. */
  module: string[];
  /** Attribute path; `""` for the whole resource. */
  path: string;
  /** The instance with this `for_each` key or `count` index, as `["web"]`. */
  key?: string;
  /** A data source is read by it. */
  isRead?: true;
  /** A data source waits for it (named by it, or in `depends_on`): it is read at the apply where anything of it changes. */
  isAwaited?: true;
}

/** What an expression comes down to. */
export interface References {
  /** The attributes of resources that it refers to, through variables, outputs and data sources. */
  targets: Target[];
  /** A local value was met on the way, which the plan does not show. */
  viaLocal: boolean;
  /** Addresses in the code of the data sources on the way. */
  dataSources: string[];
}

/**
 * Whether what the code says of an attribute can be unknown before an apply: it refers to a resource or a local value, or
 * to nothing at all, as a function does that asks for the time. What comes down to variables alone is known; where the plan
 * has it unknown, a provider computes it.
 */
export function canBeUnknown(code: Configuration, object: Located, attribute: string): boolean {
  const block = configurationOf(code, object);
  if (!block) return false;
  return expressionAt(block, attribute).some((expression) => {
    if (typeof expression === "object" && expression !== null && Object.keys(expression).length === 0) return true;
    const { targets, viaLocal, dataSources } = referencesOf(code, object, expression, true);
    return viaLocal || targets.length > 0 || dataSources.length > 0;
  });
}

/**
 * Follows the references of an object's expression to resources, through variables, module outputs and data sources.
 *
 * @param isUnknown whether what it comes to is known after an apply only: then any part of a map that `each.value` is
 * taken from can be meant, since the settings in it are known
 */
export function referencesOf(
  { root_module = {} }: Configuration,
  object: Located,
  expression: unknown,
  isUnknown: boolean,
): References {
  const path = modulePath(object.module_address);
  const keys = instanceKeys(object.address, object.module_address);
  const owner = findResource(root_module, path, configAddress(object.address));
  return new Resolution(root_module, isUnknown).of(expression, { path, keys, owner });
}

/**
 * What decides how many instances of an object there are: `for_each` and `count` of its block, and of the modules on the
 * way to it.
 */
export function repetitionOf({ root_module = {} }: Configuration, object: Located): References {
  const path = modulePath(object.module_address);
  const resolution = new Resolution(root_module, false);
  const blocks: [Block | undefined, string[]][] = [
    ...path.map((name, depth): [Block | undefined, string[]] => {
      const outer = path.slice(0, depth);
      return [moduleAt(root_module, outer)?.module_calls?.[name], outer];
    }),
    [findResource(root_module, path, configAddress(object.address)), path],
  ];
  return merged(
    blocks.flatMap(([block, at]) =>
      [block?.for_each_expression, block?.count_expression].map((one) => resolution.of(one, { path: at, keys: [] }))
    ),
  );
}

/** Where an expression stands. */
interface Place {
  /** Names of the modules on the way there. */
  path: string[];
  /** Instance keys on the way there: what `each.key` and `count.index` are. */
  keys: string[];
  /** The block that it belongs to: what `each.value` is from. */
  owner?: Block | undefined;
}

/** One walk along references. Each way is gone once, so that a circle ends. */
class Resolution {
  readonly #seen = new Set<string>();

  constructor(readonly root: ModuleConfiguration, readonly isUnknown: boolean) {}

  of(expression: unknown, place: Place): References {
    const references = referencesIn(expression);
    const isPerInstance = references.some((one) => one === "each.key" || one === "count.index") &&
      !references.some((one) => one.startsWith("each.value"));
    const key = isPerInstance ? place.keys.at(-1) : undefined;
    return merged(mostSpecific(references).map((reference) => this.#follow(reference, place, key)));
  }

  #follow(reference: string, place: Place, key: string | undefined): References {
    const { path } = place;
    const way = `${path.join(".")}|${reference}`;
    if (this.#seen.has(way)) return NONE;
    this.#seen.add(way);
    const [first, second, third] = reference.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]/g, "").split(".");
    if (first === "local") return { ...NONE, viaLocal: true };
    if (first === "var") return second ? this.#variable(second, place) : NONE;
    if (first === "each") return second === "value" ? this.#eachValue(reference, place) : NONE;
    if (first === "module") return second ? this.#output(second, third, place) : NONE;
    if (first === "data") return second && third ? this.#data(`data.${second}.${third}`, place) : NONE;
    return isResource(reference) ? { ...NONE, targets: [targetOf(reference, path, key)] } : NONE;
  }

  #variable(name: string, { path, keys }: Place): References {
    if (path.length === 0) return NONE;
    const outer = path.slice(0, -1);
    const call = moduleAt(this.root, outer)?.module_calls?.[path.at(-1)!];
    return this.of(call?.expressions?.[name], { path: outer, keys: keys.slice(0, -1), owner: call });
  }

  #output(call: string, name: string | undefined, { path }: Place): References {
    const inner = [...path, call];
    const outputs = Object.entries(moduleAt(this.root, inner)?.outputs ?? {});
    return merged(
      outputs.filter(([one]) => name === undefined || one === name)
        .map(([, { expression }]) => this.of(expression, { path: inner, keys: [] })),
    );
  }

  #eachValue(reference: string, place: Place): References {
    const over = place.owner?.for_each_expression;
    const references = mostSpecific(referencesIn(over));
    const [only] = references;
    if (references.length === 1 && /^[\w-]+\.[\w-]+$/.test(only!) && isResource(only!)) {
      // One instance for each of another resource: this one's value is that one.
      const target = targetOf(only! + reference.slice("each.value".length), place.path, place.keys.at(-1));
      return { ...NONE, targets: [target] };
    }
    const all = this.of(over, { ...place, owner: undefined });
    return { ...all, targets: this.isUnknown ? all.targets : [], viaLocal: false };
  }

  #data(address: string, place: Place): References {
    const own = modulePrefix(place.path) + address;
    const data = findResource(this.root, place.path, own);
    const expressions = [...Object.values(data?.expressions ?? {}), data?.for_each_expression, data?.count_expression];
    const read = merged(expressions.map((inner) => this.of(inner, { ...place, owner: data })));
    const named = expressions.flatMap(referencesIn).filter((one) => /^[\w-]+\.[\w-]+$/.test(one) && isResource(one));
    const awaited = merged([
      // Terraform 1.11.4: it waits for a resource that it names itself too, where anything of it is to change.
      this.#awaited([...data?.depends_on ?? [], ...named], place.path),
      // What a module waits for, each data source in it waits for.
      ...place.path.map((name, depth) => {
        const outer = place.path.slice(0, depth);
        return this.#awaited(moduleAt(this.root, outer)?.module_calls?.[name]?.depends_on, outer);
      }),
    ]);
    const targets = [...read.targets.map((target): Target => ({ ...target, isRead: true })), ...awaited.targets];
    return {
      targets,
      viaLocal: read.viaLocal,
      dataSources: [own, ...read.dataSources, ...awaited.dataSources],
    };
  }

  /** What `depends_on` names: resources, data sources and modules. */
  #awaited(addresses: string[] | undefined, path: string[]): References {
    return merged((addresses ?? []).map((address) => {
      const [first, second, third] = address.split(".");
      if (first === "data" && second && third) {
        return this.#data(`data.${second}.${third}`, { path, keys: [] });
      }
      const resource = modulePrefix(path) + (first === "module" ? `${address}.` : address);
      return { ...NONE, targets: [{ resource, module: path, path: "", isAwaited: true }] };
    }));
  }
}

const NONE: References = { targets: [], viaLocal: false, dataSources: [] };

function merged(all: References[]): References {
  return {
    targets: all.flatMap(({ targets }) => targets),
    viaLocal: all.some(({ viaLocal }) => viaLocal),
    dataSources: [...new Set(all.flatMap(({ dataSources }) => dataSources))],
  };
}

function isResource(reference: string): boolean {
  const [, first = ""] = /^([\w-]+)\.[\w-]/.exec(reference) ?? [];
  return first !== "" &&
    !["var", "each", "count", "path", "terraform", "self", "local", "module", "data"].includes(first);
}

/** @param key of the instance that is meant where the reference does not say */
function targetOf(reference: string, module: string[], key?: string): Target {
  const [, resource = "", index, attribute = ""] =
    /^([\w-]+\.[\w-]+)(\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?(?:\.(.+))?$/.exec(reference) ?? [];
  const instance = index ?? key;
  return {
    resource: modulePrefix(module) + (resource || reference),
    module,
    path: attribute.replace(/\["([A-Za-z_][\w-]*)"\]/g, ".$1").replace(/\.(\d+)(?=\.|$)/g, "[$1]"),
    ...(instance ? { key: instance } : {}),
  };
}

function referencesIn(expression: unknown): string[] {
  if (typeof expression !== "object" || expression === null) return [];
  if (Array.isArray(expression)) return expression.flatMap(referencesIn);
  const { references, ...rest } = expression as Record<string, unknown>;
  const own = Array.isArray(references) ? references.filter((one) => typeof one === "string") : [];
  return [...own, ...Object.values(rest).flatMap(referencesIn)];
}
