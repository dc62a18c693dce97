/**
 * The runtime stub `denort`, in which `deno compile` embeds a program. No package registry has it, so we look where
 * Deno looks, and say what to fetch if it is missing.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { must, sha256, TaskError } from "./task.ts";

/** Deno's own folder (`DENO_DIR`), absolute. */
export async function denoDir(): Promise<string> {
  const said = await must(Deno.execPath(), ["info", "--json", "--no-config"]);
  return (JSON.parse(said) as { denoDir: string }).denoDir;
}

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
 * @returns `undefined` if there is none; {@linkcode whatToPlace} says which file to put where
 * @throws {TaskError} if its checksum is wrong
 */
export async function findStub(target: Target, search: Search): Promise<Stub | undefined> {
  if (search.denort && await machineOf(search.denort) === target.machine) return { denort: search.denort };
  const zip = cachePath(target, search);
  const bytes = await Deno.readFile(zip).catch(() => undefined);
  if (!bytes) return undefined;
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

/** Says once, for all targets that have no stub, what to fetch, how to check it, and where to put it. */
export function whatToPlace(targets: readonly Target[], search: Search): string {
  const { version, denort } = search;
  const machines = targets.map(({ arch }) => arch);
  const files = targets.map((target) => basename(cachePath(target, search)));
  const curl = (name: string) => `  curl -fLO https://github.com/denoland/deno/releases/download/v${version}/${name}`;
  const lines = (line: (file: string) => string) => files.map(line).join("\n");
  const named = denort ? ` (DENORT_BIN names "${denort}", which is no ${machines.join(" or ")} program)` : "";
  return `Cannot compile for ${machines.join(" and ")}: the runtime stub of Deno ${version} is not here${named}.
Fetch it once, on any machine that reaches GitHub:

${lines((file) => `${curl(file)}\n${curl(`${file}.sha256sum`)}`)}
  sha256sum -c ${files.map((file) => `${file}.sha256sum`).join(" ")}

Deno's own server is a second source of the checksum. Each line must say OK:

${lines((file) => `  curl -fsSL https://dl.deno.land/release/v${version}/${file}.sha256sum | sha256sum -c`)}

Place it here, and run the task again:

  install -D -m 0644 -t '${dirname(cachePath(targets[0]!, search))}' ${files.map((file) => `${file}*`).join(" ")}

Or unpack it and name the unpacked file: DENORT_BIN=/path/to/denort deno task compile --arch ${machines[0]}
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
