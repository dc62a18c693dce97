/**
 * The files that give the variables of a root module their values, in Terraform's order.
 *
 * @module
 */

import { basename, join } from "node:path";
import type { CodeFolder } from "./code_answer.ts";
import { type CodeBase, Withheld } from "./code_base.ts";
import type { Inputs } from "./scope.ts";

/**
 * Reads the files of values: terraform.tfvars, then its JSON, then `*.auto.tfvars` by name, then those of `-var-file`.
 *
 * @throws {Withheld} where one cannot be read
 */
export async function inputsOf(base: CodeBase, { dir, varFiles, envVariables }: CodeFolder): Promise<Inputs> {
  const names = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name).catch(() => [] as string[]);
  const own = ["terraform.tfvars", "terraform.tfvars.json"].filter((name) => names.includes(name));
  const automatic = names.filter((name) => /\.auto\.tfvars(?:\.json)?$/.test(name)).sort();
  const paths = [...[...own, ...automatic].map((name) => join(dir, name)), ...varFiles];
  return { environment: envVariables, files: await Promise.all(paths.map((path) => valuesFile(base, path))) };
}

async function valuesFile(base: CodeBase, named: string): Promise<Inputs["files"][number]> {
  const path = await realParent(named);
  if (!path.endsWith(".json")) return { path, file: await base.file(path) };
  try {
    const json = JSON.parse(await Deno.readTextFile(path));
    return { path, json: typeof json === "object" && json !== null ? json : {} };
  } catch {
    throw new Withheld({ reason: "unreadable", file: path });
  }
}

/** A path whose folder is named without links; the file itself may be one, which is seen to later. */
async function realParent(path: string): Promise<string> {
  const folder = await Deno.realPath(join(path, "..")).catch(() => join(path, ".."));
  return join(folder, basename(path));
}
