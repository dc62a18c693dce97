/**
 * A real systemd as PID 1 in private namespaces, over a throwaway copy of this machine's files: where shipped units are
 * tried out as a user's machine would run them. Needs root, and nothing of this machine's own PID 1.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { type Outcome, run } from "../../programs.ts";

const BOOT = fileURLToPath(new URL("boot.sh", import.meta.url));
const SYSTEMD = "/lib/systemd/systemd";

/** Where the unified control group hierarchy is mounted; `undefined` where it is not. */
function cgroups(): string | undefined {
  return Deno.readTextFileSync("/proc/mounts").split("\n").map((line) => line.split(" "))
    .find(([, , type]) => type === "cgroup2")?.[1];
}

/** Why no systemd can be booted here; `undefined` where one can. */
export function whyNoSystemd(): string | undefined {
  if (Deno.build.os !== "linux") return "not on Linux";
  if (Deno.uid() !== 0) return "needs root";
  try {
    Deno.statSync(SYSTEMD);
  } catch {
    return "systemd is not installed";
  }
  return cgroups() === undefined ? "no cgroup2 is mounted" : undefined;
}

/** The booted system; disposing of it ends every process in it. */
export class SystemdNamespace implements AsyncDisposable {
  /** The host's process id of the inner PID 1, once it is there. */
  private init = 0;

  private constructor(
    private readonly folder: string,
    private readonly group: string,
    private readonly unshare: Deno.ChildProcess,
  ) {}

  /**
   * Boots it. `fill` puts the files that are laid over the machine's own into the folder it is given; no unit but the
   * journal is started. Throws with the boot's own words where systemd is not up within ten seconds.
   */
  static async boot(fill: (tree: string) => Promise<void>): Promise<SystemdNamespace> {
    const folder = await Deno.makeTempDir({ prefix: "systemd-" });
    for (const name of ["tree", "memory"]) await Deno.mkdir(join(folder, name));
    await fill(join(folder, "tree"));
    const group = join(cgroups()!, `pve-drift-${crypto.randomUUID()}`);
    await Deno.mkdir(group);
    const unshare = new Deno.Command("sh", {
      // The group is entered first, so that the cgroup namespace begins in it.
      args: [
        "-c",
        'echo $$ >"$1/cgroup.procs" && exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc sh "$2" "$3" >"$3/boot.log" 2>&1',
        "sh",
        group,
        BOOT,
        folder,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const system = new SystemdNamespace(folder, group, unshare);
    try {
      await system.up();
      return system;
    } catch (error) {
      const log = await Deno.readTextFile(join(folder, "boot.log")).catch(() => "");
      await system[Symbol.asyncDispose]();
      throw new Error(`Cannot boot systemd in namespaces: ${(error as Error).message}\n${log}`);
    }
  }

  private async up(): Promise<void> {
    const { pid } = this.unshare;
    for (let tries = 0; tries < 100; tries++) {
      this.init = Number((await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).split(" ")[0]);
      if (this.init && await Deno.readTextFile(`/proc/${this.init}/comm`) === "systemd\n") {
        const { stdout } = await this.run("systemctl", "is-system-running");
        if (stdout === "running\n") return;
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("not up within 10 s");
  }

  /** Runs a command inside, as root. */
  async run(command: string, ...args: string[]): Promise<Outcome> {
    return await run("nsenter", ["-t", `${this.init}`, "-m", "-p", "-u", "-i", "-C", "--", command, ...args]);
  }

  /** Like {@linkcode run}, for commands that must work: gives stdout, throws on any other exit code than 0. */
  async must(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, ...args);
    if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** The host's path of a file inside: valid while the system runs. */
  path(inside: string): string {
    return `/proc/${this.init}/root${inside}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // systemd ignores SIGTERM here; SIGKILL of unshare takes PID 1 and with it all others.
    try {
      this.unshare.kill("SIGKILL");
    } catch { /* ended by itself */ }
    await this.unshare.status;
    await removeGroup(this.group);
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Removes a control group and those below it, as soon as the kernel has let go of their processes. */
async function removeGroup(group: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(group)) {
    if (isDirectory) await removeGroup(join(group, name));
  }
  for (let tries = 0;; tries++) {
    try {
      return await Deno.remove(group);
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

/** Copies a file into a tree, with the folders that lead there. */
export async function place(from: string, tree: string, to: string): Promise<void> {
  const path = join(tree, to);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.copyFile(from, path);
}
