/**
 * Which environments there are, and which of them a run is asked to check.
 *
 * @module
 */

import { join } from "node:path";
import { closestString } from "@std/text/closest-string";
import type { CliOptions } from "../cli/parse.ts";
import type { Config, Environment } from "./load.ts";
import { UsageError } from "../usage_error.ts";

/** What an environment may be called: fit for file names, labels and messages alike. */
export const environmentName: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What {@linkcode environmentName} allows, in words, to end a sentence. */
export const environmentNameRule = "letters, digits, dots, dashes and underscores, 64 at most, a letter or digit first";

const CODE = /^[^.].*\.(?:tf|tofu)(?:\.json)?$/;

/**
 * The sub-folders of a folder that hold Terraform or OpenTofu code, hidden ones left out, links followed. What cannot be
 * looked into (no permission, a link that leads nowhere) counts: left out, it would be an environment that nobody checks.
 *
 * @returns Names, sorted; none where the folder does not exist.
 * @throws {Error} Where the folder itself cannot be read.
 */
export async function environmentFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(root)) {
      if (!name.startsWith(".") && (isDirectory || isSymlink) && await holdsCode(join(root, name))) found.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}

async function holdsCode(folder: string): Promise<boolean> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) if (!isDirectory && CODE.test(name)) return true;
    return false;
  } catch (error) {
    return !(error instanceof Deno.errors.NotADirectory);
  }
}

/**
 * The environments that the command line asks for, in its order. A dry run or a command other than the check means all of
 * them where it names none. Those of other shards are left out, which may leave none.
 *
 * @throws {UsageError} Where a name is unknown, none is asked for, or there are none.
 */
export function selectEnvironments(
  config: Pick<Config, "root" | "environments" | "unlisted" | "shard">,
  cli: Pick<CliOptions, "command" | "env" | "all" | "dryRun">,
): Environment[] {
  const { environments, unlisted, root } = config;
  const others = config.shard?.others ?? [];
  const known = [...environments.map(({ name }) => name), ...others];
  if (known.length === 0) throw new UsageError(noneThere(root, unlisted));
  if (cli.all) return environments;
  if (cli.env.length === 0) {
    if (cli.command !== "check" || cli.dryRun) return environments;
    throw new UsageError(`Cannot tell what to check: name environments with --env NAME, or take --all: ${list(known)}`);
  }
  return cli.env.filter((name) => !others.includes(name)).map((name) => {
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
