/**
 * What led to what: a change that the plan makes only because another object was changed outside is that object's
 * consequence, not unapplied code. Pure.
 *
 * Terraform's plan does not say it; it is concluded from the references of the configuration: an attribute that refers
 * to a value that moved outside, or that is unknown because its object is to be made anew after it vanished.
 *
 * @module
 */

import { differences, formatPath, joinPath, overlaps } from "./diff.ts";
import { type Entry, forcedPaths, forcingLeaves, originIn } from "./changes.ts";
import { configAddress, isExpression, mostSpecific, type Plan, type PlannedObject } from "../terraform/plan.ts";

interface Module {
  resources?: Resource[];
  module_calls?: Record<string, Call>;
  outputs?: Record<string, { expression?: unknown }>;
}
interface Resource {
  address: string;
  mode?: string;
  expressions?: Record<string, unknown>;
  for_each_expression?: unknown;
}
interface Call {
  expressions?: Record<string, unknown>;
  for_each_expression?: unknown;
  module?: Module;
}

/**
 * A resource of the configuration and the attribute path that is referred to; `""` for the whole of it. `key`: of its
 * instances the one with this `for_each` key or `count` index, as `["web"]`. `isRead`: a data source is read by it.
 */
type Target = { resource: string; module: string[]; path: string; key?: string; isRead?: true };

/** An object that moved outside, and the attribute paths in which it did. */
type MovedObject = { entry: Entry; paths: string[] };

/** By address in the configuration, then by module instance. */
type Moved = Map<string, Map<string, MovedObject[]>>;

/** Sets `causedBy`, and the origin it implies, of every update and replacement that follows from an outside change. */
export function explain(plan: Plan, entries: Entry[]) {
  const open = entries.filter((entry) =>
    (entry.action === "update" || entry.action === "replace") && entry.object.deposed === undefined
  );
  const moved: Moved = new Map();
  const noted = new Set<Entry>();
  const note = (entry: Entry) => {
    if (noted.has(entry)) return false;
    const paths = movedPaths(entry);
    if (paths.length === 0) return false;
    noted.add(entry);
    const address = configAddress(entry.object.address);
    const module = entry.object.module_address ?? "";
    const instances = moved.get(address) ?? new Map<string, MovedObject[]>();
    moved.set(address, instances);
    const objects = instances.get(module) ?? [];
    instances.set(module, objects);
    objects.push({ entry, paths });
    return true;
  };
  for (const entry of entries) note(entry);
  if (moved.size === 0 || open.length === 0) return;

  const root = rootModule(plan);
  const relevant = new Map<string, string[]>();
  for (const { resource, attribute } of plan.relevant_attributes ?? []) {
    const address = configAddress(resource);
    relevant.set(address, [...relevant.get(address) ?? [], formatPath(attribute)]);
  }
  let again = true;
  while (again) {
    again = false;
    for (const entry of open) {
      if (entry.causedBy.length > 0) continue;
      const led = causesOf(entry, root, moved, relevant);
      if (!led) continue;
      entry.causedBy = led;
      if (note(entry)) again = true;
    }
  }
}

function rootModule(plan: Plan): Module {
  return (plan.configuration as { root_module?: Module } | undefined)?.root_module ?? {};
}

/** What the code says of an object, by attribute; of a value no more than whether it is constant and what it refers to. */
export function expressionsOf(plan: Plan, object: PlannedObject): Record<string, unknown> {
  const path = modulePath(object.module_address);
  return findResource(rootModule(plan), path, configAddress(object.address))?.expressions ?? {};
}

/** Attribute paths of an object whose value moved outside, or is another or unknown because of that. */
function movedPaths(entry: Entry): string[] {
  const { action, object, drift, leaves, causedBy } = entry;
  if (action === "create") {
    if (entry.origin !== "outside") return [];
    const before = drift?.change.before;
    const others = differences({
      previous: before,
      actual: before,
      expected: object.change.after,
      unknown: object.change.after_unknown,
      marks: undefined,
    }, () => false);
    return [...others.map((leaf) => leaf.path), ...markedPaths(object.change.after_unknown)];
  }
  const unknown = markedPaths(object.change.after_unknown);
  // What follows from an outside change, or is made anew for one, moves on itself.
  const isForced = action === "replace" && forcingLeaves(entry).some((leaf) => leaf.kind !== "pending");
  if (causedBy.length > 0 || isForced) return [...leaves.map((leaf) => leaf.path), ...unknown];
  const observed = leaves.filter((leaf) => leaf.kind === "observed").map((leaf) => leaf.path);
  return action === "update" && entry.origin !== "pending" ? [...observed, ...unknown] : observed;
}

/** The paths at which marks of Terraform's are set. */
function markedPaths(mark: unknown, path = ""): string[] {
  if (mark === true) return [path];
  if (typeof mark !== "object" || mark === null) return [];
  return Object.entries(mark).flatMap(([key, inner]) =>
    markedPaths(inner, Array.isArray(mark) ? `${path}[${key}]` : joinPath(path, key))
  );
}

function causesOf(
  entry: Entry,
  root: Module,
  moved: Moved,
  relevant: Map<string, string[]>,
): string[] | undefined {
  const pending = entry.leaves.filter((leaf) => leaf.kind === "pending");
  // A replacement makes all computed attributes unknown: only what forces it counts.
  const asked = new Set(
    entry.action === "replace" ? forcedPaths(entry) : [...pending, ...entry.hidden].map((one) => one.path),
  );
  if (asked.size === 0 || entry.object.action_reason === "replace_because_tainted") return undefined;

  const path = modulePath(entry.object.module_address);
  const resource = findResource(root, path, configAddress(entry.object.address));
  if (!resource) return undefined;
  const led: string[] = [];
  const causes = new Set<string>();
  for (const one of asked) {
    const targets: Target[] = [];
    const expression = expressionAt(resource.expressions, one);
    const isUnknown = entry.hidden.some((hidden) => hidden.path === one);
    const place: Place = { root, path, keys: keysOf(entry.object), owner: resource, isUnknown };
    const viaLocal = resolve(expression, place, targets, new Set());
    const found = targets.flatMap((target) => movedBy(target, entry, moved));
    if (viaLocal) {
      for (const [address, instances] of moved) {
        const used = relevant.get(address) ?? [];
        for (const one of [...instances.values()].flat()) {
          const isUsed = one.paths.some((path) => used.some((attribute) => overlaps(path, attribute)));
          if (isUsed && one.entry !== entry) found.push(one.entry.object.address);
        }
      }
    }
    if (found.length === 0) continue;
    led.push(one);
    for (const address of found) causes.add(address);
  }
  if (led.length === 0) return undefined;
  const isLed = (path: string) => led.some((one) => overlaps(path, one));
  for (const leaf of pending) if (isLed(leaf.path)) leaf.kind = "outside";
  for (const one of entry.hidden) if (isLed(one.path)) one.kind = "outside";
  entry.origin = originIn(entry);
  return [...causes].sort();
}

/**
 * What the code says of an attribute, as far down as the plan shows it: of blocks of one name all together, since their
 * order in the code need not be that of the values. Nothing of what it does not set, and of dynamic blocks, which the plan
 * leaves out.
 */
function expressionAt(code: unknown, path: string): unknown[] {
  let at = [code];
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

/**
 * Whether what the code says of an attribute can be unknown before an apply: it refers to a resource or a local value, or
 * to nothing at all, as a function does that asks for the time. What comes down to variables alone is known; where the plan
 * has it unknown, a provider computes it.
 */
export function canBeUnknown(plan: Plan, object: PlannedObject, attribute: string): boolean {
  const root = rootModule(plan), path = modulePath(object.module_address);
  const owner = findResource(root, path, configAddress(object.address));
  if (!owner) return false;
  const targets: Target[] = [];
  const place: Place = { root, path, keys: keysOf(object), owner, isUnknown: true };
  return expressionAt(owner.expressions, attribute).some((expression) =>
    (typeof expression === "object" && expression !== null && Object.keys(expression).length === 0) ||
    resolve(expression, place, targets, new Set()) || targets.length > 0
  );
}

/** The objects behind a target: those of the same module instance where it has any. */
function movedBy(target: Target, entry: Entry, moved: Moved): string[] {
  const instances = moved.get(target.resource);
  const near = instances?.get(entry.object.module_address ?? "");
  const isOwn = target.module.join() === modulePath(entry.object.module_address).join();
  return (near ?? (isOwn ? [] : [...instances?.values() ?? []].flat())).filter((one) =>
    one.entry !== entry && (target.key === undefined || one.entry.object.address.endsWith(target.key)) &&
    // A data source waits for an object that is made anew, whatever of it it reads.
    ((target.isRead && (one.entry.action === "create" || one.entry.action === "replace")) ||
      one.paths.some((path) => overlaps(path, target.path)))
  ).map((one) => one.entry.object.address);
}

/** The instance keys on the way to an object, as `["web"]` or `[0]`, of each module and of itself; `""` where there is none. */
function keysOf({ address, module_address }: PlannedObject): string[] {
  const modules = (module_address?.match(/module\.[^.[]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?/g) ?? [])
    .map((step) => step.replace(/^module\.[^.[]+/, ""));
  return [...modules, /\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$/.exec(address)?.[0] ?? ""];
}

/** Where an expression stands. */
interface Place {
  /** Of the configuration. */
  root: Module;
  /** Names of the modules on the way there. */
  path: string[];
  /** Instance keys on the way there: what `each.key` and `count.index` are. */
  keys: string[];
  /** The resource or module call that it belongs to: what `each.value` is from. */
  owner?: Resource | Call | undefined;
  /** What it comes to is known after an apply only. */
  isUnknown: boolean;
}

/**
 * Follows the references of an expression to resources, through variables and module outputs. True where a local value was
 * met, which the plan does not show.
 */
function resolve(expression: unknown, place: Place, targets: Target[], seen: Set<string>): boolean {
  const { root, path, keys, owner, isUnknown } = place;
  let viaLocal = false;
  const references = referencesOf(expression);
  const isPerInstance = references.some((one) => one === "each.key" || one === "count.index") &&
    !references.some((one) => one.startsWith("each.value"));
  const key = isPerInstance ? keys.at(-1) : undefined;
  const follow = (inner: unknown, at: Partial<Place>, into = targets) => {
    viaLocal = resolve(inner, { ...place, owner: undefined, ...at }, into, seen) || viaLocal;
  };
  for (const reference of mostSpecific(references)) {
    const way = `${path.join(".")}|${reference}`;
    if (seen.has(way)) continue;
    seen.add(way);
    const plain = reference.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]/g, "");
    const [first, second, third] = plain.split(".");
    if (first === "var" && second && path.length > 0) {
      const call = moduleAt(root, path.slice(0, -1))?.module_calls?.[path.at(-1)!];
      follow(call?.expressions?.[second], { path: path.slice(0, -1), keys: keys.slice(0, -1), owner: call });
    } else if (first === "each" && second === "value") {
      const over = mostSpecific(referencesOf(owner?.for_each_expression));
      if (over.length === 1 && /^[\w-]+\.[\w-]+$/.test(over[0]!) && isResource(over[0]!)) {
        // One instance for each of another resource: this one's value is that one.
        targets.push(targetOf(over[0]! + reference.slice("each.value".length), path, keys.at(-1)));
      } else if (isUnknown) {
        // Which part of a map is meant, the plan does not show; the plain settings in it are known.
        resolve(owner?.for_each_expression, { ...place, owner: undefined }, targets, seen);
      }
    } else if (first === "module" && second) {
      const outputs = moduleAt(root, [...path, second])?.outputs ?? {};
      for (const [name, output] of Object.entries(outputs)) {
        if (third && name !== third) continue;
        follow(output.expression, { path: [...path, second], keys: [] });
      }
    } else if (first === "local") viaLocal = true;
    else if (first === "data" && second && third) {
      const data = findResource(root, path, prefix(path) + `data.${second}.${third}`);
      const read: Target[] = [];
      for (const inner of Object.values(data?.expressions ?? {})) follow(inner, { owner: data }, read);
      targets.push(...read.map((target) => ({ ...target, isRead: true as const })));
    } else if (isResource(reference)) targets.push(targetOf(reference, path, key));
  }
  return viaLocal;
}

function isResource(reference: string): boolean {
  const [, first = ""] = /^([\w-]+)\.[\w-]/.exec(reference) ?? [];
  return first !== "" &&
    !["var", "each", "count", "path", "terraform", "self", "local", "module", "data"].includes(first);
}

/** `key`: of the instance that is meant where the reference does not say. */
function targetOf(reference: string, module: string[], key?: string): Target {
  const [, resource = "", index, attribute = ""] =
    /^([\w-]+\.[\w-]+)(\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?(?:\.(.+))?$/.exec(reference) ?? [];
  const instance = index ?? key;
  return {
    resource: prefix(module) + (resource || reference),
    module,
    path: attribute.replace(/\["([A-Za-z_][\w-]*)"\]/g, ".$1").replace(/\.(\d+)(?=\.|$)/g, "[$1]"),
    ...(instance ? { key: instance } : {}),
  };
}

function referencesOf(expression: unknown): string[] {
  if (typeof expression !== "object" || expression === null) return [];
  if (Array.isArray(expression)) return expression.flatMap(referencesOf);
  const { references, ...rest } = expression as Record<string, unknown>;
  const own = Array.isArray(references) ? references.filter((one) => typeof one === "string") : [];
  return [...own, ...Object.values(rest).flatMap(referencesOf)];
}

function modulePath(address: string | undefined): string[] {
  return address ? configAddress(address).split(".").filter((_, i) => i % 2 === 1) : [];
}

function prefix(path: string[]): string {
  return path.map((name) => `module.${name}.`).join("");
}

function moduleAt(root: Module, path: string[]): Module | undefined {
  return path.reduce<Module | undefined>((module, name) => module?.module_calls?.[name]?.module, root);
}

/** The resources of each module by their address in it: a plan can have thousands. */
const resourcesOf = new WeakMap<Module, Map<string, Resource>>();

function findResource(root: Module, path: string[], address: string): Resource | undefined {
  const module = moduleAt(root, path);
  if (!module) return undefined;
  let known = resourcesOf.get(module);
  if (!known) {
    known = new Map(module.resources?.map((resource) => [resource.address, resource]));
    resourcesOf.set(module, known);
  }
  return known.get(address.slice(prefix(path).length));
}
