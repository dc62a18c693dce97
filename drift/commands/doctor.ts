/**
 * The command `doctor`: what would keep a check from working, and what to do about it. It tries what a check does: each
 * environment is planned once, nothing is remembered, each sink is asked and nothing is delivered.
 *
 * @module
 */

import { join } from "node:path";
import { formatDuration } from "../../lib/duration.ts";
import { messageOf } from "../../lib/message_of.ts";
import { acquireRunLock, type Holder, RunLockHeld } from "../../lib/run_lock.ts";
import { findProgram } from "../../lib/find_program.ts";
import { whyNotWritable } from "../../lib/writable.ts";
import type { SinkHost } from "../../sinks/load.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { Config, Environment } from "../config/config.ts";
import { equip } from "../config/equip.ts";
import { loadConfig } from "../config/load.ts";
import { noneThere, selectEnvironments } from "../config/select.ts";
import { providers } from "../providers/registry.ts";
import type { DriftReport, EnvironmentReport } from "../report.ts";
import { closeSinks, type OpenedEntry, openEntries, probeSink } from "../run/dispatch.ts";
import { openProgress, type Progress } from "../run/progress.ts";
import { proposalFor } from "../run/proposals.ts";
import { runChecks, type RunDeps } from "../run/run.ts";
import { installSignalHandlers } from "../run/signals.ts";
import { sinkHost } from "../run/sink_host.ts";
import { lockHolder } from "../run/state_dir.ts";
import { dataDirOf, stateAt } from "../terraform/backend.ts";
import { childEnvironment, Terraform } from "../terraform/command.ts";
import { UsageError } from "../usage_error.ts";
import { failureText } from "../verdict/failure_text.ts";
import { type Failure, failure } from "../verdict/failures.ts";
import { isTooOld } from "../verdict/verdict.ts";
import type { World } from "../world.ts";
import { type DoctorFinding, lines, render } from "./doctor_text.ts";

/** What the doctor needs of the process it runs in. */
export interface DoctorDeps {
  /** As for a check. */
  run: Omit<RunDeps, "isTrial" | "retryDelays" | "progress">;
  /** Shows how far the environments are; opened when it is their turn. */
  openProgress: () => Progress;
  /** As for a check. */
  sinks: Omit<SinkHost, "openMs">;
  /** Ourselves, for the run lock. */
  holder: Holder;
  /** Takes what is found, whole lines. */
  print: (text: string) => Promise<unknown>;
}

/** Certificates of servers are not valid yet for such a clock. */
const EARLIEST = Date.UTC(2024, 0);
const SKEW_MS = 60_000;
const VERSION_MS = 30_000;
const DETAIL_LINES = 3;

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const config = await loadConfig(cli, { environments: true, terraform: true, sinks: "configured" }, world);
  if (cli.dryRun) throw new UsageError('Command "doctor" has no "--dry-run": it sends and remembers nothing as it is');
  const isEmpty = config.environments.length === 0 && cli.env.length === 0 && !config.shard;
  const asked = isEmpty
    ? []
    : await equip(selectEnvironments(config, { env: cli.env, all: cli.env.length === 0 }), config.terraform, world);
  using signals = installSignalHandlers();
  return signals.exitCode(
    await runDoctor(config, asked, {
      run: { world, signals },
      // Its own lines say how each environment fared: besides only what will be erased again.
      openProgress: () => openProgress(world, cli.quiet || !world.isLive),
      sinks: sinkHost(config, world, false),
      holder: lockHolder(world),
      print: world.print,
    }),
  );
}

/**
 * Looks at everything that a check of these environments needs, and prints a line for each thing as soon as it is known.
 *
 * @returns 0 where a check can succeed and every sink would deliver, else 1
 */
export async function runDoctor(config: Config, asked: Environment[], deps: DoctorDeps): Promise<number> {
  const counts = { ok: 0, warning: 0, failed: 0 };
  const tell = async (...findings: DoctorFinding[]) => {
    for (const finding of findings) {
      counts[finding.state]++;
      await deps.print(render(finding, deps.sinks.view));
    }
  };
  const { interrupt } = deps.run.signals;
  await tell({
    state: "ok",
    text: config.file
      ? `Configuration: "${config.file}"`
      : `Configuration: none, environments are below "${config.root}"`,
  });
  await using state = await openState(config, deps);
  await tell(state.finding);
  const programs = await aboutPrograms(config, asked, deps);
  await tell(...programs);
  if (programs.every(({ state }) => state === "failed") || state.finding.state === "failed") {
    await tell({ state: "warning", text: "Environments: not looked at, since what they need is missing" });
  } else if (config.environments.length === 0 && !config.shard) {
    await tell(aboutNothing(config));
  } else if (!interrupt.aborted) {
    await tell(...await aboutEnvironments({ ...config, stateDir: state.stateDir }, asked, deps));
  }
  const clocks: Record<string, number> = {};
  if (!interrupt.aborted) await tell(...await aboutSinks(config, state.stateDir, deps, clocks));
  if (!interrupt.aborted) await tell(await aboutClock(config.stateDir, clocks, deps.run.world.now));
  if (interrupt.aborted) return 1;
  const warned = counts.warning > 0 ? ` (${counts.warning} to look at)` : "";
  await deps.print(
    counts.failed > 0 ? `\n${counts.failed} failed: checks cannot succeed yet\n` : `\nChecks can succeed${warned}\n`,
  );
  return counts.failed > 0 ? 1 : 0;
}

/** The state directory for a trial, with the run lock while it is held. */
interface TrialState extends AsyncDisposable {
  finding: DoctorFinding;
  /** Where to work. */
  stateDir: string;
}

/**
 * The real state directory where it is ours and no check is at work in it, so that what the next check needs is
 * initialized; else one that is thrown away. What root writes in the directory of a service, the service cannot read.
 */
async function openState({ stateDir }: Config, { run, holder }: DoctorDeps): Promise<TrialState> {
  const real = (finding: DoctorFinding, release = () => {}) => ({
    finding,
    stateDir,
    [Symbol.asyncDispose]: () => Promise.resolve(release()),
  });
  const throwaway = async (why: string) => {
    const dir = await Deno.makeTempDir({ prefix: "pve-drift-doctor-" });
    const finding: DoctorFinding = { state: "warning", text: `State directory: "${stateDir}", ${why}` };
    return { finding, stateDir: dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
  };
  const failed = (why: string) => {
    const text = `State directory: "${stateDir}" ${why}`;
    return real({
      state: "failed",
      text,
      more: [whatToDo(failure("state-dir-unwritable", { stateDir, problem: why }))],
    });
  };
  try {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    return failed(`cannot be made: ${messageOf(error)}`);
  }
  const why = await whyNotWritable(stateDir);
  if (why) return failed(why);
  const { uid } = await Deno.stat(stateDir);
  if (uid !== Deno.uid()) {
    return await throwaway(
      `belongs to user ${uid}, and this is user ${Deno.uid()}: tried with an empty one. Run doctor as that user to see what a check of theirs sees (sudo -u '#${uid}' …)`,
    );
  }
  try {
    const lock = await acquireRunLock(join(stateDir, "lock"), { waitMs: 0, holder, signal: run.signals.interrupt });
    return real({ state: "ok", text: `State directory: "${stateDir}"` }, () => lock.release());
  } catch (error) {
    if (!(error instanceof RunLockHeld)) return failed(`cannot be locked: ${messageOf(error)}`);
    const who = error.holder ? `process ${error.holder.pid}, since ${error.holder.startedAt}` : "another process";
    return await throwaway(`where a check is running (${who}): tried with an empty one`);
  }
}

function whatToDo(failed: Failure): string {
  const { cure } = failureText(failed, { knowledge: providers.failures, scrub: (text) => text, hideText: false });
  return `What to do: ${cure}`;
}

/** Each program that an environment runs, or the one of all where there is no environment. */
async function aboutPrograms({ terraform }: Config, asked: Environment[], deps: DoctorDeps): Promise<DoctorFinding[]> {
  const own = asked.map(({ bin = terraform.bin, env }) => ({ bin, env: { ...terraform.env, ...env } }));
  const programs = new Map([...own, ...own.length === 0 ? [terraform] : []].map((one) => [one.bin, one.env]));
  return await Promise.all([...programs].map(([bin, env]) => aboutProgram(bin, env, deps)));
}

async function aboutProgram(name: string, extra: Record<string, string>, { run }: DoctorDeps): Promise<DoctorFinding> {
  const { env } = childEnvironment(run.world.env, extra);
  let said = "";
  const failed = (text: string, more = said): DoctorFinding => ({
    state: "failed",
    text: `Terraform: ${text}`,
    more: [...lines(more), whatToDo(failure("program-missing", { problem: text }))],
  });
  const runDir = await Deno.makeTempDir({ prefix: "pve-drift-doctor-" });
  try {
    const bin = await findProgram(name, env.PATH);
    const time = AbortSignal.timeout(VERSION_MS);
    const stop = AbortSignal.any([time, run.signals.interrupt]);
    const { exit, stdout, stderr } = await new Terraform({
      bin,
      cwd: runDir,
      env,
      runDir,
      stop,
      kill: run.signals.kill,
    }).run([
      "version",
      "-json",
    ], "version");
    said = await stderr();
    if (time.aborted) return failed(`"${bin} version" does not end within ${formatDuration(VERSION_MS)}`);
    if (exit.code !== 0) return failed(`"${bin} version" ended with ${exit.signal ?? `exit code ${exit.code}`}`);
    const version = /"terraform_version": *"([^"]+)"/.exec(await stdout())?.[1];
    if (version === undefined) return failed(`"${bin}" is no Terraform: it tells no version`);
    if (isTooOld(version)) return failed(`${version} ("${bin}") is too old: 1.8 or newer is needed`);
    return { state: "ok", text: `Terraform: ${version} ("${bin}")` };
  } catch (error) {
    return failed(messageOf(error), "");
  } finally {
    await Deno.remove(runDir, { recursive: true });
  }
}

/** Where there is no environment: what was seen instead, one thing a line. */
function aboutNothing(config: Config): DoctorFinding {
  const { problem, seen, cure } = noneThere(config);
  return { state: "failed", text: `Environments: ${problem}`, more: [...seen, `What to do: ${cure}`] };
}

async function aboutEnvironments(
  config: Config,
  asked: Environment[],
  { run, openProgress }: DoctorDeps,
): Promise<DoctorFinding[]> {
  // A lock of the state is taken only where every plan takes it: a plan may wait for it, and so may an apply for us.
  const lock = config.terraform.lock === "always" ? "always" : "none";
  const trial = { ...config, terraform: { ...config.terraform, lock } as const };
  const progress = openProgress();
  const report = await runChecks(trial, asked, { ...run, progress, isTrial: true, retryDelays: [] });
  const tried = report.environments.filter(({ error, skipped }) => !skipped && error?.class !== "interrupted");
  const findings = await Promise.all(tried.map(async (one): Promise<DoctorFinding> => {
    const environment = asked.find(({ name }) => name === one.name)!;
    const { text: place } = await stateAt(environment, dataDirOf(config.stateDir, one.name));
    if (!one.error) return { state: "ok", text: `Environment "${one.name}": ${verdict(one)}; ${place}` };
    const { class: cls, summary, detail, cure } = one.error;
    return {
      state: "failed",
      text: `Environment "${one.name}": ${cls}: ${summary}`,
      more: [...lines(detail).filter((line) => !summary.includes(line)).slice(0, DETAIL_LINES), `What to do: ${cure}`],
    };
  }));
  return [...findings, ...warnings(report), ...await aboutEntries(config, asked, run)];
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
      `"${name}": ${JSON.stringify({ dir: environment.dir, ...entry })}`
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
  const groups = new Map<string, { names: string[]; summary: string; detail: string }>();
  for (const { name, warnings } of report.environments) {
    for (const { summary, detail } of warnings) {
      const key = JSON.stringify([summary, detail]);
      const group = groups.get(key) ?? { names: [], summary, detail };
      groups.set(key, group);
      if (!group.names.includes(name)) group.names.push(name);
    }
  }
  return [...groups.values()].map(({ names, summary, detail }) => ({
    state: "warning",
    text: `Environment ${names.map((name) => `"${name}"`).join(", ")}: ${summary}`,
    more: lines(detail).slice(0, DETAIL_LINES),
  }));
}

async function aboutSinks(
  config: Config,
  stateDir: string,
  { sinks, run }: DoctorDeps,
  clocks: Record<string, number>,
): Promise<DoctorFinding[]> {
  const opened = await openEntries(config.sinks, { ...sinks, stateDir });
  const findings = await Promise.all(opened.map((one) => aboutSink(one, run, clocks)));
  const closing: DoctorFinding[] = [];
  await closeSinks(opened, (text) => closing.push({ state: "warning", text }));
  return [...findings.flat(), ...closing];
}

async function aboutSink(
  opened: OpenedEntry,
  run: DoctorDeps["run"],
  clocks: Record<string, number>,
): Promise<DoctorFinding[]> {
  const { name, wrong, aside } = opened;
  if (wrong !== undefined) return [{ state: "failed", text: `Sink "${name}": ${wrong}` }];
  if (aside !== undefined) return [{ state: "warning", text: `Sink "${name}" steps aside: ${aside}` }];
  try {
    const { summary, warning, theirTime } = await probeSink(opened, run.signals.interrupt);
    if (theirTime !== undefined) clocks[name] = theirTime - run.world.now();
    const findings: DoctorFinding[] = [{ state: "ok", text: `Sink "${name}": ${summary}` }];
    return warning === undefined ? findings : [...findings, { state: "warning", text: `Sink "${name}": ${warning}` }];
  } catch (error) {
    return [{ state: "failed", text: `Sink "${name}": ${messageOf(error)}` }];
  }
}

/** Asks nobody by itself: what others said anyway must do. `clocks` holds how many milliseconds theirs are ahead of ours. */
async function aboutClock(stateDir: string, clocks: Record<string, number>, now: () => number): Promise<DoctorFinding> {
  const time = new Date(now()).toISOString();
  const cure = 'What to do: set the clock ("timedatectl set-ntp true"), and look with "timedatectl" whether it holds';
  if (now() < EARLIEST) {
    return {
      state: "failed",
      text: `Clock: ${time} is in the past: no server's certificate is valid yet`,
      more: [cure],
    };
  }
  const wrong = Object.entries(clocks).filter(([, ahead]) => Math.abs(ahead) > SKEW_MS).map(([sink, ahead]) =>
    `${formatDuration(Math.abs(ahead))} ${ahead > 0 ? "behind" : "ahead of"} the server of sink "${sink}"`
  );
  const newest = await newestIn(join(stateDir, "memory"));
  if (newest - now() > SKEW_MS) wrong.push(`${formatDuration(newest - now())} behind the last check`);
  if (wrong.length > 0) return { state: "warning", text: `Clock: ${time} is ${wrong.join(", ")}`, more: [cure] };
  return { state: "ok", text: `Clock: ${time}` };
}

/** When a file of a folder was last written, milliseconds since 1970; 0 where there is none. */
async function newestIn(folder: string): Promise<number> {
  try {
    const times = await Array.fromAsync(
      Deno.readDir(folder),
      async ({ name }) => (await Deno.stat(join(folder, name))).mtime,
    );
    return Math.max(0, ...times.map((time) => time?.getTime() ?? 0));
  } catch {
    return 0;
  }
}
