/**
 * Shared by the tasks that build, install and release: where the project is, its version, how to run programs, and how
 * to end with one line instead of a stack trace.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import project from "../deno.json" with { type: "json" };
import { findProgram } from "../lib/find_program.ts";

/** The checkout's root, absolute. */
export const ROOT: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where tasks put what they build, absolute. */
export const DIST: string = join(ROOT, "dist");

/** The version in deno.json. */
export const VERSION: string = project.version;

/** A failure of a task, in words for the person who started it. */
export class TaskError extends Error {
  /** Tells it from a defect of the task itself. */
  override name = "TaskError";
}

/** Runs a task's `main` with the command line, and ends the process: 0, or 1 after a line on stderr. */
export async function task(main: (args: string[]) => Promise<void>): Promise<void> {
  try {
    await main(Deno.args);
  } catch (error) {
    // Who reads the output, as `head`, has read enough.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    const text = error instanceof TaskError ? error.message : `Cannot go on: ${(error as Error).message ?? error}`;
    await Deno.stderr.write(new TextEncoder().encode(`${text}\n`));
    Deno.exit(1);
  }
}

/** Writes a line to stdout. */
export function say(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}

/** Tells the person who waits what is being done, on stderr: stdout has what is made. */
export async function step(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${text}\n`));
}

/**
 * Looks for programs before the work begins.
 *
 * @param programs The Debian package of each, by the program's name.
 * @throws {TaskError} if any is not on the PATH; it names all of them
 */
export async function need(programs: Record<string, string>): Promise<void> {
  const path = Deno.env.get("PATH");
  const missing: string[] = [];
  for (const name of Object.keys(programs)) {
    await findProgram(name, path).catch(() => missing.push(name));
  }
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => programs[name]))].join(" ");
  throw new TaskError(
    `Cannot go on without ${
      missing.map((name) => `"${name}"`).join(", ")
    }: on Debian, run "apt-get install ${packages}"`,
  );
}

/** Where a program runs, and with what. */
export interface RunOptions {
  /** Working directory; the checkout's root unless given. */
  cwd?: string;
  /** Variables besides those of this process. */
  env?: Record<string, string>;
}

/**
 * Runs a program that must work, and gives what it wrote to stdout. It inherits every variable, those that this process
 * may not read too: a program that fetches needs the ones for proxies, registries and certificate authorities.
 *
 * @throws {TaskError} where it cannot be started or fails, with what it said
 */
export async function must(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { cwd = ROOT, env = {} } = options;
  let ended: Deno.CommandOutput;
  try {
    ended = await new Deno.Command(command, { args, cwd, env, stdin: "null" }).output();
  } catch (cause) {
    throw new TaskError(`Cannot run "${command}": ${(cause as Error).message}`, { cause });
  }
  const [stdout, stderr] = [ended.stdout, ended.stderr].map((bytes) => new TextDecoder().decode(bytes)) as [
    string,
    string,
  ];
  if (ended.success) return stdout;
  // Deno adds a stack of addresses to some of its errors.
  const said = `${stdout}${stderr}`.split("\nStack backtrace:")[0]!.trim();
  throw new TaskError(`"${command} ${args.join(" ")}" ended with exit code ${ended.code}:\n${said}`);
}

/** SHA-256 of bytes, in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * The command line's options, each `--NAME VALUE` or `--NAME=VALUE`; a flag alone where `known` says `"flag"`.
 *
 * @throws {TaskError} for what is not known, lacks its value, or is no option
 */
export function options<Name extends string>(
  args: string[],
  known: Record<Name, "flag" | "value">,
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (let i = 0; i < args.length; i++) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[i]!) ?? [];
    if (name === undefined || !Object.hasOwn(known, name)) {
      const all = Object.entries(known).map(([name, kind]) => `--${name}${kind === "value" ? " VALUE" : ""}`);
      throw new TaskError(`Unknown argument "${args[i]}": known are ${all.join(", ")}`);
    }
    const takesValue = known[name as Name] === "value";
    if (!takesValue && inline !== undefined) throw new TaskError(`Option "--${name}" takes no value, got "${inline}"`);
    const value = takesValue ? inline ?? args[++i] : "";
    if (value === undefined || (takesValue && value === "")) throw new TaskError(`Option "--${name}" needs a value`);
    found[name as Name] = value;
  }
  return found;
}
