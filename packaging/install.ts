/**
 * `deno task install` installs the program, its units and its folders on a Debian-based host, from a checkout. It
 * enables nothing.
 *
 * @module
 */

import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { ETC, layout, placesOf } from "./layout.ts";
import { place, takeAway } from "./place.ts";
import { must, options, ROOT, say, task, TaskError } from "./task.ts";

/** Options of an installation or its removal. */
export interface Installation {
  /** Where the program goes, absolute. */
  prefix: string;
  /** Folder that stands for `/`, so that this machine is not changed; empty for the machine itself. */
  destdir: string;
  /** Only report what would be done. */
  dryRun: boolean;
  /** Reports each action, one line each. */
  tell: (text: string) => void;
}

/** Paths in the list of files that an installation keeps. */
async function installed({ prefix, destdir }: Installation): Promise<string[]> {
  const path = join(destdir, listOf(prefix));
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return text.split("\n").filter((line) => line.startsWith("/"));
}

function listOf(prefix: string): string {
  return join(placesOf(prefix).lib, "installed-files");
}

/**
 * Installs every file that is missing or differs, and removes those that only an older version had. The operator's
 * configuration is installed once, and then kept.
 *
 * @returns Whether anything was changed, or would be.
 */
export async function install(to: Installation, bundled: string, deno: string): Promise<boolean> {
  const items = await layout(to.prefix, bundled, deno);
  const before = await installed(to);
  const ours = items.filter(({ isConfig }) => !isConfig).map(({ path }) => path);
  let changed = false;
  const told = (fate: string, path: string) => {
    changed ||= fate !== "kept";
    to.tell(`${fate.padEnd(8)} ${join(to.destdir, path)}`);
  };
  // Write the list first, so that an interrupted installation can be removed.
  if (!to.dryRun) {
    const all = [...new Set([...before, ...ours])].sort();
    if (all.join() !== before.join()) await writeList(to, all);
  }
  for (const item of items) {
    const fate = await place(item, to.destdir, !to.dryRun);
    if (fate !== "same") told(fate, item.path);
  }
  for (const path of before.filter((path) => !ours.includes(path))) {
    if (await takeAway(path, to.destdir, !to.dryRun)) told("removed", path);
  }
  if (!to.dryRun && changed) await writeList(to, ours);
  return changed;
}

async function writeList(to: Installation, paths: string[]): Promise<void> {
  const path = listOf(to.prefix);
  const header = "# What deno task install laid down here; deno task install --uninstall takes it away.\n";
  await place({ path, mode: 0o644, content: `${header}${paths.join("\n")}\n` }, to.destdir, true);
}

/**
 * Removes what {@linkcode install} installed. Configuration, state and logs stay.
 *
 * @throws {TaskError} if nothing is installed
 */
export async function uninstall(from: Installation): Promise<void> {
  const paths = await installed(from);
  if (paths.length === 0) {
    throw new TaskError(
      `Cannot uninstall: there is no "${join(from.destdir, listOf(from.prefix))}". ` +
        'Name the "--prefix" that it was installed with; a Debian package is removed with apt',
    );
  }
  for (const path of [...paths, listOf(from.prefix)]) {
    if (await takeAway(path, from.destdir, !from.dryRun)) from.tell(`removed  ${join(from.destdir, path)}`);
  }
}

async function main(args: string[]): Promise<void> {
  const given = options(args, {
    "prefix": "value",
    "destdir": "value",
    "deno": "value",
    "uninstall": "flag",
    "purge": "flag",
    "dry-run": "flag",
  });
  const { prefix = "/usr/local", destdir = "", deno = Deno.execPath() } = given;
  const dryRun = given["dry-run"] !== undefined;
  const to: Installation = { prefix: prefix.replace(/(?<=.)\/+$/, ""), destdir, dryRun, tell: say };
  const isThisMachine = destdir === "" && !dryRun;
  if (isThisMachine && Deno.uid() !== 0) {
    throw new TaskError('Cannot install for the whole machine: run it as root, or look first with "--dry-run"');
  }
  if (given.purge !== undefined && given.uninstall === undefined) {
    throw new TaskError('Option "--purge" goes with "--uninstall": it removes configuration, state and logs too');
  }
  // Besides copying files, a package runs these scripts; so do we.
  const script = (name: string, ...words: string[]) => must(join(ROOT, "packaging/debian", name), words, { cwd: "/" });
  if (given.uninstall !== undefined) {
    if (isThisMachine) await script("prerm", "remove");
    await uninstall(to);
    if (isThisMachine) await script("postrm", given.purge === undefined ? "remove" : "purge");
    const kept = `Kept: ${ETC}, /var/lib/pve-drift, /var/log/pve-drift and the user. With "--purge" they go too`;
    if (given.purge === undefined) say(kept);
    return;
  }
  const folder = await Deno.makeTempDir({ prefix: "pve-drift-install-" });
  try {
    const bundled = join(folder, "pve-drift.js");
    await bundle(bundled);
    const wasThere = (await installed(to)).length > 0;
    const changed = await install(to, bundled, deno);
    if (isThisMachine) await script("postinst", "configure", wasThere ? "before" : "");
    if (!changed) say("Nothing to do: all is in place");
    else if (dryRun) say("This is what would be done; nothing was written");
    else if (isThisMachine && !wasThere) say(NEXT.replaceAll("PREFIX", to.prefix));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const NEXT = `Nothing runs yet. PREFIX/bin/pve-drift setup leads from here to the first check`;

if (import.meta.main) await task(main);
