/**
 * The runtime stub `denort`, in which `deno compile` embeds a program. No package registry has it, so we look where
 * Deno looks, and say what to fetch if it is missing.
 *
 * @module
 */

import { join } from "node:path";
import { sha256, TaskError } from "./task.ts";

/** A kind of machine that a binary is built for. */
export interface Target {
  /** As `uname -m` prints it. */
  arch: string;
  /** Deno's target triple. */
  triple: string;
  /** `e_machine` of its ELF files. */
  machine: number;
}

/** The kinds of machines with binaries. */
export const TARGETS: readonly Target[] = [
  { arch: "x86_64", triple: "x86_64-unknown-linux-gnu", machine: 0x3e },
  { arch: "aarch64", triple: "aarch64-unknown-linux-gnu", machine: 0xb7 },
];

/** Where a stub was found: unpacked at DENORT_BIN, or as an archive in Deno's cache. */
export type Stub = { denort: string } | { zip: string };

/** The inputs of the search. */
export interface Search {
  /** DENORT_BIN, if set. */
  denort: string | undefined;
  /** Deno's own folder (`DENO_DIR`), absolute. */
  denoDir: string;
  /** The version of Deno that compiles. */
  version: string;
}

/**
 * Looks for a target's stub as Deno 2.9.6 does: DENORT_BIN, then the archive in its cache (denoland/deno,
 * `cli/standalone/binary.rs`, `get_base_binary`). Deno checks neither, so we compare the kind of machine, and the
 * archive with the `.sha256sum` file beside it.
 *
 * @throws {TaskError} if there is none or it is wrong; it says which file to put where
 */
export async function findStub(target: Target, search: Search): Promise<Stub> {
  if (search.denort && await machineOf(search.denort) === target.machine) return { denort: search.denort };
  const zip = cachePath(target, search);
  const bytes = await Deno.readFile(zip).catch(() => undefined);
  if (!bytes) throw new TaskError(whatToPlace(target, search));
  const sums = await Deno.readTextFile(`${zip}.sha256sum`).catch(() => undefined);
  const wanted = sums && /[0-9a-f]{64}/i.exec(sums)?.[0].toLowerCase();
  const found = await sha256(bytes);
  if (sums !== undefined && wanted !== found) {
    throw new TaskError(
      `Cannot use "${zip}": its SHA-256 must be ${wanted ?? "in the .sha256sum file"}, is ${found}. ` +
        "Remove it and fetch it again",
    );
  }
  return { zip };
}

/** The path of a target's stub in Deno's cache. */
export function cachePath({ triple }: Target, { denoDir, version }: Search): string {
  return join(denoDir, "dl/release", `v${version}`, `denort-${triple}.zip`);
}

function whatToPlace(target: Target, search: Search): string {
  const file = `denort-${target.triple}.zip`;
  const url = `https://github.com/denoland/deno/releases/download/v${search.version}/${file}`;
  const path = cachePath(target, search);
  const named = search.denort ? ` (DENORT_BIN names "${search.denort}", which is no ${target.arch} program)` : "";
  return `Cannot compile for ${target.arch}: the runtime stub of Deno ${search.version} for it is not here${named}.
Fetch it once, on any machine that reaches GitHub, check it, and place it here:

  curl -fLO ${url}
  curl -fLO ${url}.sha256sum
  sha256sum -c ${file}.sha256sum
  install -D -m 0644 -t '${path.slice(0, -file.length - 1)}' ${file} ${file}.sha256sum

Or unpack it and name the unpacked file: DENORT_BIN=/path/to/denort deno task compile --arch ${target.arch}
Without it there is the bundle, which needs no stub: deno task bundle`;
}

/** Reads `e_machine` of a little-endian 64-bit ELF file; `undefined` for any other file. */
async function machineOf(path: string): Promise<number | undefined> {
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(20);
    for (let at = 0; at < head.length;) {
      const read = await file.read(head.subarray(at));
      if (read === null) return undefined;
      at += read;
    }
    const isElf = [0x7f, 0x45, 0x4c, 0x46, 2, 1].every((byte, i) => head[i] === byte);
    return isElf ? head[18]! | head[19]! << 8 : undefined;
  } catch {
    return undefined;
  }
}
