/**
 * The check of one environment: init where it is needed, plan, read the plan, judge, confirm. It runs `init`,
 * `workspace select`, `plan` and `show`, and nothing else, and writes only below the state directory.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Messages, parseMessages } from "../lib/message_stream.ts";
import { isSecretName, Secrets } from "../lib/secrets.ts";
import { childEnvironment, resolveBinary, Terraform, TerraformMissing, type TerraformRun } from "../lib/terraform.ts";
import type { AcceptRule, Config, Environment } from "./config.ts";
import {
  checkError,
  classify,
  type Evidence as FailureEvidence,
  isLockFailure,
  isTransient,
  parseTextDiagnostics,
} from "./failure.ts";
import { type Memory, memoryFile, newSalt, recallFrom, remember, resolvedSince } from "./memory.ts";
import { acceptedBy } from "./accept.ts";
import type { CheckError, Diagnostic, EnvironmentReport } from "./report.ts";
import { dataDirOf, stateAt } from "./state_at.ts";
import { hideError, judge, needsPlan, scrubDiagnostic, scrubError, type Verdict } from "./verdict.ts";

/** Why a check was stopped before it ended. */
export type StopReason = "timeout" | "run-timeout" | "interrupted";

/** What a check needs of the run that it is part of. */
export interface CheckDeps {
  /** How terraform is run. */
  terraform: Config["terraform"];
  /** Differences that the operator lives with. */
  accept: AcceptRule[];
  /** Absolute path. */
  stateDir: string;
  /** Leave out what Terraform and providers say. */
  hideText: boolean;
  /** Folder of this run, below the state directory; each check makes its own in it. */
  runDir: string;
  /** Environment variables of our own process. */
  inherited: Record<string, string>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Aborts with a {@link StopReason}: end terraform in order. */
  stop: AbortSignal;
  /** End terraform at once. */
  kill: AbortSignal;
  /** Runs `init` of one environment at a time: a shared plugin cache is not safe otherwise (https://github.com/hashicorp/terraform/issues/31964). */
  oneAtATime: <T>(work: () => Promise<T>) => Promise<T>;
  /** What is being done, for the live line. `refreshing` names the file to count refreshed resources in. */
  progress: (step: string, refreshing?: string) => void;
  /** Waits before each retry, in milliseconds. */
  retryDelays: number[];
  /** Remember nothing: for `doctor`. */
  isTrial: boolean;
}

/** A check's result besides the report: which `accept` rules applied, and the version that answered. */
export interface CheckResult {
  /** What was found. */
  report: EnvironmentReport;
  /** Rules that set a difference aside. */
  matchedRules: Set<AcceptRule>;
  /** Absent where no terraform answered. */
  terraform?: { bin: string; version: string };
}

/** Ends a check with an error of a known class. */
class Failed extends Error {
  constructor(readonly error: CheckError, readonly kept?: Verdict) {
    super(error.summary);
  }
}

/** Terraform's own words for "run init first". */
const NEEDS_INIT =
  /Backend initialization required|Inconsistent dependency lock file|Required plugins are not installed|Module not installed|Module source has changed|Module version requirements have changed|Missing required provider|Backend configuration changed|Initial configuration of the requested backend/;

/** Checks one environment. Never throws for what goes wrong in the check: that is an error of the report. */
export async function checkEnvironment(environment: Environment, deps: CheckDeps): Promise<CheckResult> {
  const started = deps.now();
  const startedAt = new Date(started).toISOString();
  const store = memoryFile(join(deps.stateDir, "memory", `${environment.name}.json`), deps.now, deps.isTrial);
  const warnings: Diagnostic[] = [];
  const warn = (summary: string, detail = "") => warnings.push({ severity: "warning", summary, detail });

  let memory: Memory | undefined;
  try {
    const loaded = await store.load();
    memory = loaded.memory;
    if (loaded.problem) warn(loaded.problem);
  } catch (error) {
    warn(messageOf(error), "Everything counts as new.");
  }
  const salt = memory?.salt ?? newSalt();
  const check = new Check(environment, deps, memory, salt, startedAt, warn);
  let verdict: Verdict;
  try {
    verdict = await check.run();
  } catch (error) {
    const failure = error instanceof Failed ? error.error : checkError("unknown", messageOf(error));
    verdict = {
      ...(error instanceof Failed && error.kept ? error.kept : nothing()),
      status: "error",
      error: scrubError(failure, check.secrets),
    };
  }
  const providers = await lockedProviders(environment.dir);
  for (const [source, version] of Object.entries(providers)) {
    const before = memory?.providers[source];
    if (before && before !== version) {
      warn(
        `Provider ${source} went from ${before} to ${version} since the last run`,
        "Differences that are new today may come from it.",
      );
    }
  }
  const report: EnvironmentReport = {
    name: environment.name,
    dir: environment.dir,
    status: verdict.status,
    startedAt,
    durationMs: Math.max(0, Math.round(deps.now() - started)),
    ...(memory ? { previousStatus: memory.status } : {}),
    since: memory?.status === verdict.status ? memory.since : startedAt,
    resourcesChanged: new Set(verdict.changes.map((change) => change.address)).size,
    counts: countActions(verdict),
    changes: verdict.changes,
    accepted: verdict.accepted,
    observed: verdict.observed,
    bookkeeping: verdict.bookkeeping,
    outputs: verdict.outputs,
    resolved: verdict.status === "error" ? [] : resolvedSince(memory, verdict.findings),
    providers,
    warnings: [...warnings.map((one) => scrubDiagnostic(one, check.secrets)), ...verdict.warnings],
    ...(verdict.error ? { error: verdict.error } : {}),
  };
  try {
    await store.save(remember(report, verdict.findings, verdict.resources, memory, salt));
  } catch (error) {
    report.warnings.push({
      severity: "warning",
      summary: `Cannot write the memory of this run: ${messageOf(error)}`,
      detail: "The next run will count what it finds as new, or not notice what is gone.",
    });
  }
  return { report, matchedRules: check.matchedRules, ...(check.version ? { terraform: check.version } : {}) };
}

/** Counts of an environment's changes by action. */
export function countActions(verdict: { changes: EnvironmentReport["changes"] }): EnvironmentReport["counts"] {
  const counts = { create: 0, update: 0, delete: 0, replace: 0 };
  for (const { action } of verdict.changes) if (action in counts) counts[action as keyof typeof counts]++;
  return counts;
}

/** A verdict that nothing is known for. */
export function nothing(): Verdict {
  return {
    status: "error",
    changes: [],
    accepted: [],
    observed: [],
    bookkeeping: [],
    outputs: [],
    findings: [],
    resources: 0,
    warnings: [],
  };
}

class Check {
  readonly secrets = new Secrets();
  readonly matchedRules = new Set<AcceptRule>();
  version?: { bin: string; version: string };
  #bin = "";
  #initialized = false;
  #home: string;
  #dataDir: string;
  #runDir: string;
  #env: Record<string, string> = {};

  constructor(
    readonly environment: Environment,
    readonly deps: CheckDeps,
    readonly memory: Memory | undefined,
    readonly salt: string,
    readonly startedAt: string,
    readonly warn: (summary: string, detail?: string) => void,
  ) {
    this.#home = join(deps.stateDir, "environments", environment.name);
    this.#dataDir = dataDirOf(deps.stateDir, environment.name);
    this.#runDir = join(deps.runDir, environment.name);
  }

  async run(): Promise<Verdict> {
    await this.#prepare();
    try {
      const { lock } = this.deps.terraform;
      const first = await this.#withRetries(() => this.#plan(lock === "always"));
      const news = first.changes.some((change) => change.isNew);
      const doubtful = first.status === "drift" || first.error?.class === "suspect";
      return lock === "confirm" && doubtful && news ? await this.#confirm(first) : first;
    } finally {
      await Deno.remove(this.#runDir, { recursive: true }).catch(() => {});
    }
  }

  async #prepare() {
    const { environment, deps } = this;
    const folder = await Deno.stat(environment.dir).catch(() => undefined);
    if (!folder?.isDirectory) {
      throw new Failed(
        checkError(
          "config-invalid",
          `The folder of environment "${environment.name}" does not exist: ${environment.dir}`,
        ),
      );
    }
    for (const file of environment.varFiles) {
      if (!await Deno.stat(file).then((info) => info.isFile, () => false)) {
        throw new Failed(
          checkError("config-invalid", `Cannot read var file "${file}" of environment "${environment.name}"`),
        );
      }
    }
    try {
      this.#bin = await resolveBinary(deps.terraform.bin, deps.terraform.env.PATH ?? deps.inherited.PATH);
    } catch (error) {
      if (error instanceof TerraformMissing) throw new Failed(checkError("terraform-missing", error.message));
      throw error;
    }
    try {
      await Deno.mkdir(this.#home, { recursive: true, mode: 0o700 });
      await Deno.mkdir(this.#runDir, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new Failed(
        checkError("unknown", `Cannot write below the state directory "${deps.stateDir}": ${messageOf(error)}`),
      );
    }
    const { env, dropped } = childEnvironment(deps.inherited, deps.terraform.env);
    for (const name of dropped) this.warn(...droppedWarning(name));
    this.#env = { ...env, TF_DATA_DIR: this.#dataDir };
    this.secrets.addEnvironment(env);
    await this.#learnFiles();
  }

  /** Learns the secrets that files of values hold: an error can quote them before there is a plan that marks them. */
  async #learnFiles() {
    const { backendConfig, varFiles, dir } = this.environment;
    const files = [
      ...varFiles,
      ...backendConfig.filter((entry) => entry.startsWith("/")),
      join(dir, "terraform.tfvars"),
    ];
    for (const text of await Promise.all(files.map((file) => Deno.readTextFile(file).catch(() => "")))) {
      for (const [, name, value] of text.matchAll(/^[ \t]*"?([\w-]+)"?[ \t]*[=:][ \t]*"((?:[^"\\\n]|\\.)*)"/gm)) {
        if (isSecretName(name!)) this.secrets.add(value);
      }
    }
  }

  /** Runs one terraform command; a stop of ours ends the check here. */
  async #terraform(args: string[], name: string): Promise<TerraformRun> {
    const { deps } = this;
    if (deps.stop.aborted) throw new Failed(stopped(deps.stop.reason, this.environment));
    const terraform = new Terraform({
      bin: this.#bin,
      cwd: this.environment.dir,
      env: this.#env,
      runDir: this.#runDir,
      stop: deps.stop,
      kill: deps.kill,
    });
    const run = await terraform.run(args, name).catch((error) => {
      throw error instanceof TerraformMissing ? new Failed(checkError("terraform-missing", error.message)) : error;
    });
    if (run.exit.stopped) throw new Failed(stopped(deps.stop.reason, this.environment));
    return run;
  }

  async #plan(lock: boolean): Promise<Verdict> {
    // Half of what is left is kept for the plan itself, and for one without the lock.
    const waitMs = Math.round(Math.min(this.deps.terraform.lockTimeoutMs, Math.max(0, this.#remainingMs() / 2)));
    if (!await this.#isStamped()) await this.#init();
    await this.#selectWorkspace();
    const planFile = join(this.#runDir, "plan.bin");
    await Deno.remove(planFile).catch(() => {});
    this.deps.progress("planning", join(this.#runDir, "plan.stdout"));
    const plan = await this.#terraform([
      "plan",
      "-input=false",
      "-json",
      "-detailed-exitcode",
      ...(lock ? ["-lock=true", `-lock-timeout=${waitMs}ms`] : ["-lock=false"]),
      `-parallelism=${this.deps.terraform.parallelism}`,
      `-out=${planFile}`,
      ...this.environment.varFiles.map((file) => `-var-file=${file}`),
    ], "plan");
    const stderr = await plan.stderr();
    const messages = withStderr(parseMessages(await plan.stdout()), stderr);
    if (messages.version) {
      this.version = { bin: this.#bin, version: messages.version };
    }
    const { code, signal } = plan.exit;
    if (
      code === 1 && !this.#initialized &&
      messages.diagnostics.some((one) => NEEDS_INIT.test(`${one.summary}\n${one.detail}`))
    ) {
      await this.#init();
      return await this.#plan(lock);
    }
    const shown = needsPlan(code, messages) ? await this.#show(planFile) : undefined;
    return judge({
      plan: { exitCode: code, ...(signal ? { signal } : {}), stderr },
      messages,
      ...(shown ? { shown } : {}),
    }, {
      secrets: this.secrets,
      recall: recallFrom(this.memory, this.salt, this.startedAt),
      accepts: (address, path) => {
        const rule = acceptedBy(this.deps.accept, this.environment.name, address, path, this.deps.now());
        if (rule) this.matchedRules.add(rule);
        return rule !== undefined;
      },
      ...(this.memory ? { memory: this.memory } : {}),
      hideText: this.deps.hideText,
      stateAt: await stateAt(this.environment, this.#dataDir),
    });
  }

  async #show(planFile: string): Promise<{ json: unknown } | { error: string } | undefined> {
    if (!await Deno.stat(planFile).then(() => true, () => false)) return undefined;
    this.deps.progress("reading the plan");
    const show = await this.#terraform(["show", "-json", planFile], "show");
    await Deno.remove(planFile).catch(() => {});
    if (show.exit.code !== 0) throw await this.#failed("show", show);
    const text = await show.stdout();
    await Deno.remove(show.stdoutFile).catch(() => {});
    try {
      return { json: JSON.parse(text) };
    } catch (error) {
      return {
        error: `Cannot read the plan: "terraform show -json" wrote ${text.length} characters that are no JSON (${
          messageOf(error)
        })`,
      };
    }
  }

  async #init() {
    this.#initialized = true;
    await this.deps.oneAtATime(async () => {
      this.deps.progress("initialising");
      // A backend that was set up before is forgotten, not migrated: the data directory is ours.
      for (const name of ["terraform.tfstate", "environment"]) {
        await Deno.remove(join(this.#dataDir, name)).catch(() => {});
      }
      await Deno.remove(this.#stampFile).catch(() => {});
      const init = await this.#terraform([
        "init",
        "-input=false",
        "-no-color",
        "-lockfile=readonly",
        ...this.environment.backendConfig.map((entry) => `-backend-config=${entry}`),
      ], "init");
      if (init.exit.code !== 0) throw await this.#failed("init", init);
      await Deno.writeTextFile(this.#stampFile, await this.#stamp(), { mode: 0o600 });
    });
  }

  async #selectWorkspace() {
    const wanted = this.environment.workspace ?? "default";
    const selected = await Deno.readTextFile(join(this.#dataDir, "environment")).then(
      (text) => text.trim(),
      () => "default",
    );
    // Even a workspace that is selected may be gone: a plan would take it for an empty one and create it.
    if (wanted === "default" && selected === "default") return;
    this.deps.progress("selecting the workspace");
    const select = await this.#terraform(["workspace", "select", "-no-color", wanted], "workspace");
    if (select.exit.code !== 0) throw await this.#failed("workspace", select);
  }

  /** The error of a terraform command that failed and writes plain text. */
  async #failed(phase: FailureEvidence["phase"], run: TerraformRun): Promise<Failed> {
    const { code, signal } = run.exit;
    // Scrubbed before the text is cut: half a secret would not be known again.
    const stderr = this.secrets.scrub(await run.stderr());
    const stdoutTail = stderr.trim() === "" ? this.secrets.scrub(await run.stdout()).slice(-4000) : "";
    const error = classify({
      phase,
      exitCode: code,
      ...(signal ? { signal } : {}),
      diagnostics: [],
      stderr,
      stdoutTail,
    });
    return new Failed(this.deps.hideText ? hideError(error) : error);
  }

  get #stampFile(): string {
    return join(this.#home, "stamp");
  }

  /** What `plan` does not notice when it changes: backend configuration, program, folder. */
  async #stamp(): Promise<string> {
    const { mtime, size } = await Deno.stat(this.#bin);
    const hash = createHash("sha256").update(JSON.stringify([this.#bin, mtime?.getTime(), size, this.environment.dir]));
    for (const entry of this.environment.backendConfig) {
      hash.update(`\n${entry}\n`);
      if (entry.startsWith("/")) hash.update(await Deno.readFile(entry).catch(() => new Uint8Array()));
    }
    return hash.digest("hex");
  }

  async #isStamped(): Promise<boolean> {
    const stamp = await Deno.readTextFile(this.#stampFile).catch(() => undefined);
    return stamp !== undefined && stamp === await this.#stamp();
  }

  /** Repeats what failed in a transient way, but not what `final` says is an answer. */
  async #withRetries(
    attempt: () => Promise<Verdict>,
    final: (error: CheckError) => boolean = () => false,
  ): Promise<Verdict> {
    for (let tries = 0;; tries++) {
      let verdict: Verdict;
      try {
        verdict = await attempt();
      } catch (error) {
        if (!(error instanceof Failed) || this.deps.stop.aborted) throw error;
        verdict = { ...nothing(), error: scrubError(error.error, this.secrets) };
      }
      const wait = this.deps.retryDelays[tries];
      if (!verdict.error || !isTransient(verdict.error.class) || final(verdict.error) || wait === undefined) {
        return verdict;
      }
      if (wait >= this.#remainingMs()) return verdict;
      this.deps.progress(`${verdict.error.class}, trying again in ${Math.ceil(wait / 1000)} s`);
      await sleep(wait, this.deps.stop);
    }
  }

  #remainingMs(): number {
    return this.environment.timeoutMs - (this.deps.now() - Date.parse(this.startedAt));
  }

  /** A second plan that takes the state lock: a running apply is no drift. Its result is the verdict. */
  async #confirm(first: Verdict): Promise<Verdict> {
    this.deps.progress("confirming");
    try {
      const locked = await this.#withRetries(() => this.#plan(true), isLockFailure);
      if (!locked.error || !isLockFailure(locked.error)) return locked;
      const verdict = await this.#withRetries(() => this.#plan(false));
      if (locked.error.class === "state-locked") {
        for (const change of verdict.changes) change.confirmed = false;
        const { who, since } = locked.error.lock ?? { who: "somebody", since: "an unknown time" };
        verdict.warnings.push({
          severity: "warning",
          summary: `The state is locked by ${who} since ${since}: the drift could not be confirmed`,
          detail: "A running apply shows as drift until it ends. If nobody is at work, the lock was left behind.",
        });
      }
      return verdict;
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      throw new Failed(error.error, {
        ...first,
        changes: first.changes.map((change) => ({ ...change, confirmed: false })),
      });
    }
  }
}

/** The error of a check that we stopped ourselves. */
export function stopped(reason: StopReason, environment: Environment): CheckError {
  if (reason === "timeout") {
    return checkError("timeout", `The check did not end within ${Math.round(environment.timeoutMs / 1000)} s`);
  }
  if (reason === "run-timeout") {
    return checkError("timeout", "The time for the whole run was over before this check ended");
  }
  return checkError("interrupted", "The check was stopped before it ended");
}

/** Terraform's own troubles with its CLI configuration stand on stderr alone, and its exit code stays 0: they are kept as a warning. */
function withStderr(messages: Messages, stderr: string): Messages {
  const said = parseTextDiagnostics(stderr).map((one) => ({ ...one, severity: "warning" as const }));
  return said.length > 0 ? { ...messages, diagnostics: [...messages.diagnostics, ...said] } : messages;
}

function droppedWarning(name: string): [string, string] {
  const instead = name.startsWith("TF_CLI_ARGS")
    ? 'use "varFiles", "backendConfig" or "terraform.parallelism" of the configuration'
    : name === "TF_WORKSPACE"
    ? 'use "environments.NAME.workspace" of the configuration'
    : name === "TF_DATA_DIR"
    ? 'use "stateDir" of the configuration, below which it lies'
    : 'use "terraform.env" of the configuration';
  return [
    `${name} of the environment was not passed on: ${instead}`,
    "What is inherited by chance can hide drift, as -refresh=false does.",
  ];
}

/** Provider source to version, from the dependency lock file beside the configuration. */
async function lockedProviders(dir: string): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(join(dir, ".terraform.lock.hcl")).catch(() => "");
  const providers: Record<string, string> = {};
  for (const [, source, body] of text.matchAll(/^provider "([^"]+)" \{\n([\s\S]*?)^\}/gm)) {
    const version = /^\s*version\s*=\s*"([^"]+)"/m.exec(body!)?.[1];
    if (version) providers[source!] = version;
  }
  return providers;
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener("abort", done);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
