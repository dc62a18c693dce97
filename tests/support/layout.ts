/**
 * Trees of code as people lay them out (tests/fixtures/layouts), copied to where terraform and the program may work on them.
 *
 * @module
 */

import { join } from "node:path";
import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { type Ended, Estate } from "./estate.ts";
import { ROOT, run } from "./programs.ts";

/** A copy of a layout. Disposing of it removes everything. */
export interface Layout extends AsyncDisposable {
  /** Absolute path of the copy. */
  dir: string;
  /** Runs terraform in a folder of it, as its owner does; throws where it fails. */
  terraform: (folder: string, args: string[], env?: Record<string, string>) => Promise<void>;
  /** Initializes and applies folders of it. */
  apply: (...folders: string[]) => Promise<void>;
  /** Runs the program, by its pve-drift.json where it has one, else with itself as root. */
  drift: (args: string[], env?: Record<string, string>) => Promise<Ended>;
  /** Checks all environments; throws where there is no report. */
  check: (env?: Record<string, string>) => Promise<Checked>;
}

/** What a check of a layout gave. */
export interface Checked {
  report: DriftReport;
  code: number;
  stderr: string;
  /** `NAME STATUS`, in the order of the report. */
  statuses: string[];
  env: Record<string, EnvironmentReport>;
}

/**
 * Copies the layout of this name.
 *
 * @param bin The terraform or tofu that works in it and that PATH has as `terraform` or `tofu`.
 */
export async function layout(name: string, bin = "terraform"): Promise<Layout> {
  const estate = await Estate.create({});
  const dir = join(estate.dir, name);
  await run("cp", ["-r", join(ROOT, "tests/fixtures/layouts", name), dir]);
  // The one in the checkout may be private to its owner, or read-only.
  await run("chmod", ["-R", "u+rwX,go-w", dir]);
  const hasConfig = await Deno.stat(join(dir, "pve-drift.json")).then(() => true, () => false);
  const path = bin.includes("/") ? `${join(bin, "..")}:${Deno.env.get("PATH")}` : Deno.env.get("PATH")!;
  const surroundings = { ...estate.env, STATE_DIRECTORY: join(estate.dir, "state"), PATH: path };
  const terraform: Layout["terraform"] = async (folder, args, env = {}) => {
    const { code, stdout, stderr } = await run(bin, args, { cwd: join(dir, folder), env: { ...surroundings, ...env } });
    if (code !== 0) throw new Error(`${args.join(" ")} in ${folder} ended with ${code}:\n${stdout}${stderr}`);
  };
  const drift: Layout["drift"] = (args, env = {}) => {
    const where = hasConfig ? ["--config", join(dir, "pve-drift.json")] : ["--root", dir];
    return run(
      ...estate.invocation(...args, ...["--root", "--config"].some((option) => args.includes(option)) ? [] : where),
      { cwd: estate.dir, env: { ...surroundings, ...env } },
    );
  };
  return {
    dir,
    terraform,
    async apply(...folders) {
      for (const folder of folders) {
        await terraform(folder, ["init", "-input=false"]);
        await terraform(folder, ["apply", "-auto-approve"]);
      }
    },
    drift,
    async check(env) {
      const { code, stdout, stderr } = await drift(["--all", "--json"], env);
      if (stdout === "") throw new Error(`No report, exit code ${code}:\n${stderr}`);
      const report: DriftReport = JSON.parse(stdout);
      return {
        report,
        code,
        stderr,
        statuses: report.environments.map(({ name, status }) => `${name} ${status}`),
        env: Object.fromEntries(report.environments.map((one) => [one.name, one])),
      };
    },
    [Symbol.asyncDispose]: () => estate[Symbol.asyncDispose](),
  };
}
