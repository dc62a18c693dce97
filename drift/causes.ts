/**
 * What led to what: a change that the plan makes only because another object was changed outside is that object's
 * consequence, not unapplied code. Pure.
 *
 * Terraform's plan does not say it; it is concluded from the references of the configuration: an attribute that refers
 * to a value that moved outside, or that is unknown because its object is to be made anew after it vanished.
 *
 * @module
 */

import type { Entry } from "./plan.ts";
import { configAddress, type Plan, type PlannedObject } from "./plan_json.ts";
import { originOf } from "./plan.ts";

interface Module {
  resources?: Resource[];
  module_calls?: Record<string, Call>;
  outputs?: Record<string, { expression?: unknown }>;
}
interface Resource {
  address: string;
  mode?: string;
  expressions?: Record<string, unknown>;
}
interface Call {
  expressions?: Record<string, unknown>;
  module?: Module;
}

/**
 * A resource of the configuration and the attribute that is referred to; `""` for the whole of it. `key`: of its instances
 * the one with the same `for_each` key or `count` index, as `["web"]`.
 */
type Target = { resource: string; attribute: string; key?: string };

/** An object that moved outside, and which of its root attributes did; `"*"` where all of them. */
type MovedObject = { entry: Entry; attributes: Set<string> };

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
    const attributes = movedAttributes(entry);
    if (attributes.size === 0) return false;
    noted.add(entry);
    const address = configAddress(entry.object.address);
    const module = entry.object.module_address ?? "";
    const instances = moved.get(address) ?? new Map<string, MovedObject[]>();
    moved.set(address, instances);
    const objects = instances.get(module) ?? [];
    instances.set(module, objects);
    objects.push({ entry, attributes });
    return true;
  };
  for (const entry of entries) note(entry);
  if (moved.size === 0 || open.length === 0) return;

  const root = rootModule(plan);
  const relevant = new Set(
    (plan.relevant_attributes ?? []).map((one) => `${configAddress(one.resource)}|${one.attribute[0] ?? ""}`),
  );
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

/** Root attributes of an object whose value moved outside, or is unknown because of it; `"*"` where all are. */
function movedAttributes(entry: Entry): Set<string> {
  const unknown = entry.object.change.after_unknown;
  if (entry.action === "create") return entry.origin === "outside" ? new Set(["*"]) : new Set();
  const names = new Set(entry.leaves.filter((leaf) => leaf.kind === "observed").map((leaf) => leaf.root));
  if (entry.causedBy.length > 0 || (entry.action && entry.origin !== "pending")) {
    if (entry.action === "replace") return new Set(["*"]);
    if (typeof unknown === "object" && unknown !== null) {
      for (const [name, mark] of Object.entries(unknown)) if (isMarked(mark)) names.add(name);
    }
    // What follows from an outside change moves on itself.
    if (entry.causedBy.length > 0) { for (const leaf of entry.leaves) names.add(leaf.root); }
  }
  return names;
}

function isMarked(mark: unknown): boolean {
  return mark === true || (typeof mark === "object" && mark !== null && Object.values(mark).some(isMarked));
}

function causesOf(
  entry: Entry,
  root: Module,
  moved: Moved,
  relevant: Set<string>,
): string[] | undefined {
  const pending = entry.leaves.filter((leaf) => leaf.kind === "pending");
  const forced = (entry.object.change.replace_paths ?? []).map((path) => `${path[0]}`);
  const unknown = Object.entries((entry.object.change.after_unknown ?? {}) as Record<string, unknown>)
    .filter(([, mark]) => isMarked(mark)).map(([name]) => name);
  // A replacement makes all computed attributes unknown: only what forces it counts.
  const names = entry.action === "replace"
    ? new Set(forced)
    : new Set([...pending.map((leaf) => leaf.root), ...unknown]);
  if (names.size === 0 || entry.object.action_reason === "replace_because_tainted") return undefined;

  const path = modulePath(entry.object.module_address);
  const resource = findResource(root, path, configAddress(entry.object.address));
  if (!resource) return undefined;
  const led = new Map<string, string[]>();
  for (const name of names) {
    const targets: Target[] = [];
    const viaLocal = resolve(resource.expressions?.[name], root, path, keysOf(entry.object), targets, new Set());
    const causes = targets.flatMap((target) => movedBy(target, entry, moved));
    if (viaLocal) {
      for (const [address, instances] of moved) {
        for (const one of [...instances.values()].flat()) {
          const named = [...one.attributes].some((attribute) => relevant.has(`${address}|${attribute}`)) ||
            (one.attributes.has("*") && [...relevant].some((key) => key.startsWith(`${address}|`)));
          if (named && one.entry !== entry) causes.push(one.entry.object.address);
        }
      }
    }
    if (causes.length > 0) led.set(name, causes);
  }
  if (led.size === 0) return undefined;
  for (const leaf of pending) if (led.has(leaf.root)) leaf.kind = "outside";
  const shown = entry.leaves.filter((leaf) =>
    leaf.kind !== "observed" && (entry.action !== "replace" || names.has(leaf.root))
  );
  // What is led to and unknown is no leaf, and a cause all the same.
  const isUnseen = [...led.keys()].some((name) => !shown.some((leaf) => leaf.root === name));
  const origin = shown.length > 0 ? originOf(shown) : "outside";
  entry.origin = isUnseen && origin === "pending" ? "both" : origin;
  return [...new Set([...led.values()].flat())].sort();
}

/** The objects behind a target: those of the same module instance where it has any. */
function movedBy(target: Target, entry: Entry, moved: Moved): string[] {
  const instances = moved.get(target.resource);
  const near = instances?.get(entry.object.module_address ?? "");
  return (near ?? [...instances?.values() ?? []].flat()).filter((one) =>
    one.entry !== entry && (target.key === undefined || one.entry.object.address.endsWith(target.key)) &&
    (target.attribute === "" || one.attributes.has("*") || one.attributes.has(target.attribute))
  ).map((one) => one.entry.object.address);
}

/** The instance keys on the way to an object, as `["web"]` or `[0]`, of each module and of itself; `""` where there is none. */
function keysOf({ address, module_address }: PlannedObject): string[] {
  const modules = (module_address?.match(/module\.[^.[]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?/g) ?? [])
    .map((step) => step.replace(/^module\.[^.[]+/, ""));
  return [...modules, /\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$/.exec(address)?.[0] ?? ""];
}

/**
 * Follows the references of an expression to resources, through variables and module outputs. True where a local value was
 * met, which the plan does not show.
 *
 * @param keys Instance keys on the way to where the expression stands: what `each.key` and `count.index` are there.
 */
function resolve(
  expression: unknown,
  root: Module,
  path: string[],
  keys: string[],
  targets: Target[],
  seen: Set<string>,
): boolean {
  let viaLocal = false;
  const references = referencesOf(expression);
  const isPerInstance = references.some((one) => one === "each.key" || one === "count.index") &&
    !references.some((one) => one.startsWith("each.value"));
  const key = isPerInstance ? keys.at(-1) : undefined;
  for (const reference of mostSpecific(references)) {
    const place = `${path.join(".")}|${reference}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const plain = reference.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]/g, "");
    const [first, second, third] = plain.split(".");
    if (first === "var" && second && path.length > 0) {
      const call = moduleAt(root, path.slice(0, -1))?.module_calls?.[path.at(-1)!];
      const outer = keys.slice(0, -1);
      viaLocal = resolve(call?.expressions?.[second], root, path.slice(0, -1), outer, targets, seen) || viaLocal;
    } else if (first === "module" && second) {
      const outputs = moduleAt(root, [...path, second])?.outputs ?? {};
      for (const [name, output] of Object.entries(outputs)) {
        if (third && name !== third) continue;
        viaLocal = resolve(output.expression, root, [...path, second], [], targets, seen) || viaLocal;
      }
    } else if (first === "local") viaLocal = true;
    else if (first === "data" && second && third) {
      const data = findResource(root, path, prefix(path) + `data.${second}.${third}`);
      for (const inner of Object.values(data?.expressions ?? {})) {
        viaLocal = resolve(inner, root, path, keys, targets, seen) || viaLocal;
      }
    } else if (first && second && !["var", "each", "count", "path", "terraform", "self"].includes(first)) {
      // An index that is written down says itself which instance is meant: that one is not looked for here.
      const isOpen = key !== undefined && key !== "" && plain === reference;
      targets.push({
        resource: `${prefix(path)}${first}.${second}`,
        attribute: third ?? "",
        ...(isOpen ? { key } : {}),
      });
    }
  }
  return viaLocal;
}

function referencesOf(expression: unknown): string[] {
  if (typeof expression !== "object" || expression === null) return [];
  if (Array.isArray(expression)) return expression.flatMap(referencesOf);
  const { references, ...rest } = expression as Record<string, unknown>;
  const own = Array.isArray(references) ? references.filter((one) => typeof one === "string") : [];
  return [...own, ...Object.values(rest).flatMap(referencesOf)];
}

/** Terraform lists `a.b.c` and its prefixes `a.b` alike: the prefixes say nothing more. */
function mostSpecific(references: string[]): string[] {
  return references.filter((one) =>
    !references.some((other) => other.startsWith(`${one}.`) || other.startsWith(`${one}[`))
  );
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

function findResource(root: Module, path: string[], address: string): Resource | undefined {
  const local = address.slice(prefix(path).length);
  return moduleAt(root, path)?.resources?.find((resource) => resource.address === local);
}
