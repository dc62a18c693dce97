/**
 * A state directory that is thrown away, with copies of what an earlier check left: a check in it knows since when a finding
 * is known and need not initialize anew, and nothing of the real one changes.
 *
 * @module
 */

import { dirname, join, relative } from "node:path";
import type { Config, Environment } from "../config/config.ts";
import { dataDirOf } from "../terraform/backend.ts";

/** The path of a state directory, until it is disposed of. */
export interface BorrowedState extends AsyncDisposable {
  /** Absolute. */
  stateDir: string;
}

/** The depth at which Terraform keeps a provider: `providers/HOST/NAMESPACE/NAME/VERSION/PLATFORM`. */
const PACKAGE_DEPTH = 6;

/** Makes one for a check of these environments. What cannot be read is left out: to the check, it was never there. */
export async function borrowState(
  { stateDir, environments: all }: Pick<Config, "stateDir" | "environments">,
  environments: readonly Environment[],
): Promise<BorrowedState> {
  const copy = await Deno.makeTempDir({ prefix: "pve-drift-explain-" });
  const [from, to] = [stateDir, copy];
  // A witness counts the guests of all environments of its cluster.
  for (const { name } of all) await copyFile(join(from, "memory", `${name}.json`), join(to, "memory", `${name}.json`));
  await copyTree(join(from, "witness"), join(to, "witness"));
  for (const { name } of environments) {
    const [theirs, ours] = [dataDirOf(from, name), dataDirOf(to, name)];
    await copyTree(theirs, ours);
    await copyFile(join(dirname(theirs), "stamp"), join(dirname(ours), "stamp"));
  }
  return { stateDir: copy, [Symbol.asyncDispose]: () => Deno.remove(copy, { recursive: true }) };
}

/** Copies a folder; providers, which are large and never written to, become links as Terraform's own cache makes them. */
async function copyTree(from: string, to: string, root = from): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(from)).catch(() => []);
  for (const { name, isDirectory, isFile } of names) {
    const [source, target] = [join(from, name), join(to, name)];
    const steps = relative(root, source).split("/");
    if (steps[0] === "providers" && steps.length === PACKAGE_DEPTH) await link(source, target);
    else if (isDirectory) await copyTree(source, target, root);
    else if (isFile) await copyFile(source, target);
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await Deno.copyFile(from, to).catch(() => {});
}

async function link(target: string, path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await Deno.symlink(await Deno.realPath(target), path).catch(() => {});
}
