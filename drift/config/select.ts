/**
 * Which environments a run is asked to check.
 *
 * @module
 */

import { closestString } from "@std/text/closest-string";
import { environmentName, environmentNameRule } from "../../lib/names.ts";
import type { Config, Environment } from "./config.ts";
import { UsageError } from "../usage_error.ts";

/**
 * The environments that are asked for by name, in that order, or all of them. Those of other shards are left out, which may
 * leave none.
 *
 * @throws {UsageError} Where a name is unknown, nothing is asked for, or there are none.
 */
export function selectEnvironments(
  config: Pick<Config, "root" | "environments" | "unlisted" | "shard">,
  asked: { env: readonly string[]; all: boolean },
): Environment[] {
  const { environments, unlisted, root } = config;
  const others = config.shard?.others ?? [];
  const known = [...environments.map(({ name }) => name), ...others];
  if (known.length === 0) throw new UsageError(noneThere(root, unlisted));
  if (asked.all) return environments;
  if (asked.env.length === 0) {
    throw new UsageError(`Cannot tell what to check: name environments with --env NAME, or take --all: ${list(known)}`);
  }
  return asked.env.filter((name) => !others.includes(name)).map((name) => {
    const environment = environments.find((environment) => environment.name === name);
    if (environment) return environment;
    throw new UsageError(`Unknown environment "${name}": ${hintAt(name, known, unlisted)}; known are ${list(known)}`);
  });
}

function hintAt(name: string, known: string[], unlisted: string[]): string {
  if (!unlisted.includes(name)) return `did you mean "${closestString(name, known)}"`;
  if (!environmentName.test(name)) return `there is such a folder, but a name is ${environmentNameRule}`;
  return 'there is such a folder, but "environments" in the configuration does not name it';
}

function noneThere(root: string, unlisted: string[]): string {
  const nameless = unlisted.filter((name) => !environmentName.test(name));
  const unnamed = unlisted.filter((name) => environmentName.test(name));
  const left = [
    nameless.length > 0 ? `; left out: ${list(nameless)} (a name is ${environmentNameRule})` : "",
    unnamed.length > 0 ? `; not named under "environments" of the configuration: ${list(unnamed)}` : "",
  ].join("");
  return `Found no environment in "${root}": each folder there that holds *.tf, *.tf.json or *.tofu is one${left}; ` +
    `say where they are with --root DIR or "root" in pve-drift.json`;
}

function list(names: string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
