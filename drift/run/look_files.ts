/**
 * The files that an environment is made of, for a look that asks only whether they are as they were.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { findProgram } from "../../lib/find_program.ts";
import { codeFacts } from "../config/code_facts.ts";
import type { Environment } from "../config/config.ts";
import { isCode, isOfTools } from "../config/folder_scan.ts";

/** Size and time stand for the contents of a file that is larger, in bytes. */
const LARGEST_READ = 1024 * 1024;

/** More files than any environment has. */
const MOST_FILES = 50_000;

/** Terraform's own traces of a lock and of the state before an apply say nothing of the environment. */
const PASSING = /^\.terraform\.tfstate\.lock\.info$|\.tfstate\.backup$/;

/**
 * One text for all files of an environment's folder and of the local modules that it uses, its variable files, backend
 * settings and file of variables, and the program that plans it: another text where any of them is another.
 *
 * @param bin Absolute path of the program, or a name on `path`.
 * @returns Undefined where a folder cannot be read, or holds far too much.
 */
export async function filesOf(environment: Environment, bin: string, path = ""): Promise<string | undefined> {
  const files = new Map<string, string>();
  const folders = [environment.dir], seen = new Set<string>();
  try {
    for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
      const real = await Deno.realPath(folder);
      if (seen.has(real)) continue;
      seen.add(real);
      folders.push(...await readFolder(real, files));
      if (files.size > MOST_FILES) return undefined;
    }
  } catch {
    return undefined;
  }
  const { varFiles, backendConfig, envFile } = environment;
  const named = [...varFiles, ...backendConfig.filter((one) => one.startsWith("/")), ...envFile ? [envFile] : []];
  for (const file of named) files.set(file, await printOf(file));
  const program = await findProgram(bin, path).catch(() => bin);
  files.set(
    program,
    await Deno.stat(program).then(({ size, mtime, ino }) => `${size} ${+(mtime ?? 0)} ${ino}`, () => ""),
  );
  return JSON.stringify([...files].sort());
}

/** Adds the files of a folder; gives the folders that are to be read besides. */
async function readFolder(folder: string, files: Map<string, string>): Promise<string[]> {
  const further: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isDirectory && !isOfTools(name)) further.push(path);
    if (!info?.isFile || PASSING.test(name)) continue;
    files.set(path, await printOf(path));
    if (isCode(name)) further.push(...await modulesIn(path));
  }
  return further;
}

/** The folders that a file of code calls as modules, as far as they are there. */
async function modulesIn(path: string): Promise<string[]> {
  const { localSources } = codeFacts(await Deno.readTextFile(path), path.endsWith(".json"));
  const folders = localSources.map((source) => resolve(dirname(path), source));
  const there = await Promise.all(
    folders.map((folder) => Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false)),
  );
  return folders.filter((_, at) => there[at]);
}

/** What tells a file from what it was; nothing where it cannot be read. */
async function printOf(path: string): Promise<string> {
  try {
    const { size, mtime } = await Deno.stat(path);
    if (size > LARGEST_READ) return `${size} ${+(mtime ?? 0)}`;
    return createHash("sha256").update(await Deno.readFile(path)).digest("base64");
  } catch {
    return "";
  }
}
