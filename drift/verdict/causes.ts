/**
 * What led to what: a change that the plan makes only because another object was changed outside is that object's
 * consequence, not unapplied code. Pure.
 *
 * Terraform's plan does not say it; it is concluded from the references of the configuration: an attribute that refers
 * to a value that moved outside, or that is unknown because its object is to be made anew after it vanished, or because a
 * data source waits for it.
 *
 * @module
 */

import { compareAddresses, configAddress } from "../terraform/address.ts";
import { overlaps } from "../terraform/attribute_path.ts";
import { type Configuration, configurationOf, expressionAt } from "../terraform/configuration.ts";
import type { Plan } from "../terraform/plan.ts";
import {
  dataSourcesRead,
  dependenciesInState,
  isDeposed,
  isVanished,
  resourcesInState,
} from "../terraform/plan_queries.ts";
import { type References, referencesOf, repetitionOf } from "../terraform/references.ts";
import { type Entry, forcedPaths, originIn } from "./entry.ts";
import { MovedObjects } from "./moved_objects.ts";

/**
 * The entries, with `causedBy` and the origin that it implies where one follows from an outside change, and with `guesses`
 * where that can only be guessed.
 */
export function explain(plan: Plan, entries: Entry[]): Entry[] {
  const moved = new MovedObjects(plan);
  for (const entry of entries) moved.note(entry);
  let dependencies: Map<string, string[]> | undefined;
  const code: Code = {
    configuration: plan.configuration ?? {},
    inState: resourcesInState(plan),
    dependencies: (address) => {
      dependencies ??= dependenciesInState(plan);
      return dependencies.get(address) ?? dependencies.get(configAddress(address)) ?? [];
    },
  };
  const explained = [...entries];
  const follow = (explainOne: (entry: Entry) => Entry | undefined) => {
    let again = false;
    for (const [at, entry] of explained.entries()) {
      if (isDeposed(entry.object) || entry.causedBy.length > 0) continue;
      const led = explainOne(entry);
      if (led) explained[at] = led;
      if (led && moved.note(led)) again = true;
    }
    return again;
  };
  while (!moved.isEmpty) {
    if (follow((entry) => withCauses(entry, code, moved))) continue;
    // Last, since what can trigger a replacement may itself turn out to follow from something.
    if (!follow((entry) => withTrigger(entry, code, explained))) break;
  }
  const read = dataSourcesRead(plan);
  return read.size === 0 ? explained : explained.map((entry) => withGuesses(entry, code, read));
}

/** The code, and the addresses in it of which the state has an instance. */
interface Code {
  configuration: Configuration;
  inState: ReadonlySet<string>;
  /** What an object depended on when it was applied. */
  dependencies(address: string): string[];
}

/** What the code says that an entry follows from, by the path of what differs; `""` for the object's being there at all. */
function askedOf(entry: Entry, { configuration: code, inState }: Code): Map<string, References> {
  const { object, unknowns } = entry;
  const paths = object.action_reason === "replace_because_tainted" ? [] : pathsOf(entry);
  const block = paths.length > 0 ? configurationOf(code, object) : undefined;
  if (!block) return new Map();
  // The first instance of all is one that the code is new for.
  if (paths[0] === "") {
    return new Map(inState.has(configAddress(object.address)) ? [["", repetitionOf(code, object)]] : []);
  }
  return new Map([...new Set(paths)].map((path) => {
    const isUnknown = unknowns.some((one) => one.path === path);
    return [path, referencesOf(code, object, expressionAt(block, path), isUnknown)];
  }));
}

/** The paths in which an entry may follow from something else. */
function pathsOf({ action, object, drift, leaves, unknowns }: Entry): string[] {
  if (action === "create" || action === "delete") return drift !== undefined && isVanished(drift) ? [] : [""];
  // A replacement makes all computed attributes unknown: only what forces it counts.
  if (action === "replace") return forcedPaths(object);
  if (action !== "update") return [];
  const pending = leaves.filter((leaf) => leaf.kind === "pending").map((leaf) => leaf.place);
  return [...pending, ...unknowns.map(({ path }) => path)];
}

/** The entry with its causes; undefined where nothing outside led to it. */
function withCauses(entry: Entry, code: Code, moved: MovedObjects): Entry | undefined {
  const led: string[] = [];
  const causes = new Set<string>();
  for (const [path, { targets, viaLocal }] of askedOf(entry, code)) {
    const found = targets.flatMap((target) => moved.behind(target, entry));
    if (viaLocal && path !== "") found.push(...moved.behindLocals(entry));
    if (found.length > 0) led.push(path);
    for (const address of found) causes.add(address);
  }
  if (led.length === 0) return undefined;
  const causedBy = [...causes].sort(compareAddresses);
  if (entry.action === "create" || entry.action === "delete") return { ...entry, origin: "outside", causedBy };
  const isLed = (path: string) => led.some((one) => overlaps(path, one));
  const explained: Entry = {
    ...entry,
    leaves: entry.leaves.map((leaf) =>
      leaf.kind === "pending" && isLed(leaf.place) ? { ...leaf, kind: "outside" } : leaf
    ),
    unknowns: entry.unknowns.map((one) => isLed(one.path) ? { ...one, kind: "outside" } : one),
    causedBy,
  };
  return { ...explained, origin: originIn(explained) };
}

/**
 * The entry, replaced because something that `replace_triggered_by` names is changed outside. A plan does not say what it
 * names: it can be any object of the same module that is updated or replaced, one that the state has as a dependency
 * rather than another. An object that is created triggers nothing.
 */
function withTrigger(entry: Entry, code: Code, entries: Entry[]): Entry | undefined {
  const { object } = entry;
  if (object.action_reason !== "replace_by_triggers" || entry.trigger !== undefined) return undefined;
  const changed = entries.filter((one) =>
    one !== entry && (one.action === "update" || one.action === "replace") &&
    one.object.module_address === object.module_address
  );
  const known = new Set(code.dependencies(object.address));
  const near = changed.filter((one) => known.has(configAddress(one.object.address)));
  const triggers = near.length > 0 ? near : changed;
  const outside = triggers.filter((one) => one.origin !== "pending");
  if (outside.length === 0) return undefined;
  const isCertain = outside.every((one) => one.origin === "outside") && outside.length === triggers.length;
  const explained: Entry = {
    ...entry,
    trigger: isCertain ? "outside" : "both",
    causedBy: outside.map((one) => one.object.address).sort(compareAddresses),
    guesses: isCertain ? [] : triggers.map((one) => one.object.address).sort(compareAddresses),
  };
  return { ...explained, origin: originIn(explained) };
}

/**
 * The entry with the data sources that it reads where the code may have changed, or what they found: a plan does not say
 * what they found before.
 */
function withGuesses(entry: Entry, code: Code, read: ReadonlySet<string>): Entry {
  if (entry.action === undefined || entry.causedBy.length > 0 || isDeposed(entry.object)) return entry;
  const asked = [...askedOf(entry, code).values()];
  const behindLocals = asked.some(({ viaLocal }) => viaLocal) ? code.dependencies(entry.object.address) : [];
  const sources = [...asked.flatMap(({ dataSources }) => dataSources), ...behindLocals];
  const guesses = [...new Set(sources)].filter((source) => read.has(source)).sort();
  return guesses.length > 0 ? { ...entry, guesses } : entry;
}
