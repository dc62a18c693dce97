/**
 * Looks at a folder of code for what tells several environments in it apart.
 *
 * @module
 */

import { join } from "node:path";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { isCode, isOfTools } from "./folder_scan.ts";
import type { FolderSigns } from "./proposals.ts";

/** How deep files of variables lie below the code: `environments/prod/terraform.tfvars`. */
const DEPTH = 2;

const VARIABLES = /^(?!\.).*\.tfvars(?:\.json)?$/;
const READ_BY_ITSELF = /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/;
const BACKEND = /\.tfbackend$|backend.*\.(?:hcl|conf|config|tfvars)$/i;

/** What it sees in one folder; of workspaces only those whose states lie in it. */
export async function readSigns(dir: string): Promise<FolderSigns> {
  const signs: FolderSigns = { varFiles: [], backendFiles: [], workspaces: [] };
  await look(dir, "", DEPTH, signs);
  if (signs.workspaces.length > 0 && await hasResources(join(dir, "terraform.tfstate"))) {
    signs.workspaces.push("default");
  }
  signs.varFiles.sort();
  signs.backendFiles.sort();
  signs.workspaces.sort();
  return signs;
}

async function look(dir: string, path: string, depth: number, signs: FolderSigns): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(join(dir, path))).catch(() => []);
  // Another folder of code has files of its own.
  if (path !== "" && entries.some(({ name }) => isCode(name))) return;
  for (const { name, isDirectory } of entries) {
    const file = join(path, name);
    if (isDirectory && name === "terraform.tfstate.d" && path === "") {
      signs.workspaces.push(
        ...await Array.fromAsync(Deno.readDir(join(dir, name)), ({ name }) => name).catch(() => []),
      );
    } else if (isDirectory) {
      if (depth > 0 && !name.startsWith(".") && !isOfTools(name)) await look(dir, file, depth - 1, signs);
    } else if (BACKEND.test(name) || (/^backends?$/i.test(path.split("/").at(-1)!) && name.endsWith(".hcl"))) {
      signs.backendFiles.push(file);
    } else if (VARIABLES.test(name) && !(path === "" && READ_BY_ITSELF.test(name))) {
      signs.varFiles.push(file);
    }
  }
}

/** Whether a local state knows anything. */
async function hasResources(state: string): Promise<boolean> {
  const text = await readRegularFile(state);
  return /"resources"\s*:\s*\[\s*\{/.test(text);
}
