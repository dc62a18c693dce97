/**
 * Throwaway estates for tests: folders of environments on terraform's built-in provider, applied by the real terraform,
 * and the program run over them as a user runs it.
 *
 * @module
 */

import { join } from "node:path";
import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { DRIFT, findProgram, run } from "./programs.ts";

/** How the program ended. */
export interface Ended {
  /** Exit code. */
  code: number;
  /** Everything on stdout. */
  stdout: string;
  /** Everything on stderr. */
  stderr: string;
}

/** A folder of environments with a state directory beside it. */
export class Estate implements AsyncDisposable {
  /** Name or absolute path of the terraform or tofu that works here. */
  bin = "terraform";

  private constructor(
    /** Absolute path of everything. */
    readonly dir: string,
    /** Absolute path of the folder of environments. */
    readonly root: string,
  ) {}

  /** Makes an estate of environments from their files; nothing is applied yet. */
  static async create(
    environments: Record<string, Record<string, string>>,
    prefix = "pve-drift-test-",
  ): Promise<Estate> {
    // Of one width, since some texts are wrapped; the names that Deno makes are shorter now and then.
    const dir = join("/tmp", `${prefix}${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`);
    await Deno.mkdir(dir, { mode: 0o700 });
    const estate = new Estate(dir, join(dir, "environments"));
    await Deno.writeTextFile(join(dir, "terraformrc"), "");
    for (const [name, files] of Object.entries(environments)) await estate.write(name, files);
    return estate;
  }

  /** Writes files of one environment. */
  async write(name: string, files: Record<string, string>): Promise<void> {
    for (const [file, text] of Object.entries(files)) {
      const path = join(this.root, name, file);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
  }

  /** Path of one environment's folder, or of a file in it. */
  path(name: string, ...file: string[]): string {
    return join(this.root, name, ...file);
  }

  /** The variables that terraform gets. */
  get env(): Record<string, string> {
    return { TF_CLI_CONFIG_FILE: join(this.dir, "terraformrc"), CHECKPOINT_DISABLE: "1", NO_COLOR: "1" };
  }

  /** Runs terraform itself, as the operator does; throws if it fails. */
  async terraform(name: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(this.bin, args, { cwd: this.path(name), env: this.env });
    if (code !== 0) throw new Error(`terraform ${args.join(" ")} in ${name} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Initializes and applies environments. */
  async apply(...names: string[]): Promise<void> {
    await Promise.all(names.map(async (name) => {
      await this.terraform(name, "init", "-input=false", "-no-color");
      await this.terraform(name, "apply", "-input=false", "-no-color", "-auto-approve");
    }));
  }

  /**
   * Writes pve-drift.json, with `root` and `stateDir` filled in and only the console as sink unless it says otherwise.
   */
  async configure(config: Record<string, unknown>): Promise<void> {
    const whole = { root: this.root, stateDir: join(this.dir, "state"), sinks: ["console"], ...config };
    await Deno.writeTextFile(join(this.dir, "pve-drift.json"), JSON.stringify(whole));
  }

  /** The command line of the program, as `deno task drift` has it. */
  command(...args: string[]): string[] {
    return [...DRIFT, ...args];
  }

  /**
   * The program and its command line: the source's, or, where PVE_DRIFT_PROGRAM names an executable, that one's.
   */
  invocation(...args: string[]): [program: string, args: string[]] {
    const program = Deno.env.get("PVE_DRIFT_PROGRAM");
    return program ? [program, args] : [Deno.execPath(), this.command(...args)];
  }

  /** Runs the program in the estate's folder. */
  async drift(args: string[], env: Record<string, string> = {}): Promise<Ended> {
    if (!await Deno.stat(join(this.dir, "pve-drift.json")).then(() => true, () => false)) await this.configure({});
    return await run(...this.invocation(...args), { cwd: this.dir, env: { ...this.env, ...env } });
  }

  /** Runs the program with `--json` over all environments, or those in `args`; throws if stdout is not a report. */
  async report(
    args: string[] = ["--all"],
    env: Record<string, string> = {},
  ): Promise<{ report: DriftReport; code: number; stderr: string }> {
    const { code, stdout, stderr } = await this.drift(["--json", ...args], env);
    try {
      return { report: JSON.parse(stdout), code, stderr };
    } catch {
      throw new Error(`No report on stdout, exit code ${code}:\n${stdout}\n${stderr}`);
    }
  }

  /** The report of the one environment there is. */
  async only(env: Record<string, string> = {}): Promise<EnvironmentReport & { code: number; stderr: string }> {
    const { report, code, stderr } = await this.report(["--all"], env);
    return { ...report.environments[0]!, code, stderr };
  }

  /**
   * Writes a program to use as terraform: it appends each call to `calls`, then runs `script`, in which `$TERRAFORM` is
   * the real one.
   */
  async standIn(script = 'exec "$TERRAFORM" "$@"'): Promise<{ bin: string; calls: () => Promise<string[]> }> {
    const bin = join(this.dir, "stand-in-terraform"), log = join(this.dir, "calls");
    const path = this.bin.startsWith("/") ? this.bin : findProgram(this.bin);
    const text = `#!/bin/sh\nTERRAFORM='${path}'\necho "$1" >>'${log}'\n${script}\n`;
    await Deno.writeTextFile(bin, text, { mode: 0o755 });
    return {
      bin,
      calls: async () => {
        const calls = (await Deno.readTextFile(log).catch(() => "")).split("\n").filter(Boolean);
        await Deno.remove(log).catch(() => {});
        return calls;
      },
    };
  }

  /** Removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("chmod", { args: ["-R", "u+rwX", this.dir] }).output();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Code with one `terraform_data` that has a value, and an output. */
export function simple(value: string, more = ""): Record<string, string> {
  return { "main.tf": `resource "terraform_data" "a" {\n  input = ${JSON.stringify(value)}\n}\n${more}` };
}
