/**
 * Runs Terraform or OpenTofu: supervised, with a known environment, its output in files.
 *
 * The command goes through dax, whose command handler for `terraform` and `tofu` is our own: dax itself reports exit
 * code 0 for a child that somebody else killed, signals the child alone and once, and never kills (0.49).
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CommandContext } from "dax";
import { ProgramMissing } from "../../lib/find_program.ts";
import { messageOf } from "../../lib/message_of.ts";
import { type Child, type Exit, type Grace, superviseGroup } from "../../lib/process.ts";
import { insteadOfVariable } from "../../lib/reserved_variables.ts";
import { findTool } from "./tool.ts";

/** Options of {@linkcode Terraform}. */
export interface TerraformOptions {
  /** Name, looked up in the PATH of `env`, or absolute path. */
  bin: string;
  /** The environment's folder. */
  cwd: string;
  /** The whole environment of the child: see {@linkcode childEnvironment}. */
  env: Record<string, string>;
  /** Where the output goes; exists, and belongs to us alone. */
  runDir: string;
  /** Aborted: the stop protocol of {@linkcode superviseGroup}; no further command starts. */
  stop: AbortSignal;
  /** Aborted: SIGKILL at once. */
  kill?: AbortSignal;
  /** Patience of the stop protocol. */
  grace?: Grace;
}

/** One command that has ended. */
export interface TerraformRun {
  /** How it ended. */
  exit: Exit;
  /** `runDir/NAME.stdout` */
  stdoutFile: string;
  /** `runDir/NAME.stderr` */
  stderrFile: string;
  /** Reads the file. */
  stdout(): Promise<string>;
  /** Reads the file. */
  stderr(): Promise<string>;
}

/** Terraform or OpenTofu in one folder. */
export class Terraform {
  readonly #options: TerraformOptions;

  /** Starts nothing, checks nothing. */
  constructor(options: TerraformOptions) {
    this.#options = options;
  }

  /**
   * Runs one command to its end, whatever the end is: an exit code is no error here.
   *
   * stdin is empty, and stdout and stderr are files from the start, mode 0600, never pipes: if our process dies,
   * Terraform finishes and unlocks, where a pipe without a reader would kill it with its lock held and its providers
   * running. It has a umask of 077, since its plan files and data folder hold secrets in clear.
   *
   * A disk that fills up is no error for Terraform (it ends with 0 or 2 and says nothing): whether the output is whole
   * must be read from the output.
   *
   * @param args as for the program, `["plan", "-json"]`
   * @param name of the two files, without suffix; files of the same name are replaced
   * @throws {ProgramMissing}
   * @throws {Error} when the folder is missing or a file cannot be created; names it, with the cause
   */
  async run(args: string[], name: string): Promise<TerraformRun> {
    const { bin, cwd, env, runDir, stop, kill, grace } = this.#options;
    const stdoutFile = join(runDir, `${name}.stdout`);
    const stderrFile = join(runDir, `${name}.stderr`);
    const path = await findTool(bin, env.PATH);
    let exit: Exit = { code: 143, signal: "SIGTERM", stopped: true };

    // Typing the bare name is what makes dax call the handler; the handler knows the real path.
    const handler = async (context: CommandContext) => {
      const child = await spawnToFiles(path, context, stdoutFile, stderrFile);
      exit = await superviseGroup(child, stop, { ...(grace && { grace }), ...(kill && { kill }) });
      return { code: exit.code };
    };
    if (stop.aborted || kill?.aborted) {
      [stdoutFile, stderrFile].forEach((file) => closeSync(createOutput(file)));
    } else {
      const { build$, CommandBuilder } = await import("dax");
      const commandBuilder = new CommandBuilder()
        .registerCommands({ terraform: handler, tofu: handler }).clearEnv().env(env).cwd(cwd).noThrow();
      const $ = build$({ commandBuilder });
      await (basename(path).startsWith("tofu") ? $`tofu ${args}` : $`terraform ${args}`);
    }

    const run = {
      exit,
      stdoutFile,
      stderrFile,
      stdout: () => Deno.readTextFile(stdoutFile),
      stderr: () => Deno.readTextFile(stderrFile),
    };
    if (!exit.stopped && (exit.code === 126 || exit.code === 127)) {
      // A wrapper script that does not find its terraform; terraform itself has no such codes.
      const lines = (await run.stderr()).trim().split("\n");
      throw new ProgramMissing(`Cannot run "${path}": it ended with code ${exit.code}: ${lines.at(-1)}`);
    }
    return run;
  }
}

/** Ours, and nobody else's. */
const OWN_SECRETS = ["TELEGRAM_BOT_TOKEN", "PVE_DRIFT_PROXMOX_TOKEN", "PVE_DRIFT_HEARTBEAT_URL"];

/**
 * The environment of a Terraform child: `inherited` without what would change a plan behind our back (a
 * `TF_CLI_ARGS_plan=-refresh=false` hides all drift) and without our own secrets, then `extra` as it stands, then what
 * makes Terraform ask nothing and call nobody.
 *
 * @param extra what the configuration sets on purpose
 * @returns `dropped`: sorted names of what was left out and had a value, worth a warning
 */
export function childEnvironment(
  inherited: Record<string, string>,
  extra: Record<string, string>,
): { env: Record<string, string>; dropped: string[] } {
  const env: Record<string, string> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(inherited)) {
    if (OWN_SECRETS.includes(name)) continue;
    if (insteadOfVariable(name) === undefined) env[name] = value;
    else if (value !== "") dropped.push(name);
  }
  const fixed = { TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" };
  return { env: { ...env, ...extra, ...fixed }, dropped: dropped.sort() };
}

/**
 * `node:child_process` and not `Deno.Command`, which cannot take a file as stdout; and no shell that redirects, since
 * dash loses variables whose name is no shell name (`TF_VAR_my-var`). The umask is our whole process's for the moment
 * of the spawn, which blocks: other files created just then come out more private, never less.
 */
async function spawnToFiles(
  bin: string,
  { args, cwd, env }: CommandContext,
  stdoutFile: string,
  stderrFile: string,
): Promise<Child> {
  const folder = await stat(cwd).catch(() => undefined);
  if (!folder?.isDirectory()) throw new Error(`Cannot run "${bin}" in "${cwd}": there is no such folder`);
  const outputs: number[] = [];
  const umask = Deno.umask(0o077);
  let child: ChildProcess;
  try {
    for (const file of [stdoutFile, stderrFile]) outputs.push(createOutput(file));
    child = spawn(bin, args, { cwd, env, detached: true, stdio: ["ignore", ...outputs] });
  } finally {
    Deno.umask(umask);
    outputs.forEach((output) => closeSync(output));
  }
  const ended = Promise.withResolvers<{ code: number; signal: Deno.Signal | null }>();
  child.once("exit", (code, signal) => ended.resolve({ code: code ?? 255, signal: signal as Deno.Signal | null }));
  try {
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  } catch (cause) {
    throw new ProgramMissing(`Cannot run "${bin}": ${messageOf(cause)}`, { cause });
  }
  return { pid: child.pid!, status: ended.promise, unref: () => child.unref() };
}

/** A file of its own, even where a straggler still writes to the last one of this name, or a link stands there. */
function createOutput(file: string): number {
  try {
    rmSync(file, { force: true });
    return openSync(file, "wx", 0o600);
  } catch (cause) {
    throw new Error(`Cannot write "${file}": ${messageOf(cause)}`, { cause });
  }
}
