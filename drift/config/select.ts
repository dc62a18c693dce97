/**
 * Which environments a run is asked to check.
 *
 * @module
 */

import { environmentNameRule } from "../../lib/names.ts";
import { hintAt } from "../../lib/nearest.ts";
import type { Config, Environment } from "./config.ts";
import type { PassedOver } from "./discovery.ts";
import { UsageError } from "../usage_error.ts";

/**
 * The environments that are asked for by name, in that order, or all of them. Those of other shards are left out, which may
 * leave none.
 *
 * @throws {UsageError} Where a name is unknown, nothing is asked for, or there are none.
 */
export function selectEnvironments(
  config: Pick<Config, "environments" | "passedOver" | "nearby" | "shard">,
  asked: { env: readonly string[]; all: boolean },
): Environment[] {
  const { environments, passedOver } = config;
  const others = config.shard?.others ?? [];
  const known = [...environments.map(({ name }) => name), ...others];
  if (known.length === 0) {
    throw new UsageError(toldInLines(noneThere(config)));
  }
  if (asked.all) return environments;
  if (asked.env.length === 0) {
    throw new UsageError(`Cannot tell what to check: name environments with --env NAME, or take --all: ${list(known)}`);
  }
  return asked.env.filter((name) => !others.includes(name)).map((name) => {
    const environment = environments.find((environment) => environment.name === name);
    if (environment) return environment;
    throw new UsageError(`Unknown environment "${name}": ${whyUnknown(name, known, passedOver)} are ${list(known)}`);
  });
}

/** Ends with the word for the names that are known. */
function whyUnknown(name: string, known: string[], passedOver: PassedOver[]): string {
  const folder = passedOver.find((one) => one.name === name || one.path === name);
  if (folder !== undefined) return `there is such a folder, but ${WHY[folder.why]}; known`;
  const hint = hintAt(name, known);
  return hint === "" ? "known" : `${hint}Known`;
}

const WHY: Record<PassedOver["why"], string> = {
  unlisted: '"environments" in the configuration does not name it',
  nameless: `a name is ${environmentNameRule}: name it under "environments" with its "dir"`,
  module: "other code calls it as a module",
  terragrunt: "only Terragrunt knows its code",
  unreadable: "it cannot be read",
  stack: "it is a Terraform Stack, which only HCP Terraform plans",
  misnamed: 'the entry of its name needs its "dir"',
  submodule: 'it is a submodule that is not checked out: run "git submodule update --init"',
};

/** What to say where there is no environment at all, as sentences without their full stops. */
export interface NoneThere {
  /** Where it looked, and that nothing was found. */
  problem: string;
  /** What was seen instead, one thing each. */
  seen: string[];
  /** What to do. */
  cure: string;
}

/** What to do where only Terragrunt knows the code. */
export const TERRAGRUNT_CURE =
  'Let Terragrunt plan, and hand each plan to "pve-drift replay": docs/DRIFT-DETECTION.md#terragrunt has a recipe';
const USUAL_CURE =
  'Name the folder that holds them with --root DIR or "root" in pve-drift.json: each folder in it with *.tf, *.tf.json or *.tofu is an environment';

/** Where it looked for environments, what it saw instead, and what to do. */
export function noneThere({ passedOver, nearby }: Pick<Config, "passedOver" | "nearby">): NoneThere {
  const left = (Object.keys(WHY) as PassedOver["why"][]).flatMap((why) => {
    const paths = passedOver.filter((one) => one.why === why).map(({ path }) => path || ".");
    return paths.length === 0 ? [] : [`${list(paths)} left out: ${WHY[why]}`];
  });
  const isTerragrunt = passedOver.length > 0 && passedOver.every(({ why }) => why === "terragrunt");
  return {
    problem: nearby?.where === undefined ? "Found no environment" : `Found no environment in ${nearby.where}`,
    seen: [...left, ...nearby?.seen ?? []],
    cure: isTerragrunt ? TERRAGRUNT_CURE : nearby?.cure ?? USUAL_CURE,
  };
}

/** As an error's text: a line for each thing. */
export function toldInLines({ problem, seen, cure }: NoneThere): string {
  return [problem, ...seen, `What to do: ${cure}`].join("\n");
}

function list(names: string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
