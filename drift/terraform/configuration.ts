/**
 * The code, as a plan's JSON shows it: modules, resources and their expressions. A value that the code computes is there
 * as its references alone; `references.ts` follows them. Pure.
 *
 * Format: https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation
 *
 * @module
 */

import { configAddress, modulePath, modulePrefix } from "./address.ts";

/** The whole code of a plan. */
export interface Configuration {
  /** By key: a name, with alias and module where it has them (`module.vm:proxmox.site2`). */
  provider_config?: Record<string, ProviderConfiguration>;
  /** Where everything begins. */
  root_module?: ModuleConfiguration;
}

/** A `provider` block. */
export interface ProviderConfiguration {
  /** Source address. */
  full_name?: string;
  /** Absent in the root module. */
  module_address?: string;
  /** Arguments and nested blocks. */
  expressions?: Record<string, unknown>;
}

/** A module: the root one, or one that is called. */
export interface ModuleConfiguration {
  /** Declared variables. */
  variables?: Record<string, { sensitive?: boolean; default?: unknown }>;
  /** `resource` and `data` blocks. */
  resources?: ResourceConfiguration[];
  /** `module` blocks. */
  module_calls?: Record<string, ModuleCall>;
  /** Declared outputs. */
  outputs?: Record<string, { expression?: unknown }>;
}

/** What resources and module calls have in common. */
export interface Block {
  /** Arguments and nested blocks. */
  expressions?: Record<string, unknown>;
  /** What there is one instance for each of. */
  for_each_expression?: unknown;
  /** How many instances there are. */
  count_expression?: unknown;
  /** Addresses in the same module, as `module.x` or `x_y.this`. */
  depends_on?: string[];
}

/** A `resource` or `data` block. */
export interface ResourceConfiguration extends Block {
  /** In its module, without instance keys. */
  address: string;
  /** Resource type. */
  type?: string;
  /** Key in {@link Configuration.provider_config}. */
  provider_config_key?: string;
}

/** A `module` block. */
export interface ModuleCall extends Block {
  /** The module that is called. */
  module?: ModuleConfiguration;
}

/** Where an object stands: what of its address the code needs. */
export interface Located {
  /** Resource address. */
  address: string;
  /** Absent in the root module. */
  module_address?: string;
}

/** The block of an object; nothing of one that is no longer in the code. */
export function configurationOf(
  { root_module }: Configuration,
  object: Located,
): ResourceConfiguration | undefined {
  return findResource(root_module, modulePath(object.module_address), configAddress(object.address));
}

/**
 * What a block says of an attribute, as far down as the plan shows it: of blocks of one name all together, since their
 * order in the code need not be that of the values. Nothing for what it does not set, and for dynamic blocks, which the
 * plan leaves out.
 */
export function expressionAt(block: ResourceConfiguration, path: string): unknown[] {
  let at: unknown[] = [block.expressions];
  for (const [depth, name] of (path.replace(/\[\d+\]/g, "").match(/[\w-]+|"(?:[^"\\]|\\.)*"/g) ?? []).entries()) {
    at = at.flatMap((one) => {
      if (typeof one !== "object" || one === null) return [];
      // Not at the top: a resource can have an attribute of such a name, or none at all.
      if (depth > 0 && isExpression(one)) return [one];
      const found = Object.hasOwn(one, name) ? (one as Record<string, unknown>)[name] : undefined;
      return Array.isArray(found) ? found : found === undefined ? [] : [found];
    });
  }
  return at;
}

/** Whether a node of the code's JSON is an expression and no block; one that refers to nothing and is no constant is empty. */
export function isExpression(node: object): boolean {
  return "references" in node || "constant_value" in node || Object.keys(node).length === 0;
}

/** References of an expression without those that only lead to others: of `a.b.c` Terraform lists `a.b` as well. */
export function mostSpecific(references: string[]): string[] {
  return references.filter((one) =>
    !references.some((other) => other.startsWith(`${one}.`) || other.startsWith(`${one}[`))
  );
}

/** Addresses of the managed objects that the code asks for exactly one of: no `count` and no `for_each` on the way to them. */
export function singleResources({ root_module }: Configuration): string[] {
  return singlesIn(root_module, []);
}

function singlesIn(module: ModuleConfiguration | undefined, path: string[]): string[] {
  const isSingle = (block: Block) => block.count_expression === undefined && block.for_each_expression === undefined;
  const own = (module?.resources ?? []).filter((one) =>
    isSingle(one) && !/^(?:data|ephemeral|list)\./.test(one.address)
  )
    .map(({ address }) => modulePrefix(path) + address);
  const called = Object.entries(module?.module_calls ?? {}).filter(([, call]) => isSingle(call));
  return [...own, ...called.flatMap(([name, call]) => singlesIn(call.module, [...path, name]))];
}

/** A module by the names on the way to it. */
export function moduleAt(root: ModuleConfiguration | undefined, path: string[]): ModuleConfiguration | undefined {
  return path.reduce((module, name) => module?.module_calls?.[name]?.module, root);
}

/** The resources of each module by their address in it: a plan can have thousands. */
const resourcesOf = new WeakMap<ModuleConfiguration, Map<string, ResourceConfiguration>>();

/** A block by the names of the modules on the way to it, and its address with them. */
export function findResource(
  root: ModuleConfiguration | undefined,
  path: string[],
  address: string,
): ResourceConfiguration | undefined {
  const module = moduleAt(root, path);
  if (!module) return undefined;
  let known = resourcesOf.get(module);
  if (!known) {
    known = new Map(module.resources?.map((resource) => [resource.address, resource]));
    resourcesOf.set(module, known);
  }
  return known.get(address.slice(modulePrefix(path).length));
}
