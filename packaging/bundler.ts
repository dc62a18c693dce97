/**
 * The esbuild that `deno bundle` runs: Deno fetches it by itself into its own folder, here it is held to a checksum.
 *
 * @module
 */

import { join } from "node:path";
import { must, sha256, step, TaskError } from "./task.ts";

/**
 * SHA-256 of `bin/esbuild` in npm's `@esbuild/NAME`. A new Deno may want another version: `npm pack`, unpack,
 * `sha256sum`.
 */
const CHECKSUMS: Record<string, string> = {
  "linux-x64": "3331e0b23c99d93d9a39e436a4838de40ca1c95ac3bcbd9874ba169d8545b634",
  "linux-arm64": "d6d656d9326ce1c55c01f73604a3cffda35c63cce60016e9ed795ac91cd1e67d",
};

/** Where Deno 2.9.6 keeps it, below its own folder (denoland/deno, `cli/tools/bundle/esbuild.rs`). */
const FOLDER = "dl/esbuild-0.25.5-1";

/** Deno's own folder (`DENO_DIR`), absolute. */
export async function denoDir(): Promise<string> {
  const said = await must(Deno.execPath(), ["info", "--json", "--no-config"]);
  return (JSON.parse(said) as { denoDir: string }).denoDir;
}

/**
 * Makes sure that `deno bundle` needs no network: has Deno fetch esbuild where it is missing, and checks what is there.
 * On a machine without a checksum of ours, Deno's own check of the download has to do.
 *
 * @throws {TaskError} where it cannot be fetched, or is not the pinned one
 */
export async function ensureBundler(): Promise<void> {
  const platform = `${Deno.build.os}-${Deno.build.arch === "x86_64" ? "x64" : "arm64"}`;
  const wanted = CHECKSUMS[platform];
  if (wanted === undefined) return;
  const path = join(await denoDir(), FOLDER, `esbuild-${platform}`);
  const read = () => Deno.readFile(path).catch(() => undefined);
  const bytes = await read() ?? (await fetchBundler(), await read());
  const found = bytes && await sha256(bytes);
  if (found === wanted) return;
  throw new TaskError(
    `Cannot bundle: the SHA-256 of "${path}" must be ${wanted}, is ${found ?? "missing"}. ` +
      `Remove the file and try again; Deno must be 2.9.6, is ${Deno.version.deno}`,
  );
}

async function fetchBundler(): Promise<void> {
  await step("Fetching esbuild from npm, once …");
  const folder = await Deno.makeTempDir({ prefix: "pve-drift-bundler-" });
  try {
    const empty = join(folder, "empty.js");
    await Deno.writeTextFile(empty, "");
    await must(Deno.execPath(), ["bundle", "-q", "--no-config", "--output", join(folder, "out.js"), empty]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
