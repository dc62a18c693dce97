/**
 * A real systemd as PID 1 in private namespaces, over a throwaway copy of this machine's files: where shipped units are
 * tried out as a user's machine would run them. Needs root, and nothing of this machine's own PID 1.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { findProgram, type Outcome, run } from "../../support/programs.ts";

export type { Outcome };

/** Why no systemd can be booted here; `undefined` if one can. */
export function whyNoSystemd(): string | undefined {
  if (Deno.build.os !== "linux") return "not on Linux";
  if (Deno.uid() !== 0) return "needs root";
  const missing = ["unshare", "nsenter", "findmnt", "systemctl"].filter((name) => !findProgram(name));
  if (missing.length > 0) return `${missing.join(", ")} not installed`;
  const { success } = new Deno.Command("findmnt", { args: ["--types", "cgroup2"], stdout: "null" }).outputSync();
  return success ? undefined : "no cgroup2 is mounted";
}

/** The booted system; disposing of it ends every process in it. */
export class SystemdNamespace implements AsyncDisposable {
  /** The host's process id of the inner PID 1, once it is there. */
  private init = "";

  private constructor(private readonly folder: string, private readonly boot: Deno.ChildProcess) {}

  /**
   * Boots it. `fill` puts the files that are laid over the machine's own into the folder it is given; no unit but the
   * journal is started. `ownNetwork`: it has a loopback of its own, whose ports are all free, and no way out. `base`:
   * the folder of another system than this machine's own, which stays as it is. Throws with the boot's own words where
   * systemd is not up within three minutes.
   */
  static async boot(
    fill: (tree: string) => Promise<void>,
    { ownNetwork = false, base = "/" } = {},
  ): Promise<SystemdNamespace> {
    const folder = await Deno.makeTempDir({ prefix: "systemd-" });
    for (const name of ["tree", "memory"]) await Deno.mkdir(join(folder, name));
    await fill(join(folder, "tree"));
    const boot = new Deno.Command("sh", {
      args: [fileURLToPath(new URL("boot.sh", import.meta.url)), folder, ownNetwork ? "--net" : "", base],
      stdin: "piped",
      stdout: "null",
    }).spawn();
    const system = new SystemdNamespace(folder, boot);
    try {
      await system.up();
      return system;
    } catch (error) {
      const log = await Deno.readTextFile(join(folder, "boot.log")).catch(() => "");
      await system[Symbol.asyncDispose]();
      throw new Error(`Cannot boot systemd in namespaces: ${(error as Error).message}\n${log}`);
    }
  }

  /** Waits until systemd has finished booting. */
  private async up(): Promise<void> {
    for (let tries = 0; tries < 1800; tries++) {
      this.init = (await Deno.readTextFile(join(this.folder, "pid")).catch(() => "")).trim();
      if (this.init && (await this.run("systemctl", "is-system-running")).stdout === "running\n") return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("not up within three minutes");
  }

  /** Runs a command inside, as root. */
  async run(command: string, ...args: string[]): Promise<Outcome> {
    return await run("nsenter", this.enter(command, ...args));
  }

  /** The arguments with which `nsenter` runs a command inside, as root. */
  enter(command: string, ...args: string[]): string[] {
    return ["-t", this.init, "-m", "-p", "-n", "-u", "-i", "-C", "--", command, ...args];
  }

  /** Like {@linkcode run}, for commands that must work: gives stdout, throws on any other exit code than 0. */
  async must(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, ...args);
    if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Ends the system and removes what it wrote. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.boot.stdin.close();
    await this.boot.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Copies a file into a tree, with the folders that lead there. */
export async function place(from: string, tree: string, to: string): Promise<void> {
  const path = join(tree, to);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.copyFile(from, path);
}
