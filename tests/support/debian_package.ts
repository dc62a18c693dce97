/**
 * The Debian package of this machine, for tests that install it.
 *
 * @module
 */

import { join } from "node:path";
import { bundle } from "../../packaging/bundle.ts";
import { debianPackage, debianVersion } from "../../packaging/debian_package.ts";
import { DENO_PROGRAMS, denoProgram } from "../../packaging/deno_program.ts";

/** Builds it in a folder, and gives its path. */
export async function buildPackage(folder: string): Promise<string> {
  const own = DENO_PROGRAMS.find(({ arch }) => arch === Deno.build.arch)!;
  const bundled = join(folder, "pve-drift.js");
  await bundle(bundled);
  const parts = { bundled, deno: await denoProgram(own), architecture: own.debian, version: debianVersion() };
  return await debianPackage({ ...parts, date: 1_700_000_000, compression: "zstd" }, folder);
}
