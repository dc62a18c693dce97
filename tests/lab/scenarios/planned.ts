/**
 * What a plan says that a verdict is made of, in a form that two providers' plans can be compared in.
 *
 * @module
 */

import type { Lab } from "../lab.ts";
import type { Scenario } from "./scenario.ts";

/** What a plan says. */
export interface Planned {
  /** Exit code with `-detailed-exitcode`. */
  code: number;
  /** By address and actions, what was found to differ from the state: each value before and after. */
  drift: Record<string, Differing>;
  /** The same of what is to change. */
  changes: Record<string, Differing>;
  /** Summaries of all errors and warnings. */
  told: string[];
}

/** By path, a value before and after; of an object that comes or goes, what names it. */
type Differing = Record<string, [before: unknown, after: unknown]>;

interface PlannedObject {
  address: string;
  change: { actions: string[]; before: unknown; after: unknown; after_unknown: unknown; replace_paths?: unknown[] };
}

/** Plans an environment. */
export async function planned(lab: Lab, env: Scenario["env"]): Promise<Planned & { text: string }> {
  const file = `${lab.estate.dir}/scenario.plan`;
  const { code, text } = await lab.plan(env, `-out=${file}`);
  const plan = code === 1 ? {} : JSON.parse((await lab.terraform(env, "show", "-json", file)).stdout);
  const told = text.match(/^(?:Error|Warning): .*/gm) ?? [];
  return {
    code,
    drift: objectsOf(plan.resource_drift),
    changes: objectsOf(plan.resource_changes),
    told: [...new Set(told.map((line) => line.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")))].sort(),
    text,
  };
}

function objectsOf(listed: PlannedObject[] = []): Record<string, Differing> {
  const differing = listed.filter(({ change }) => change.actions[0] !== "no-op").map(({ address, change }) => {
    const { actions, before, after, after_unknown: unknown } = change;
    const both = before !== null && after !== null;
    const leaves = both ? differences(before, after, unknown, "") : named(before, after);
    return [[address, ...actions].join(" "), Object.fromEntries(leaves)] as const;
  });
  return Object.fromEntries(differing);
}

type Leaf = [path: string, values: [before: unknown, after: unknown]];

function differences(before: unknown, after: unknown, unknown: unknown, path: string): Leaf[] {
  if (unknown === true) return [[path, [before, "known after apply"]]];
  if (!isNested(before) || !isNested(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [[path, [before, after]]];
  }
  const keys = [...new Set([before, after, isNested(unknown) ? unknown : {}].flatMap(Object.keys))].sort();
  return keys.flatMap((key) =>
    differences(before[key], after[key], isNested(unknown) ? unknown[key] : false, path ? `${path}.${key}` : key)
  );
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What names a guest or a pool. */
const NAMES = ["id", "vmid", "name", "hostname", "target_node", "poolid"];

function named(before: unknown, after: unknown): Leaf[] {
  const [was, will] = [before, after].map((one) => isNested(one) ? one : {}) as Record<string, unknown>[];
  return NAMES.filter((name) => name in was! || name in will!).map((name) => [
    name,
    [was![name] ?? null, will![name] ?? null],
  ]);
}
