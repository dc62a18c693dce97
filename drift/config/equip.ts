/**
 * What the programs of an environment get besides what all get: a program and variables of its own.
 *
 * @module
 */

import { findProgram } from "../../lib/find_program.ts";
import type { Caller } from "../../lib/secret_file.ts";
import type { Config, Environment } from "./config.ts";
import { readEnvFile } from "./env_file.ts";
import { trustIfThere } from "./trust.ts";

/**
 * The environments with the variables of their files, and with their own programs as the PATH means them. For those that
 * are asked for, since another machine may hold the files of the others.
 *
 * @throws {UsageError} Where a file of variables or a program cannot be trusted, or a file cannot be read.
 */
export async function equip(
  environments: Environment[],
  terraform: Pick<Config["terraform"], "bin" | "env">,
  process: Caller & { env: Record<string, string> },
): Promise<Environment[]> {
  return await Promise.all(environments.map(async (environment) => {
    const { bin, envFile } = environment;
    const env = { ...environment.env, ...envFile === undefined ? {} : await readEnvFile(envFile, process) };
    const equipped = Object.keys(env).length === 0 ? environment : { ...environment, env };
    // A program of all that the PATH did not have may be on the environment's own.
    const wanted = bin ?? (terraform.bin.startsWith("/") ? undefined : terraform.bin);
    if (wanted === undefined) return equipped;
    const program = await findProgram(wanted, env.PATH ?? terraform.env.PATH ?? process.env.PATH).catch(() => wanted);
    if (program.startsWith("/")) await trustIfThere(program, process.uid);
    return { ...equipped, bin: program };
  }));
}
