/**
 * What moved outside, object by object: where the causes of other changes are looked for. Pure.
 *
 * @module
 */

import { configAddress, modulePath } from "../terraform/address.ts";
import { formatPath, markedPaths, overlaps } from "../terraform/attribute_path.ts";
import type { Plan } from "../terraform/plan.ts";
import type { Target } from "../terraform/references.ts";
import { differences } from "./diff.ts";
import { type Entry, forcingLeaves } from "./entry.ts";

interface MovedObject {
  address: string;
  /** It is made anew. */
  isNew: boolean;
  /** The plan acts on it, because of what happened outside. */
  isChanged: boolean;
  /** Attributes whose value moved outside, or is another or unknown because of that. */
  paths: string[];
}

/** The objects that moved outside, or follow from one that did. */
export class MovedObjects {
  /** By address in the code, then by module instance. */
  readonly #instances = new Map<string, Map<string, MovedObject[]>>();
  readonly #known = new Set<string>();
  /** Attributes that other parts of the plan depend on, by address in the code; read where it is needed. */
  #relevant: Map<string, string[]> | undefined;

  /** Knows nothing yet. */
  constructor(readonly plan: Plan) {}

  /** Whether nothing moved. */
  get isEmpty(): boolean {
    return this.#instances.size === 0;
  }

  /** Notes an entry that moved. True where it is one more. */
  note(entry: Entry): boolean {
    const { address, module_address: module = "", deposed } = entry.object;
    const id = `${address}|${deposed ?? ""}`;
    if (this.#known.has(id)) return false;
    const paths = movedPaths(entry);
    const isChanged = entry.action !== undefined && entry.origin !== "pending";
    if (paths.length === 0 && !isChanged) return false;
    this.#known.add(id);
    const inCode = configAddress(address);
    const modules = this.#instances.get(inCode) ?? new Map<string, MovedObject[]>();
    this.#instances.set(inCode, modules);
    const isNew = entry.action === "create" || entry.action === "replace";
    const objects = modules.get(module) ?? [];
    modules.set(module, objects);
    objects.push({ address, isNew, isChanged, paths });
    return true;
  }

  /** Addresses of the objects behind what an entry refers to: those of the same module instance where it has any. */
  behind(target: Target, { object }: Entry): string[] {
    const modules = target.resource.endsWith(".")
      ? this.#inModule(target.resource)
      : this.#instances.get(target.resource);
    const near = modules?.get(object.module_address ?? "");
    const isOwn = target.module.join() === modulePath(object.module_address).join();
    return (near ?? (isOwn && !target.isAwaited ? [] : [...modules?.values() ?? []].flat())).filter((one) =>
      one.address !== object.address && (target.key === undefined || one.address.endsWith(target.key)) &&
      isBehind(one, target)
    ).map(({ address }) => address);
  }

  /** Addresses of the objects that moved in an attribute which something in the plan depends on. */
  behindLocals({ object }: Entry): string[] {
    this.#relevant ??= relevantAttributes(this.plan);
    const relevant = this.#relevant;
    return [...this.#instances].flatMap(([address, modules]) => {
      const used = relevant.get(address) ?? [];
      return [...modules.values()].flat().filter((one) =>
        one.address !== object.address && one.paths.some((path) => used.some((attribute) => overlaps(path, attribute)))
      ).map((one) => one.address);
    });
  }

  #inModule(prefix: string): Map<string, MovedObject[]> {
    const found = [...this.#instances].filter(([address]) => address.startsWith(prefix));
    return new Map([["*", found.flatMap(([, modules]) => [...modules.values()].flat())]]);
  }
}

function isBehind(moved: MovedObject, target: Target): boolean {
  if (target.isAwaited) return moved.isChanged;
  // A data source waits for an object that is made anew, whatever of it it reads.
  return (target.isRead && moved.isNew) || moved.paths.some((path) => overlaps(path, target.path));
}

function relevantAttributes(plan: Plan): Map<string, string[]> {
  const relevant = new Map<string, string[]>();
  for (const { resource, attribute } of plan.relevant_attributes ?? []) {
    const address = configAddress(resource);
    relevant.set(address, [...relevant.get(address) ?? [], formatPath(attribute)]);
  }
  return relevant;
}

function movedPaths(entry: Entry): string[] {
  const { action, object, drift, leaves, causedBy } = entry;
  const unknown = () => markedPaths(object.change.after_unknown);
  if (action === "create") {
    if (entry.origin === "pending") return [];
    const before = drift?.change.before;
    const { after, after_unknown } = object.change;
    const others = differences(
      { previous: before, actual: before, expected: after, unknown: after_unknown, marks: [] },
      { isSecretName: () => false, isSame: () => false, listRule: () => undefined, showsNames: false },
    );
    return [...others.map((leaf) => leaf.place), ...unknown()];
  }
  // What follows from an outside change, or is made anew for one, moves on itself.
  const isForced = action === "replace" && forcingLeaves(entry).some((leaf) => leaf.kind !== "pending");
  if (causedBy.length > 0 || isForced) return [...leaves.map((leaf) => leaf.place), ...unknown()];
  const observed = leaves.filter((leaf) => leaf.kind === "observed").map((leaf) => leaf.place);
  return action === "update" && entry.origin !== "pending" ? [...observed, ...unknown()] : observed;
}
