/**
 * The command `init`: writes a first configuration from what it sees, asks nothing and overwrites nothing.
 *
 * @module
 */

import { dirname, join, relative, resolve } from "node:path";
import { findProgram } from "../../lib/find_program.ts";
import { writeNewFile } from "../../lib/new_file.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { Environment } from "../config/config.ts";
import { layoutWarnings, type PassedOver } from "../config/discovery.ts";
import { environmentsOf } from "../config/environments.ts";
import { CONFIG_NAME, userConfigDir } from "../config/file.ts";
import { configText, type FirstConfig, firstConfig, type SeenEnvironment } from "../config/first_config.ts";
import { DEFAULT_ROOT, SYSTEM } from "../config/load.ts";
import { seenNearby } from "../config/nearby.ts";
import { noneThere } from "../config/select.ts";
import { sinkEntry } from "../config/sink_entries.ts";
import { defaultStateDir } from "../config/state_dir.ts";
import { messageOf } from "../../lib/message_of.ts";
import { closeSinks, openEntries, probeSink } from "../run/dispatch.ts";
import { proposalFor } from "../run/proposals.ts";
import { installSignalHandlers } from "../run/signals.ts";
import { sinkHost } from "../run/sink_host.ts";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { codeFacts } from "../config/code_facts.ts";
import { codeKinds } from "../terraform/tool.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

/** Everybody may read it: secrets stand elsewhere. */
const MODE = 0o644;

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const { file, others } = placesOf(cli.config, world);
  for (const place of [file, ...others]) await refuseIfThere(place);
  const root = await rootOf(cli.root, world.cwd);
  const found = await environmentsOf({}, { root, base: world.cwd, timeoutMs: () => 0 });
  const nameless = found.passedOver.filter(({ why }) => why === "nameless");
  const passedOver = found.passedOver.filter(({ why }) => why !== "nameless");
  const environments = [...found.environments, ...nameless.map((one) => namelessEnvironment(one, root))];
  if (environments.length === 0) {
    const { problem, seen, cure } = noneThere({ root, passedOver, nearby: await seenNearby(root, world.cwd) });
    throw new UsageError([problem, ...seen, cure].join("; "));
  }
  await refuseEnvironmentsFolder(file, environments);
  using signals = installSignalHandlers();
  const programs = {
    terraform: await isThere("terraform", world),
    tofu: await isThere("tofu", world),
  };
  const bin = programs.terraform ? "terraform" : "tofu";
  const seen = await Promise.all(environments.map(async (environment): Promise<SeenEnvironment> => {
    const code = await lookAtCode(environment.dir);
    const terraform = { bin: code.isTofu ? "tofu" : bin, env: {} };
    const proposal = await proposalFor(environment, { terraform, inherited: world.env, stop: signals.interrupt });
    const { name, dir } = environment;
    const isNameless = nameless.some((one) => one.name === name) ? { isNameless: true as const } : {};
    return { name, path: relative(root, dir), ...isNameless, ...code, ...proposal ? { proposal } : {} };
  }));
  const sinks = await lookAtSinks(world, signals.interrupt);
  const config = firstConfig(root, seen, programs, sinks.flatMap(({ entry }) => entry ?? []));
  if (signals.interrupt.aborted) return signals.exitCode(1);
  await writeNewFile(file, configText(config), MODE);
  const warnings = layoutWarnings(passedOver, root).map(({ summary, detail }) => `${summary}. ${detail}`);
  const isFound = cli.config === undefined || file === join(world.cwd, CONFIG_NAME);
  const next = `Next: pve-drift doctor${isFound ? "" : ` --config ${file}`}`;
  await world.print(
    [...story(file, config, seen, programs, sinks.map(({ why }) => why), warnings), next, ""].join("\n"),
  );
  return signals.exitCode(0);
}

/** Where to write, and the places that a run would take a configuration from all the same. */
function placesOf(asked: string | undefined, { cwd, uid, env }: World): { file: string; others: string[] } {
  if (asked !== undefined) return { file: resolve(cwd, asked), others: [] };
  const own = userConfigDir(env);
  const folder = uid === 0 ? SYSTEM.config : own;
  if (folder === undefined) {
    throw new UsageError("Cannot tell where to write: name a file with --config FILE, or set HOME");
  }
  const others = [cwd, SYSTEM.config, ...own === undefined ? [] : [own]].map((folder) => join(folder, CONFIG_NAME));
  return { file: join(folder, CONFIG_NAME), others };
}

async function refuseIfThere(file: string): Promise<void> {
  if (!await Deno.lstat(file).then(() => true, () => false)) return;
  throw new UsageError(
    `Cannot write a first configuration: there is one, "${file}"; name another file with --config FILE`,
  );
}

/** The folder that is asked for, or the usual one where it is there, or the working directory. */
async function rootOf(asked: string | undefined, cwd: string): Promise<string> {
  if (asked !== undefined) return resolve(cwd, asked);
  const usual = join(cwd, DEFAULT_ROOT);
  return await Deno.stat(usual).then(({ isDirectory }) => isDirectory, () => false) ? usual : cwd;
}

/** Terraform's folders are the operator's: nothing is ever written there. */
async function refuseEnvironmentsFolder(file: string, environments: Environment[]): Promise<void> {
  const folder = await Deno.realPath(dirname(file)).catch(() => dirname(file));
  for (const { name, dir } of environments) {
    if (await Deno.realPath(dir).catch(() => dir) !== folder) continue;
    throw new UsageError(
      `Cannot write "${file}": that is the folder of environment "${name}"; leave --config out, or name a file elsewhere`,
    );
  }
}

async function isThere(name: string, { env }: World): Promise<boolean> {
  return await findProgram(name, env.PATH).then(() => true, () => false);
}

/** A folder that would be an environment but for its name. */
function namelessEnvironment({ name, path }: PassedOver, root: string): Environment {
  return { name, dir: join(root, path), varFiles: [], backendConfig: [], timeoutMs: 0 };
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

/** A default sink: its entry where it has a place here, and what to say of it. */
interface SeenSink {
  entry?: string;
  why: string;
}

/** The default sinks, as if they were asked for by name; nothing is made or written. */
async function lookAtSinks(world: World, stop: AbortSignal): Promise<SeenSink[]> {
  const stateDir = await defaultStateDir(world.env, SYSTEM.state, true);
  const entries = world.defaultSinks.map((use) =>
    sinkEntry({ use, allow: [], env: [], options: {} }, "configuration", world.cwd)
  );
  const opened = await openEntries(
    entries,
    sinkHost({ stateDir, secretFiles: [], envFiles: [], sinks: entries }, world, true),
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

function story(
  file: string,
  config: FirstConfig,
  seen: SeenEnvironment[],
  programs: { terraform: boolean; tofu: boolean },
  sinks: string[],
  warnings: string[],
): string[] {
  const entries = Object.keys(config.environments ?? {});
  const names = entries.length > 0 ? entries : seen.map(({ name }) => name);
  const notes = seen.flatMap(({ name, proposal, isTofu, backend }) => [
    `  "${name}": its state is in ${backend === undefined ? "a local file" : `backend "${backend}"`}`,
    ...proposal ? [`  "${name}": ${proposal.why}`] : [],
    ...isTofu ? [`  "${name}": its code or its lock file is OpenTofu's`] : [],
  ]);
  const program = config.terraform?.bin ?? "terraform";
  const isInstalled = program === "tofu" ? programs.tofu : programs.terraform;
  return [
    `Wrote "${file}"`,
    `Root: "${config.root}"`,
    `Environments: ${names.map((name) => `"${name}"`).join(", ")}`,
    ...notes,
    `Program: ${program}${isInstalled ? "" : ", which is not on the PATH: install it"}`,
    ...sinks,
    ...warnings.map((warning) => `Warning: ${warning}`),
  ];
}
