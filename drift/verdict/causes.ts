/**
 * What led to what: a change that the plan makes only because another object was changed outside is that object's
 * consequence, not unapplied code. Pure.
 *
 * Terraform's plan does not say it; it is concluded from the references of the configuration: an attribute that refers
 * to a value that moved outside, or that is unknown because its object is to be made anew after it vanished.
 *
 * @module
 */

import { configAddress, modulePath } from "../terraform/address.ts";
import { formatPath, markedPaths, overlaps } from "../terraform/attribute_path.ts";
import { type Configuration, configurationOf, expressionAt } from "../terraform/configuration.ts";
import { referencesOf, type Target } from "../terraform/references.ts";
import { isDeposed, type Plan } from "../terraform/plan.ts";
import { differences } from "./diff.ts";
import { type Entry, forcedPaths, forcingLeaves, originIn } from "./entry.ts";

/** The entries, those that follow from an outside change with `causedBy` and the origin that it implies. */
export function explain(plan: Plan, entries: Entry[]): Entry[] {
  const moved = new MovedObjects(plan);
  for (const entry of entries) moved.note(entry);
  if (moved.isEmpty) return entries;

  const code = plan.configuration ?? {};
  const explained = [...entries];
  let again = true;
  while (again) {
    again = false;
    for (const [at, entry] of explained.entries()) {
      if (!canFollow(entry) || entry.causedBy.length > 0) continue;
      const led = withCauses(entry, code, moved);
      if (!led) continue;
      explained[at] = led;
      if (moved.note(led)) again = true;
    }
  }
  return explained;
}

function canFollow({ action, object }: Entry): boolean {
  return (action === "update" || action === "replace") && !isDeposed(object);
}

/** An object that moved outside, and the attribute paths in which it did. */
interface MovedObject {
  address: string;
  /** It is made anew. */
  isNew: boolean;
  paths: string[];
}

/** The objects that moved outside, or follow from one that did. */
class MovedObjects {
  /** By address in the code, then by module instance. */
  readonly #instances = new Map<string, Map<string, MovedObject[]>>();
  readonly #known = new Set<string>();
  /** Attributes that other parts of the plan depend on, by address in the code; read where it is needed. */
  #relevant: Map<string, string[]> | undefined;

  constructor(readonly plan: Plan) {}

  get isEmpty(): boolean {
    return this.#instances.size === 0;
  }

  /** Whether the entry is one more object that moved. */
  note(entry: Entry): boolean {
    const { address, module_address: module = "", deposed } = entry.object;
    const id = `${address}|${deposed ?? ""}`;
    if (this.#known.has(id)) return false;
    const paths = movedPaths(entry);
    if (paths.length === 0) return false;
    this.#known.add(id);
    const inCode = configAddress(address);
    const modules = this.#instances.get(inCode) ?? new Map<string, MovedObject[]>();
    this.#instances.set(inCode, modules);
    const isNew = entry.action === "create" || entry.action === "replace";
    modules.set(module, [...modules.get(module) ?? [], { address, isNew, paths }]);
    return true;
  }

  /** The objects behind what an entry refers to: those of the same module instance where it has any. */
  behind(target: Target, { object }: Entry): string[] {
    const modules = this.#instances.get(target.resource);
    const near = modules?.get(object.module_address ?? "");
    const isOwn = target.module.join() === modulePath(object.module_address).join();
    return (near ?? (isOwn ? [] : [...modules?.values() ?? []].flat())).filter((one) =>
      one.address !== object.address && (target.key === undefined || one.address.endsWith(target.key)) &&
      // A data source waits for an object that is made anew, whatever of it it reads.
      ((target.isRead && one.isNew) || one.paths.some((path) => overlaps(path, target.path)))
    ).map(({ address }) => address);
  }

  /** The objects that moved in an attribute which something in the plan depends on. */
  behindLocals({ object }: Entry): string[] {
    this.#relevant ??= relevantAttributes(this.plan);
    const relevant = this.#relevant;
    return [...this.#instances].flatMap(([address, modules]) => {
      const used = relevant.get(address) ?? [];
      return [...modules.values()].flat().filter((one) =>
        one.address !== object.address &&
        one.paths.some((path) => used.some((attribute) => overlaps(path, attribute)))
      ).map((one) => one.address);
    });
  }
}

function relevantAttributes(plan: Plan): Map<string, string[]> {
  const relevant = new Map<string, string[]>();
  for (const { resource, attribute } of plan.relevant_attributes ?? []) {
    const address = configAddress(resource);
    relevant.set(address, [...relevant.get(address) ?? [], formatPath(attribute)]);
  }
  return relevant;
}

/** Attribute paths of an object whose value moved outside, or is another or unknown because of that. */
function movedPaths(entry: Entry): string[] {
  const { action, object, drift, leaves, causedBy } = entry;
  const unknown = markedPaths(object.change.after_unknown);
  if (action === "create") {
    if (entry.origin !== "outside") return [];
    const before = drift?.change.before;
    const { after, after_unknown } = object.change;
    const others = differences(
      { previous: before, actual: before, expected: after, unknown: after_unknown, marks: undefined },
      { isSecretName: () => false, isSame: () => false, listRule: () => undefined, showsNames: false },
    );
    return [...others.map((leaf) => leaf.place), ...unknown];
  }
  // What follows from an outside change, or is made anew for one, moves on itself.
  const isForced = action === "replace" && forcingLeaves(entry).some((leaf) => leaf.kind !== "pending");
  if (causedBy.length > 0 || isForced) return [...leaves.map((leaf) => leaf.place), ...unknown];
  const observed = leaves.filter((leaf) => leaf.kind === "observed").map((leaf) => leaf.place);
  return action === "update" && entry.origin !== "pending" ? [...observed, ...unknown] : observed;
}

/** The entry with its causes; undefined where nothing outside led to it. */
function withCauses(entry: Entry, code: Configuration, moved: MovedObjects): Entry | undefined {
  const { action, object, leaves, unknowns } = entry;
  const block = configurationOf(code, object);
  if (!block || object.action_reason === "replace_because_tainted") return undefined;
  const pending = leaves.filter((leaf) => leaf.kind === "pending");
  // A replacement makes all computed attributes unknown: only what forces it counts.
  const asked = action === "replace"
    ? forcedPaths(object)
    : [...pending.map((leaf) => leaf.place), ...unknowns.map((one) => one.path)];
  const led: string[] = [];
  const causes = new Set<string>();
  for (const path of new Set(asked)) {
    const isUnknown = unknowns.some((one) => one.path === path);
    const { targets, viaLocal } = referencesOf(code, object, expressionAt(block, path), isUnknown);
    const found = targets.flatMap((target) => moved.behind(target, entry));
    if (viaLocal) found.push(...moved.behindLocals(entry));
    if (found.length > 0) led.push(path);
    for (const address of found) causes.add(address);
  }
  if (led.length === 0) return undefined;
  const isLed = (path: string) => led.some((one) => overlaps(path, one));
  const explained: Entry = {
    ...entry,
    leaves: leaves.map((leaf) => leaf.kind === "pending" && isLed(leaf.place) ? { ...leaf, kind: "outside" } : leaf),
    unknowns: unknowns.map((one) => isLed(one.path) ? { ...one, kind: "outside" } : one),
    causedBy: [...causes].sort(),
  };
  return { ...explained, origin: originIn(explained) };
}
