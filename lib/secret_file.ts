/**
 * Reads files that hold secrets, as far as they are kept like one.
 *
 * @module
 */

import { refuseIfUntrusted } from "./ownership.ts";

/** Whose process reads the file. */
export interface Caller {
  /** User number. */
  uid: number;
  /** Group number. */
  gid: number;
}

const OTHERS = 0o007, GROUP = 0o070, GROUP_READ = 0o040;

/**
 * Reads a file that belongs to root or the caller, to which others have no access, and which a group at most reads where it
 * is the caller's own.
 *
 * @param largest bytes
 * @throws {Error} that says what is wrong with the file, and nothing of what stands there; the reason follows a colon
 * @throws {Deno.errors.NotFound} There is no such file.
 */
export async function readSecretFile(file: string, caller: Caller, largest: number): Promise<Uint8Array<ArrayBuffer>> {
  await refuseIfUntrusted(file, caller.uid);
  // A pipe would keep open() waiting for its writer.
  if (!(await Deno.stat(file)).isFile) throw new Error("it is no regular file");
  using opened = await Deno.open(file);
  const { mode, gid, size } = await opened.stat();
  const problem = problemOfMode(mode ?? 0, gid ?? -1, caller);
  if (problem) throw new Error(`${problem}; run "chmod 600 ${file}"`);
  if (size > largest) throw new Error(`it has ${size} bytes, and must have ${largest} at most`);
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) {
    const read = await opened.read(bytes.subarray(done));
    if (read === null) break;
    done += read;
  }
  return bytes;
}

function problemOfMode(mode: number, gid: number, caller: Caller): string | undefined {
  if (mode & OTHERS) return "it holds secrets, and others than its owner and group may read, write or run it";
  if ((mode & GROUP & ~GROUP_READ) !== 0) return "it holds secrets, and its group may write or run it";
  if (mode & GROUP_READ && gid !== caller.gid) {
    return `it holds secrets, and group ${gid} may read it, which is not the caller's own (${caller.gid})`;
  }
  return undefined;
}
