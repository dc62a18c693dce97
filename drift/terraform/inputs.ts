/**
 * What lies ready in an environment's folder and in the caller's environment before terraform is started: whether it can be
 * used, and what to warn of.
 *
 * @module
 */

import { join } from "node:path";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { insteadOfVariable } from "../../lib/reserved_variables.ts";
import type { StatePlace } from "./backend.ts";
import { fileProblem, SessionEnded } from "./obstacle.ts";

/**
 * The names in an environment's folder. Asked before terraform is started in it: the operating system would blame terraform.
 *
 * @throws {SessionEnded} Where it is no folder, or cannot be looked into.
 */
export async function namesIn(dir: string): Promise<string[]> {
  try {
    if (!(await Deno.stat(dir)).isDirectory) throw new Deno.errors.NotFound();
    // Tried, not asked: Deno's access() looks at the owner's bits and everybody's, and forgets the group's.
    await Deno.lstat(`${dir}/.`);
    return await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new SessionEnded({ kind: "folder-missing" });
    if (error instanceof Deno.errors.PermissionDenied) throw new SessionEnded({ kind: "folder-barred" });
    throw new SessionEnded({ kind: "folder-unreadable", ...fileProblem(error) });
  }
}

/**
 * Looks at a file of values.
 *
 * @throws {SessionEnded} Where Terraform would not find it, or not read it.
 */
export async function lookAtVarFile(file: string): Promise<void> {
  try {
    if ((await Deno.stat(file)).isFile) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new SessionEnded({ kind: "var-file-unreadable", file, ...fileProblem(error) });
    }
  }
  throw new SessionEnded({ kind: "var-file-missing", file });
}

/**
 * The workspace that somebody selected in an environment's folder, where it is not the one that is checked. `default` is
 * where Terraform begins, and where people return to: no choice that a configured workspace contradicts.
 */
export async function otherWorkspace({ dir, workspace = "default" }: StatePlace): Promise<string | undefined> {
  const selected = (await readRegularFile(join(dir, ".terraform", "environment"))).trim();
  return ["", "default", workspace].includes(selected) ? undefined : selected;
}

/** The warning about such a workspace, summary and detail. */
export function workspaceWarning(selected: string, { workspace = "default" }: StatePlace): [string, string] {
  return [
    `Workspace "${selected}" is selected in the folder, and the check looks at workspace "${workspace}"`,
    `If "${selected}" is meant, set "workspace": "${selected}" of the environment in pve-drift.json; ` +
    `else run \`terraform workspace select ${workspace}\` in the folder.`,
  ];
}

/** The warning about a variable of the caller's environment that terraform does not get, summary and detail. */
export function droppedWarning(name: string): [string, string] {
  return [
    `${name} of the environment was not passed on: ${insteadOfVariable(name)}`,
    "What is inherited by chance can hide drift, as -refresh=false does.",
  ];
}
