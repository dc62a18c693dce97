/**
 * Looks into the code behind the differences of a report, where the environments are known here.
 *
 * @module
 */

import type { Config, Environment } from "../config/config.ts";
import type { Change, EnvironmentReport } from "../report.ts";
import type { CodeAnswer, CodeFolder } from "./code/code_answer.ts";
import type { Subject } from "./explanation.ts";

/** What reading the code needs to know. */
export interface CodeReading {
  /** Every configured environment. */
  environments: Config["environments"];
  /** Those that were asked about, with the variables that they get. */
  equipped: readonly Environment[];
  /** Names of the variables that Terraform inherits. */
  inherited: readonly string[];
  /** Whether OpenTofu checks an environment. */
  isTofu: (name: string) => boolean;
}

/** Explains the code behind the changes among some findings. */
export async function readCode(
  subjects: readonly Subject[],
  reports: readonly EnvironmentReport[],
  reading: CodeReading,
): Promise<(environment: EnvironmentReport, change: Change) => CodeAnswer | undefined> {
  const answers = new Map<Change, CodeAnswer>();
  for (const report of reports) {
    const changes = subjects.flatMap((one) =>
      one.kind === "change" && one.environment === report.name ? [one.change] : []
    );
    const folder = folderOf(report, reading);
    if (!folder || changes.length === 0) continue;
    const { codeExplainer } = await import("./code/explain_code.ts");
    const explain = await codeExplainer(folder);
    for (const change of changes) answers.set(change, await explain(change));
  }
  return (_, change) => answers.get(change);
}

/** The folder of an environment; undefined where the configuration here does not know it, and so not its values. */
function folderOf({ name, dir }: EnvironmentReport, reading: CodeReading): CodeFolder | undefined {
  const { environments, equipped, inherited, isTofu } = reading;
  const own = equipped.find((one) => one.name === name && one.dir === dir);
  if (!own) return undefined;
  const variables = [...inherited, ...Object.keys(own.env ?? {})];
  return {
    name,
    dir,
    varFiles: own.varFiles,
    envVariables: variables.flatMap((one) => one.startsWith("TF_VAR_") ? [one.slice("TF_VAR_".length)] : []),
    isTofu: isTofu(name),
    environments,
  };
}
