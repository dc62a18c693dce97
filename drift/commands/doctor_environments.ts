/**
 * Whether environments can be planned, and what they suggest.
 *
 * @module
 */

import { barOnTheWay, openingOf, openingsTo, thisCaller } from "../../lib/access.ts";
import { formatDuration } from "../../lib/duration.ts";
import { shellWord } from "../../lib/shell_word.ts";
import { detailLines } from "../../lib/detail_lines.ts";
import type { Config, Environment } from "../config/config.ts";
import { noneThere } from "../config/select.ts";
import type { DriftReport, EnvironmentReport } from "../report.ts";
import { proposalFor } from "../run/proposals.ts";
import { runChecks } from "../run/run.ts";
import { dataDirOf } from "../terraform/backend.ts";
import type { DoctorDeps } from "./doctor_deps.ts";
import type { DoctorFinding } from "./doctor_text.ts";

const DETAIL_LINES = 3;
/** The reasons of failures that a file or folder may be behind which this user may not read. */
const BARRED = new Set(["folder-barred", "var-file-unreadable", "file-access", "code-unreadable"]);

/** Where there is no environment: what was seen instead, one thing a line. */
export function aboutNothing(config: Config): DoctorFinding {
  const { problem, seen, cure } = noneThere(config);
  return { state: "failed", text: `Environments: ${problem}`, more: [...seen, `What to do: ${cure}`] };
}

/** Plans each environment once: how it fared, its warnings, and entries that the configuration lacks. */
export async function aboutEnvironments(
  config: Config,
  asked: Environment[],
  { run, openProgress }: DoctorDeps,
): Promise<DoctorFinding[]> {
  // A lock of the state is taken only where every plan takes it: a plan may wait for it, and so may an apply for us.
  const lock = config.terraform.lock === "always" ? "always" : "none";
  const trial = { ...config, terraform: { ...config.terraform, lock } as const };
  const progress = openProgress();
  const places = new Map<string, string>();
  const report = await runChecks(trial, asked, {
    ...run,
    progress,
    isTrial: true,
    retryDelays: [],
    onResult: ({ report: { name }, place }) => place === undefined || places.set(name, place),
  });
  const tried = report.environments.filter(({ error, skipped }) => !skipped && error?.class !== "interrupted");
  const findings = await Promise.all(tried.map(async (one): Promise<DoctorFinding> => {
    const environment = asked.find(({ name }) => name === one.name)!;
    if (!one.error) return { state: "ok", text: `Environment "${one.name}": ${verdict(one)}; ${places.get(one.name)}` };
    const { class: cls, summary, detail, cure, reason = "" } = one.error;
    const access = BARRED.has(reason) ? await accessCommands(environment) : [];
    const cures = access.length > 0 ? access.map((command) => `run "${command}"`) : [cure];
    const commands = cls === "lockfile-mismatch" ? [lockCommand(environment, config.terraform.bin)] : [];
    const further = detailLines(detail, summary).slice(0, DETAIL_LINES);
    return {
      state: "failed",
      text: `Environment "${one.name}": ${cls}: ${summary}`,
      more: [
        ...further,
        ...cures.map((one) => `What to do: ${one}`),
        ...commands.map((command) => `The command: ${command}`),
      ],
    };
  }));
  return [...findings, ...warnings(report), ...await aboutEntries(config, asked, run)];
}

/** The one command that makes a lock file which a check on this machine can use. */
function lockCommand({ dir, bin }: Environment, usual: string): string {
  const platform = `${Deno.build.os}_${Deno.build.arch === "aarch64" ? "arm64" : "amd64"}`;
  return `${shellWord(bin ?? usual)} ${shellWord(`-chdir=${dir}`)} providers lock -platform=${platform}`;
}

/** The commands that let this user read what the environment is made of; empty where nothing bars them. */
async function accessCommands({ dir, varFiles, backendConfig }: Environment): Promise<string[]> {
  const caller = await thisCaller();
  const files = [...varFiles, ...backendConfig.filter((entry) => entry.startsWith("/"))];
  const bars = await Promise.all(files.map((file) => barOnTheWay(file, "read")));
  const ofFiles = bars.flatMap((bar) => bar ? [openingOf(bar, caller)] : []);
  return [...new Set([...await openingsTo(dir, caller), ...ofFiles])];
}

/** Folders that serve more environments than the configuration names, with the entries that it lacks. */
async function aboutEntries(config: Config, asked: Environment[], { world, signals }: DoctorDeps["run"]) {
  const deps = {
    terraform: config.terraform,
    inherited: world.env,
    dataDirOf: ({ name }: Environment) => dataDirOf(config.stateDir, name),
    stop: signals.interrupt,
  };
  const proposals = await Promise.all(asked.map(async (environment): Promise<DoctorFinding[]> => {
    const proposal = await proposalFor(environment, deps);
    if (!proposal) return [];
    const entries = Object.entries(proposal.entries).map(([name, entry]) =>
      `"${name || environment.name}": ${JSON.stringify({ dir: environment.dir, ...entry })}`
    );
    return [{
      state: "warning",
      text: `Environment "${environment.name}" may be several, or lack a file of variables: ${proposal.why}`,
      more: entries.length === 0 ? [] : ['What to do: name what it serves under "environments":', ...entries],
    }];
  }));
  return proposals.flat();
}

function verdict({ status, resourcesChanged, durationMs, providers }: EnvironmentReport): string {
  const with_ = Object.entries(providers).map(([source, version]) =>
    `${source.split("/").slice(-2).join("/")} ${version}`
  );
  const found = status === "ok"
    ? "no difference"
    : `${resourcesChanged} ${resourcesChanged === 1 ? "resource differs" : "resources differ"}`;
  return [`can be planned (${found}, in ${formatDuration(durationMs)})`, ...with_].join(", ");
}

/** Warnings of all environments; one that several of them have only once. */
function warnings(report: DriftReport): DoctorFinding[] {
  const told = report.environments.flatMap(({ name, warnings }) => warnings.map((warning) => ({ name, ...warning })));
  const groups = Map.groupBy(told, ({ summary, detail }) => JSON.stringify([summary, detail]));
  return Array.from(groups.values(), (group) => ({
    state: "warning",
    text: `Environment ${[...new Set(group.map(({ name }) => `"${name}"`))].join(", ")}: ${group[0]!.summary}`,
    more: detailLines(group[0]!.detail, group[0]!.summary).slice(0, DETAIL_LINES),
  }));
}
