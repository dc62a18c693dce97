/**
 * The workspaces of an environment's backend.
 *
 * @module
 */

import { Terraform, type TerraformOptions } from "./command.ts";

/**
 * Asks the program, which only reads: in the data directory that its environment names, or else in the folder's own.
 *
 * @returns Names, sorted, `default` left out; none where it cannot tell, as before an init.
 */
export async function listWorkspaces(options: TerraformOptions): Promise<string[]> {
  try {
    const { exit, stdout } = await new Terraform(options).run(["workspace", "list", "-no-color"], "workspaces");
    return exit.code === 0 ? parseWorkspaces(await stdout()) : [];
  } catch {
    return [];
  }
}

/** Reads what `terraform workspace list` prints: one name a line, a star before the selected one. */
export function parseWorkspaces(text: string): string[] {
  return [...text.matchAll(/^[* ] (\S+)$/gm)].map(([, name]) => name!).filter((name) => name !== "default").sort();
}
