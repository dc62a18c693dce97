/**
 * Runs a file of the benchmarks that measures itself, in a process of its own.
 *
 * @module
 */

import { join } from "node:path";
import { ROOT, run } from "../support/programs.ts";

/** The figures that the file prints as one line of JSON. @throws {Error} if it fails; it says why */
export async function measuring(file: string, args: string[], cwd: string = ROOT): Promise<Record<string, number>> {
  const program = ["run", "-q", "-A", "--no-prompt", join(ROOT, "tests/bench", file)];
  const { code, stdout, stderr } = await run(Deno.execPath(), [...program, ...args], { cwd });
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
