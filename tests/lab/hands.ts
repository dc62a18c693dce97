/**
 * The programs of a node, `qm`, `pct` and `pvesh`, as stand-ins that do to the played Proxmox what the real ones do.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "../support/programs.ts";
import type { PlayedPve } from "./pve.ts";

const PROGRAMS = ["qm", "pct", "pvesh"] as const;

/** Writes the programs into a folder, for the PATH. */
export async function writeHands(folder: string, { control }: Pick<PlayedPve, "control">): Promise<void> {
  const script = fileURLToPath(new URL("./pve/hands.py", import.meta.url));
  await Deno.mkdir(folder, { recursive: true });
  for (const name of PROGRAMS) {
    const text = `#!/bin/sh\nexec '${findProgram("lab/pve")}' -B '${script}' '${control}' ${name} "$@"\n`;
    await Deno.writeTextFile(join(folder, name), text, { mode: 0o755 });
  }
}
