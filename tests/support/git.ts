/**
 * Git as a person uses it, whatever the machine's own configuration says.
 *
 * @module
 */

/**
 * Runs Git in a folder.
 *
 * @returns What it printed, without the line end.
 * @throws {Error} where it fails
 */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
  const env = { PATH: Deno.env.get("PATH") ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
  const options = { args: [...author, ...args], cwd, env, clearEnv: true };
  const { success, stdout, stderr } = await new Deno.Command("git", options).output();
  const said = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`git ${args.join(" ")} failed: ${said(stderr)}`);
  return said(stdout);
}
