/**
 * A first look at a machine: its environments, its programs, and which of the default sinks have a place here. Nothing is
 * made or written.
 *
 * @module
 */

import { join, relative, resolve } from "node:path";
import { findProgram } from "../../lib/find_program.ts";
import { messageOf } from "../../lib/message_of.ts";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { codeFacts } from "../config/code_facts.ts";
import type { Environment } from "../config/config.ts";
import { layoutWarnings, type PassedOver } from "../config/discovery.ts";
import { environmentsOf } from "../config/environments.ts";
import type { SeenEnvironment } from "../config/first_config.ts";
import { DEFAULT_ROOT, SYSTEM } from "../config/load.ts";
import { sinkEntry } from "../config/sink_entries.ts";
import { defaultStateDir } from "../config/state_dir.ts";
import { codeKinds } from "../terraform/tool.ts";
import { defaultSinks } from "../../sinks/load.ts";
import type { World } from "../world.ts";
import { closeSinks, openEntries, probeSink } from "./dispatch.ts";
import { proposalFor } from "./proposals.ts";
import { sinkHost } from "./sink_host.ts";

/** Which of the two programs PATH has. */
export interface SeenPrograms {
  /** Terraform. */
  terraform: boolean;
  /** OpenTofu. */
  tofu: boolean;
}

/** The environments at and below a folder. */
export interface SeenEnvironments {
  /** Those that a configuration can name, whether or not discovery can. */
  environments: Environment[];
  /** What looks like an environment and is none. */
  passedOver: PassedOver[];
  /** Names of those that discovery cannot call by their folder's name, or of which there are two. */
  nameless: string[];
}

/** A default sink: its entry where it has a place here, and what to say of it. */
export interface SeenSink {
  /** Absent where it has no place here. */
  entry?: string;
  /** One sentence. */
  why: string;
}

/** The folder that is asked for, or the usual one where it is there, or the working directory. */
export async function rootOf(asked: string | undefined, cwd: string): Promise<string> {
  if (asked !== undefined) return resolve(cwd, asked);
  const usual = join(cwd, DEFAULT_ROOT);
  return await Deno.stat(usual).then(({ isDirectory }) => isDirectory, () => false) ? usual : cwd;
}

/**
 * The environments at and below a folder.
 *
 * @param named The folder as the user named it; absent where nobody did.
 * @throws {UsageError} Where the folder cannot be read.
 */
export async function seeEnvironments(root: string, cwd: string, named?: string): Promise<SeenEnvironments> {
  const place = {
    root,
    base: cwd,
    timeoutMs: () => 0,
    mayShareNames: true as const,
    ...named === undefined ? {} : { named },
  };
  const found = await environmentsOf({}, place);
  const nameless = found.passedOver.filter(({ why }) => why === "nameless");
  const names = found.environments.map(({ name }) => name);
  return {
    environments: [...found.environments, ...nameless.map((one) => namelessEnvironment(one, root))],
    passedOver: found.passedOver.filter(({ why }) => why !== "nameless"),
    nameless: [...nameless.map(({ name }) => name), ...names.filter((name, at) => names.indexOf(name) !== at)],
  };
}

/** A folder that would be an environment but for its name. */
function namelessEnvironment({ name, path }: PassedOver, root: string): Environment {
  return { name, dir: join(root, path), varFiles: [], backendConfig: [], timeoutMs: 0 };
}

/** Which programs PATH has. */
export async function seePrograms({ env }: Pick<World, "env">): Promise<SeenPrograms> {
  const isThere = (name: string) => findProgram(name, env.PATH).then(() => true, () => false);
  return { terraform: await isThere("terraform"), tofu: await isThere("tofu") };
}

/** Looks into each environment's folder, and asks the backend of an initialized one for its workspaces. */
export async function lookInto(
  { environments, nameless }: SeenEnvironments,
  root: string,
  programs: SeenPrograms,
  world: Pick<World, "env">,
  stop: AbortSignal,
): Promise<SeenEnvironment[]> {
  const bin = programs.terraform ? "terraform" : "tofu";
  return await Promise.all(environments.map(async (environment): Promise<SeenEnvironment> => {
    const code = await lookAtCode(environment.dir);
    const terraform = { bin: code.isTofu ? "tofu" : bin, env: {} };
    const proposal = await proposalFor(environment, { terraform, inherited: world.env, stop });
    const { name, dir } = environment;
    const isNameless = nameless.includes(name) ? { isNameless: true as const } : {};
    return { name, path: relative(root, dir), ...isNameless, ...code, ...proposal ? { proposal } : {} };
  }));
}

/** What the code of a folder says of its program and its backend. */
async function lookAtCode(dir: string): Promise<Pick<SeenEnvironment, "isTofu" | "backend">> {
  const names = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  const { terraformFiles, tofuFiles } = codeKinds(names);
  const backends = await Promise.all(
    [...terraformFiles, ...tofuFiles].map(async (name) =>
      codeFacts(await readRegularFile(join(dir, name)), name.endsWith(".json")).backends
    ),
  );
  const [backend] = backends.flat();
  // Each of the two names its own registry in the lock file.
  const isLockedByTofu = (await readRegularFile(join(dir, ".terraform.lock.hcl"))).includes('"registry.opentofu.org/');
  return { isTofu: terraformFiles.length === 0 || isLockedByTofu, ...backend === undefined ? {} : { backend } };
}

/** What to say of each environment besides its name, as lines. */
export function notesOn(seen: readonly SeenEnvironment[]): string[] {
  return seen.flatMap(({ name, proposal, isTofu, backend }) => [
    `"${name}": its state is in ${backend === undefined ? "a local file" : `backend "${backend}"`}`,
    ...proposal ? [`"${name}": ${proposal.why}`] : [],
    ...isTofu ? [`"${name}": its code or its lock file is OpenTofu's`] : [],
  ]);
}

/** What to say of folders that look like an environment and are none, one sentence or two each. */
export function warningsOf(passedOver: PassedOver[], root: string): string[] {
  return layoutWarnings(passedOver, root).map(({ summary, detail }) => `${summary}. ${detail}`);
}

/** The default sinks, as if they were asked for by name. */
export async function seeSinks(world: World, stop: AbortSignal): Promise<SeenSink[]> {
  const stateDir = await defaultStateDir(world.env, SYSTEM.state, true);
  const entries = defaultSinks.map((use) =>
    sinkEntry({ use, allow: [], env: [], options: {} }, "configuration", world.cwd)
  );
  const opened = await openEntries(
    entries,
    sinkHost({ stateDir, secretFiles: [], envFiles: [], sinks: entries, values: "show" }, world, true),
  );
  const seen = await Promise.all(opened.map(async (one): Promise<SeenSink> => {
    try {
      const problem = one.wrong ?? one.failure;
      if (problem !== undefined) throw new Error(problem);
      const { summary } = await probeSink(one, stop);
      return { entry: one.name, why: `Sink ${one.name}: ${summary}` };
    } catch (error) {
      return { why: `Sink ${one.name}: left out: ${messageOf(error)}` };
    }
  }));
  await closeSinks(opened);
  return seen;
}
