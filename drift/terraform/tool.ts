/**
 * Terraform or OpenTofu: which of the two a program is, and what differs between them.
 *
 * @module
 */

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

/** Which of the names are files of code, sorted. */
export function codeKinds(names: string[]): { terraformFiles: string[]; tofuFiles: string[] } {
  return {
    terraformFiles: names.filter((name) => /^[^.].*\.tf(?:\.json)?$/.test(name)).sort(),
    tofuFiles: names.filter((name) => /^[^.].*\.tofu(?:\.json)?$/.test(name)).sort(),
  };
}
