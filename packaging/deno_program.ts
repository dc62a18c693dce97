/**
 * The Deno in a package: npm's `@deno/linux-*-glibc`, identified by its checksum, wherever it comes from.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileAtomic } from "../lib/atomic_file.ts";
import { DIST, must, need, sha256, step, TaskError } from "./task.ts";

/** One build of Deno. */
export interface DenoProgram {
  /** Architecture, as `uname -m` prints it. */
  arch: string;
  /** Debian's name of the architecture. */
  debian: string;
  /** npm package that holds it. */
  npm: string;
  /** SHA-256 of the program itself. */
  sha256: string;
}

/** The version in the packages, with which everything here is tested. */
export const DENO_VERSION = "2.9.6";

/** The builds of that version. A new version has new checksums: `npm pack`, unpack, `sha256sum`. */
export const DENO_PROGRAMS: readonly DenoProgram[] = [
  {
    arch: "x86_64",
    debian: "amd64",
    npm: "@deno/linux-x64-glibc",
    sha256: "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
  },
  {
    arch: "aarch64",
    debian: "arm64",
    npm: "@deno/linux-arm64-glibc",
    sha256: "d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416",
  },
];

/**
 * Finds the program and checks it: the Deno that runs here, if it is that one, else the one in `dist/` or from npm.
 *
 * @throws {TaskError} if none of them has it
 */
export async function denoProgram(wanted: DenoProgram): Promise<string> {
  const kept = join(DIST, "cache", `deno-${DENO_VERSION}-${wanted.arch}`);
  for (const path of [Deno.execPath(), kept]) {
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (bytes && await sha256(bytes) === wanted.sha256) return path;
  }
  await need({ npm: "npm" });
  await step(`Fetching ${wanted.npm}@${DENO_VERSION} from npm, once …`);
  const folder = await Deno.makeTempDir({ prefix: "pve-drift-deno-" });
  try {
    const [archive] = (await must("npm", ["pack", "--silent", `${wanted.npm}@${DENO_VERSION}`], { cwd: folder }))
      .trim().split("\n").slice(-1);
    await must("tar", ["-xzf", archive!, "package/deno"], { cwd: folder });
    const bytes = await Deno.readFile(join(folder, "package/deno"));
    const found = await sha256(bytes);
    if (found !== wanted.sha256) {
      throw new TaskError(`Cannot use Deno from npm: its SHA-256 must be ${wanted.sha256}, is ${found}`);
    }
    await Deno.mkdir(join(DIST, "cache"), { recursive: true });
    await writeFileAtomic(kept, bytes, { mode: 0o755 });
    return kept;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
