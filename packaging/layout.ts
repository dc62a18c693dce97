/**
 * The files of an installation, with paths and modes. `deno task install` and the Debian package install the same
 * files.
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
  /** The content, or the file to copy. */
  content: string | { from: string };
  /** The file is the operator's: it is installed once, and then kept. */
  isConfig?: true;
}

/** Folder of the configuration. */
export const ETC = "/etc/pve-drift";

const CONFIG = `{
  // Each folder below root that holds *.tf is an environment. All keys are described in
  // SHARE/docs/DRIFT-DETECTION.md, "Configuration"
  "$schema": "SHARE/docs/pve-drift.schema.json",
  "root": "/srv/environments",
  "sinks": ["console", "logfile", "prom"]
}
`;

/** The folders that belong to an installation below `prefix`. */
export function placesOf(prefix: string): Places {
  return { lib: join(prefix, "lib/pve-drift"), share: join(prefix, "share/pve-drift") };
}

/**
 * Lists all files of an installation, sorted by path.
 *
 * @param prefix Absolute. With /usr, units go where systemd looks for those of packages, otherwise for the
 * administrator's.
 * @param bundled Text of the bundle.
 * @param deno Path of the Deno that will run it; it need not run here.
 */
export async function layout(prefix: string, bundled: string, deno: string): Promise<Item[]> {
  // The path goes into unit files and shell scripts unquoted.
  if (!/^(\/[\w.+-]+)+$/.test(prefix)) {
    throw new TaskError(`Cannot install below "${prefix}": it must be an absolute path of letters, digits and "._+-"`);
  }
  const places = placesOf(prefix), { lib, share } = places;
  const system = prefix === "/usr" ? "/usr/lib" : "/etc";
  const file = (path: string, content: Item["content"], mode = 0o644): Item => ({ path, mode, content });
  const items = [
    file(join(lib, "deno"), { from: deno }, 0o755),
    // Without the bundle's first line, which would start a Deno on the PATH: there is none, or another one.
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
  for (const name of ["CHANGELOG.md", "README.md", "SECURITY.md"]) {
    items.push(file(join(share, name), { from: join(ROOT, name) }));
  }
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

/**
 * Files below a folder of the checkout, without the generators and tests of the dashboards; docs/examples are included,
 * for users to copy.
 */
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
