/**
 * What an installation consists of: every file, its place and its mode. `deno task install` and the Debian package lay
 * down the same.
 *
 * @module
 */

import { basename, join } from "node:path";
import { RUN_BUNDLE } from "./permissions.ts";
import { must, ROOT, TaskError } from "./task.ts";
import { type Places, renderCommand, renderUnit } from "./units.ts";

/** One file of an installation. */
export interface Item {
  /** Absolute path on the machine. */
  path: string;
  /** Permission bits. */
  mode: number;
  /** What it holds, or the file that is copied. */
  content: string | { from: string };
  /** A file of the operator's, laid down once and kept. */
  isConfig?: true;
}

/** Folder of the operator's configuration. */
export const ETC = "/etc/pve-drift";

const CONFIG = `{
  // Each folder below root that holds *.tf is an environment. What else can stand here:
  // SHARE/docs/DRIFT-DETECTION.md, "Configuration"
  "$schema": "SHARE/docs/pve-drift.schema.json",
  "root": "/srv/environments",
  "sinks": ["console", "logfile", "prom"]
}
`;

/** The folders that an installation below `prefix` has to itself. */
export function placesOf(prefix: string): Places {
  return { lib: join(prefix, "lib/pve-drift"), share: join(prefix, "share/pve-drift") };
}

/**
 * All files of an installation, sorted by path.
 *
 * @param prefix Absolute; units go where systemd looks for those of packages (/usr) or of the administrator (elsewhere).
 * @param bundled The bundle.
 * @param deno The Deno that will run it, not necessarily one that runs here.
 */
export async function layout(prefix: string, bundled: string, deno: string): Promise<Item[]> {
  // The path goes into unit files and shell scripts as it stands.
  if (!/^(\/[\w.+-]+)+$/.test(prefix)) {
    throw new TaskError(`Cannot install below "${prefix}": it must be an absolute path of letters, digits and "._+-"`);
  }
  const places = placesOf(prefix), { lib, share } = places;
  const system = prefix === "/usr" ? "/usr/lib" : "/etc";
  const file = (path: string, content: Item["content"], mode = 0o644): Item => ({ path, mode, content });
  const items = [
    file(join(lib, "deno"), { from: deno }, 0o755),
    // Less its first line, which starts a Deno on the PATH: there is none, or another.
    file(join(lib, "pve-drift.js"), (await Deno.readTextFile(bundled)).replace(/^#!.*\n/, "")),
    file(join(lib, "run"), `#!/bin/sh\nexec ${lib}/deno ${RUN_BUNDLE.join(" ")} ${lib}/pve-drift.js "$@"\n`, 0o755),
    { ...file(join(ETC, "pve-drift.json"), CONFIG.replaceAll("SHARE", share)), isConfig: true as const },
  ];
  for (const name of await names(join(ROOT, "systemd"))) {
    if (!/\.(service|timer)$/.test(name)) continue;
    const unit = renderUnit(name, await Deno.readTextFile(join(ROOT, "systemd", name)), places);
    items.push(file(join(system, "systemd/system", name), unit));
    if (name === "pve-drift-check.service") {
      items.push(file(join(prefix, "bin/pve-drift"), renderCommand(unit, places), 0o755));
    }
  }
  for (const kind of ["sysusers.d", "tmpfiles.d"]) {
    items.push(file(join(system, kind, "pve-drift.conf"), { from: join(ROOT, "systemd", kind, "pve-drift.conf") }));
  }
  const preset = "system-preset/80-pve-drift.preset";
  items.push(file(join(system, "systemd", preset), { from: join(ROOT, "systemd", preset) }));
  items.push(file(join(share, "CHANGELOG.md"), { from: join(ROOT, "CHANGELOG.md") }));
  for (const folder of ["docs", "dashboards"]) {
    for (const path of await filesBelow(folder)) {
      const isProgram = ((await Deno.stat(join(ROOT, path))).mode! & 0o111) !== 0;
      const to = path.endsWith(".1") ? join(prefix, "share/man/man1", basename(path)) : join(share, path);
      items.push(file(to, { from: join(ROOT, path) }, isProgram ? 0o755 : 0o644));
    }
  }
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    const script = await must(Deno.execPath(), [...RUN_BUNDLE, bundled, "completion", shell]);
    items.push(file(join(prefix, "share", path), script));
  }
  return items.sort((one, other) => one.path < other.path ? -1 : 1);
}

const COMPLETIONS = {
  bash: "bash-completion/completions/pve-drift",
  fish: "fish/vendor_completions.d/pve-drift.fish",
  zsh: "zsh/vendor-completions/_pve-drift",
};

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

/** Files below a folder of the checkout, less the dashboards' generators and tests; docs/examples are there to be copied. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await names(join(ROOT, folder))) {
    const path = join(folder, name);
    const { isDirectory, isFile } = await Deno.lstat(join(ROOT, path));
    if (name.startsWith(".") || /^dashboards\/(.*\.ts|.*\.test\.yml|.*\/tests)$/.test(path)) continue;
    if (isDirectory) found.push(...await filesBelow(path));
    else if (isFile) found.push(path);
  }
  return found;
}
