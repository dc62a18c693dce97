/**
 * Terraform or OpenTofu: which of the two a program is, and what differs between them.
 *
 * @module
 */

import { basename } from "node:path";
import { findProgram, ProgramMissing } from "../../lib/find_program.ts";

/** What a program says it is. */
export interface Tool {
  /** As its message stream names it. */
  name: "terraform" | "tofu";
  /** As `1.12.6`. */
  version: string;
}

/** Reads what `terraform version` prints; undefined where it is neither of the two. */
export function parseTool(text: string): Tool | undefined {
  const [, name, version] = /^(Terraform|OpenTofu) v(\d+\.\d+\.\d+\S*)/m.exec(text) ?? [];
  return version === undefined ? undefined : { name: name === "OpenTofu" ? "tofu" : "terraform", version };
}

/**
 * Whether a command takes `-var-file`. A plan always does. OpenTofu evaluates variables in backends, sources of modules and
 * encryption, so that each of its commands that looks at the code does; in Terraform `init` does from 1.15 on.
 */
export function takesVarFiles(command: "init" | "workspace" | "show", tool: Tool | undefined): boolean {
  if (tool?.name !== "terraform") return tool?.name === "tofu";
  const [major, minor] = tool.version.split(".").map(Number);
  return command === "init" && (major! > 1 || minor! >= 15);
}

/**
 * Our own advice with its commands, as `terraform plan`, named as whoever follows it has to type them.
 *
 * @param bin The program that the check runs, by name or path; one of another name is taken for Terraform.
 */
export function adviceFor(bin: string, advice: string): string {
  return basename(bin) === "tofu" ? advice.replace(/(["`]|&& )terraform (?=[a-z])/g, "$1tofu ") : advice;
}

/** Which of the names are files of code, sorted. */
export function codeKinds(names: string[]): { terraformFiles: string[]; tofuFiles: string[] } {
  return {
    terraformFiles: names.filter((name) => /^[^.].*\.tf(?:\.json)?$/.test(name)).sort(),
    tofuFiles: names.filter((name) => /^[^.].*\.tofu(?:\.json)?$/.test(name)).sort(),
  };
}

/**
 * The absolute path of the program. A bare name that PATH lacks may be either of the two to whoever installs one, so the
 * message names both, and the other one's place where only that is there.
 *
 * @throws {ProgramMissing}
 */
export async function findTool(bin: string, path: string | undefined): Promise<string> {
  const other = bin === "terraform" ? "tofu" : bin === "tofu" ? "terraform" : undefined;
  if (other === undefined) return await findProgram(bin, path);
  try {
    return await findProgram(bin, path);
  } catch (error) {
    const there = await findProgram(other, path).catch(() => undefined);
    if (there !== undefined) {
      throw new ProgramMissing(
        `Cannot find "${bin}": PATH has "${there}" alone: install "${bin}", or set "bin": "${other}"`,
      );
    }
    const searched = path ? `no executable of either name in PATH "${path}"` : "PATH is not set";
    throw new ProgramMissing(
      `Cannot find "terraform" or "tofu": ${searched}: install one, or give its absolute path`,
      { cause: error },
    );
  }
}
