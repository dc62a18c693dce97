/**
 * Lays out a tree for {@linkcode SystemdNamespace.boot} as an installation would.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { ROOT } from "../../support/programs.ts";
import { place } from "./namespace.ts";

/** Writes a file into a tree, with the folders that lead there. */
export async function write(tree: string, path: string, text: string, mode = 0o644): Promise<void> {
  await Deno.mkdir(dirname(join(tree, path)), { recursive: true });
  await Deno.writeTextFile(join(tree, path), text, { mode });
}

/**
 * The shipped units and this Deno in their places; a timer waits for no spread, so that a missed run is seen at once.
 */
export async function placeUnits(tree: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(join(ROOT, "systemd"))) {
    if (isFile) await place(join(ROOT, "systemd", name), tree, `etc/systemd/system/${name}`);
  }
  for (const kind of ["sysusers.d", "tmpfiles.d"]) {
    await place(join(ROOT, "systemd", kind, "pve-drift.conf"), tree, `usr/lib/${kind}/pve-drift.conf`);
  }
  await place(Deno.execPath(), tree, "usr/lib/pve-drift/deno");
  const atOnce = "[Timer]\nRandomizedDelaySec=0\nAccuracySec=1ms\n";
  await write(tree, "etc/systemd/system/pve-drift-check.timer.d/lab.conf", atOnce);
}
