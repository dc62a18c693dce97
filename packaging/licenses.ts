/**
 * The npm packages in a bundle, and the licenses under which it may be distributed.
 *
 * @module
 */

import { join } from "node:path";
import { ROOT, TaskError } from "./task.ts";

/** One npm package. */
export interface Package {
  /** Name, with its scope. */
  name: string;
  /** Exact version. */
  version: string;
  /** Its folder, absolute. */
  folder: string;
}

/** Lists the packages in a bundle, sorted. esbuild writes each module's path in a comment before its code. */
export function packagesIn(code: string): Package[] {
  const found = new Map<string, Package>();
  const pattern = /\bnode_modules\/\.deno\/([^/\s]+)\/node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//g;
  for (const [path, stored, name] of code.matchAll(pattern)) {
    const version = stored!.slice(name!.length + 1).split("_")[0]!;
    found.set(`${name}@${version}`, { name: name!, version, folder: join(ROOT, path) });
  }
  return [...found].sort(([one], [other]) => one < other ? -1 : 1).map(([, one]) => one);
}

/**
 * Joins the licenses of packages to one text.
 *
 * @throws {TaskError} if a package has no license
 */
export async function licenses(packages: readonly Package[]): Promise<string> {
  const parts = await Promise.all(packages.map(async ({ name, version, folder }) => {
    const { license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json"))) as { license?: string };
    const file = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort()
      .find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
    if (!file && !license) throw new TaskError(`Cannot pass on "${name}" ${version}: it names no license`);
    const text = file
      ? await Deno.readTextFile(join(folder, file))
      : `${license} license; the package has no file of it. ${HOLDERS[name] ?? ""}`;
    return `== ${name} ${version} ==\n\n${text.replaceAll("\r\n", "\n").trim()}`;
  }));
  return parts.join("\n\n");
}

/** Copyright lines of packages without a license file, from their source files. */
const HOLDERS: Record<string, string> = { "deno-std": "Copyright the Deno authors." };
