/**
 * Which file a program's name means.
 *
 * @module
 */

import { stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { messageOf } from "./message_of.ts";

/** A program is not there, or cannot be executed; the message names it and where it was looked for. */
export class ProgramMissing extends Error {
  /** Tells it from other errors. */
  override readonly name = "ProgramMissing";
}

/**
 * The absolute path of the first executable file called `bin` in `path`, or of `bin` itself where it is absolute.
 * Empty and relative entries of `path` are passed over: what is run must not depend on the folder we stand in.
 *
 * @throws {ProgramMissing}
 */
export async function findProgram(bin: string, path: string | undefined): Promise<string> {
  if (isAbsolute(bin)) {
    const problem = await whyNotExecutable(bin);
    if (problem) throw new ProgramMissing(`Cannot run "${bin}": ${problem}`);
    return bin;
  }
  if (bin.includes("/")) throw new ProgramMissing(`Cannot run "${bin}": give a name or an absolute path`);
  for (const folder of (path ?? "").split(delimiter).filter(isAbsolute)) {
    const candidate = join(folder, bin);
    if (!await whyNotExecutable(candidate)) return candidate;
  }
  const searched = path ? `no executable of this name in PATH "${path}"` : "PATH is not set";
  throw new ProgramMissing(`Cannot find "${bin}": ${searched}: install it, or give its absolute path`);
}

async function whyNotExecutable(file: string): Promise<string | undefined> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return "it is not a file";
    // Anybody's: Deno's access() forgets the rights of groups. Whether they are ours too, starting it tells.
    return info.mode & 0o111 ? undefined : "it is not executable";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "it is not executable" : messageOf(error);
  }
}
