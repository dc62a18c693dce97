/**
 * The command `explain`: what a finding is, where it stands in the code, and the ways out of it. It checks the environment in
 * a state directory that is thrown away, or reads a report, and writes nothing.
 *
 * @module
 */

import { basename } from "node:path";
import { findProgram } from "../../lib/find_program.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { Config, Environment } from "../config/config.ts";
import { equip } from "../config/equip.ts";
import { loadConfig } from "../config/load.ts";
import { selectEnvironments } from "../config/select.ts";
import { borrowState } from "../explain/borrowed_state.ts";
import { explain, type ExplainDeps, subjectsOf } from "../explain/explain.ts";
import type { Explanation, Subject } from "../explain/explanation.ts";
import { findingsAt } from "../explain/find.ts";
import { readCode } from "../explain/read_code.ts";
import type { Workplace } from "../explain/workplace.ts";
import type { DriftReport, EnvironmentReport } from "../report.ts";
import { hideValues } from "../run/hide_values.ts";
import { openProgress } from "../run/progress.ts";
import { runChecks } from "../run/run.ts";
import { installSignalHandlers } from "../run/signals.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";
import { render } from "./explain_text.ts";

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  using signals = installSignalHandlers();
  const isLive = cli.report === undefined;
  const config = await loadConfig(cli, { environments: true, terraform: isLive, sinks: "none" }, world);
  const seen = isLive ? await check(config, cli, world, signals) : await saved(cli);
  if (signals.interrupt.aborted) return signals.exitCode(1);
  const report = config.values === "hide" ? hideValues(seen) : seen;
  const [asked] = cli.words, all = subjectsOf(report);
  const subjects = asked === undefined ? all : findingsAt(all, asked);
  const deps = await depsOf(config, report, subjects, world);
  const explanations = subjects.map((subject) => explain(subject, report, deps));
  if (cli.patch) return await printPatch(explanations, world);
  if (cli.json) await world.print(`${JSON.stringify({ schemaVersion: 1, explanations }, null, 2)}\n`);
  else await world.print(await render(explanations, report, world.view));
  return report.environments.some(({ error }) => error) ? 1 : 0;
}

/** Checks the environments, and remembers nothing. */
async function check(
  config: Config,
  { env, quiet }: CliOptions,
  world: World,
  signals: ReturnType<typeof installSignalHandlers>,
): Promise<DriftReport> {
  const asked = await equip(selectEnvironments(config, { env, all: env.length === 0 }), config.terraform, world);
  await using borrowed = await borrowState(config, asked);
  // A lock of the state is taken only where every plan takes it: nothing is written where the state is, either.
  const lock = config.terraform.lock === "always" ? "always" : "none";
  const terraform = { ...config.terraform, lock } as const;
  return await runChecks({ ...config, ...borrowed, terraform }, asked, {
    world,
    signals,
    progress: openProgress(world, quiet || !world.isLive),
    retryDelays: [],
  });
}

/** A report that somebody saved, with the environments that are asked for. */
async function saved({ report: file, env }: CliOptions): Promise<DriftReport> {
  const { readReport } = await import("../explain/read_report.ts");
  const report = await readReport(file!);
  const names = report.environments.map(({ name }) => name);
  const unknown = env.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`Cannot explain environment "${unknown}": the report has ${names.join(", ") || "none"}`);
  }
  return env.length === 0
    ? report
    : { ...report, environments: report.environments.filter(({ name }) => env.includes(name)) };
}

/** What is known here of the environments of a report. */
async function depsOf(
  config: Config,
  report: DriftReport,
  subjects: readonly Subject[],
  world: World,
): Promise<ExplainDeps> {
  const known = new Map(config.environments.map((one) => [one.name, one]));
  const programs = new Map<string, string>();
  for (const { name } of report.environments) {
    const bin = known.get(name)?.bin ?? report.terraform?.bin ?? config.terraform.bin;
    programs.set(name, await asTyped(bin, world.env.PATH));
  }
  const asked = report.environments.flatMap(({ name }) => known.get(name) ?? []);
  const codeOf = await readCode(subjects, report.environments, {
    environments: config.environments,
    // Of a report, the files of variables may be out of reach: what a variable's default gives is held against the finding.
    equipped: await equip(asked, config.terraform, world).catch(() => asked),
    inherited: Object.keys({ ...world.env, ...config.terraform.env }),
    isTofu: (name) => basename(programs.get(name)!) === "tofu",
  });
  return {
    codeOf,
    workplaceOf: (environment) =>
      workplaceOf(environment, known.get(environment.name), programs.get(environment.name)!),
    environmentsOf: (cluster) =>
      report.environments.filter(({ name }) => {
        const own = known.get(name);
        return own === undefined ? config.clusters.length === 0 : own.cluster?.name === cluster;
      }),
  };
}

/** A program by its name alone, where that means the same. */
async function asTyped(bin: string, path: string | undefined): Promise<string> {
  const name = basename(bin);
  return await findProgram(name, path).catch(() => undefined) === bin ? name : bin;
}

function workplaceOf({ name, dir }: EnvironmentReport, own: Environment | undefined, program: string): Workplace {
  if (own?.dir !== dir) {
    return { name, program, dir, varFiles: [], backendConfig: [], variables: [], isConfigured: false };
  }
  return {
    ...{ name, program, dir, isConfigured: true },
    ...own.workspace === undefined ? {} : { workspace: own.workspace },
    varFiles: own.varFiles,
    backendConfig: own.backendConfig,
    variables: Object.keys(own.env ?? {}),
    ...own.envFile === undefined ? {} : { envFile: own.envFile },
  };
}

/** Prints the edit of the code that keeps a finding, and nothing else; 1 where there is none. */
async function printPatch(explanations: readonly Explanation[], { print, log }: World): Promise<number> {
  const kept = explanations.flatMap(({ address, ways }) =>
    ways.flatMap(({ steps }) => steps.flatMap((step) => step.kind === "patch" ? [{ address, patch: step.patch }] : []))
  );
  // Each is made for the code as it is: after one of them, another may not fit.
  if (kept.length > 1) {
    throw new UsageError(`Cannot print one edit: name one of ${kept.map(({ address }) => address).join(", ")}`);
  }
  if (kept.length === 0) {
    log.error("No edit of the code keeps what is there: without --patch, explain says why");
    return 1;
  }
  await print(kept[0]!.patch);
  return 0;
}
