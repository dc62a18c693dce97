/**
 * Terraform in one environment's folder: how it is prepared, initialised where it is needed, planned and shown. It runs
 * `init`, `workspace select`, `plan` and `show`, and nothing else, and writes only below the state directory.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import { join, relative } from "node:path";
import { writeFileAtomic } from "../../lib/atomic_file.ts";
import { messageOf } from "../../lib/message_of.ts";
import { type Messages, parseMessages } from "./stream.ts";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import type { Exit } from "../../lib/process.ts";
import { isSecretName } from "../../lib/secret_names.ts";
import { Secrets } from "../../lib/secrets.ts";
import { childEnvironment, resolveBinary, Terraform, TerraformMissing, type TerraformRun } from "./command.ts";
import { learnEnvironment } from "./credentials.ts";
import type { Config, Environment } from "../config/config.ts";
import { checkError, classify, type Evidence, parseTextDiagnostics } from "../verdict/failures.ts";
import type { CheckError } from "../report.ts";
import { dataDirOf, lacksLocalState } from "./backend.ts";
import { needsPlan } from "../verdict/verdict.ts";

/** Why a check was stopped before it ended. */
export type StopReason = "timeout" | "run-timeout" | "interrupted";

/** What terraform's part of a check needs of the run that it is part of. */
export interface SessionDeps {
  /** How terraform is run. */
  terraform: Config["terraform"];
  /** Absolute path. */
  stateDir: string;
  /** Folder of this run, below the state directory; each check makes its own in it. */
  runDir: string;
  /** Environment variables of our own process. */
  inherited: Record<string, string>;
  /** Aborts with a {@link StopReason}: end terraform in order. */
  stop: AbortSignal;
  /** End terraform at once. */
  kill: AbortSignal;
  /** Runs `init` of one environment at a time: a shared plugin cache is not safe otherwise (https://github.com/hashicorp/terraform/issues/31964). */
  oneAtATime: <T>(work: () => Promise<T>) => Promise<T>;
  /** What is being done, for the live line. `refreshing` names the file to count refreshed resources in. */
  progress: (step: string, refreshing?: string) => void;
}

/** What a plan left behind. */
export interface Planned {
  /** How terraform ended. */
  exit: Exit;
  /** Its message stream, with what it said on stderr as warnings. */
  messages: Messages;
  /** All of it. */
  stderr: string;
  /** The plan itself, where it had to be read. */
  shown?: { json: unknown } | { error: string };
}

/** Ends a check with an error of a known class. */
export class CheckFailed extends Error {
  /** `isTheirs`: the text is Terraform's or a provider's. */
  constructor(readonly error: CheckError, readonly isTheirs: boolean = false) {
    super(error.summary);
  }
}

/** Terraform's own words for "run init first". */
const NEEDS_INIT =
  /Backend initialization required|Inconsistent dependency lock file|Required plugins are not installed|Module not installed|Module source has changed|Module version requirements have changed|Missing required provider|Backend configuration changed|Initial configuration of the requested backend|does not match any of the checksums recorded/;

/** Less room than this may be why output is missing, in bytes: the JSON of a plan of 5,000 resources is as large. */
const SCARCE = 16 * 1024 * 1024;

/** Terraform in one environment, for the length of one check. */
export class TerraformSession {
  /** Learns the secrets of environment, files and plans. */
  readonly secrets: Secrets = new Secrets();
  /** Absent until one answered. */
  version?: { bin: string; version: string };
  readonly #environment: Environment;
  readonly #deps: SessionDeps;
  readonly #home: string;
  readonly #dataDir: string;
  readonly #runDir: string;
  #bin = "";
  #initialized = false;
  /** An init of this check has succeeded. */
  #isFresh = false;
  #env: Record<string, string> = {};

  /** Starts nothing. */
  constructor(environment: Environment, deps: SessionDeps) {
    this.#environment = environment;
    this.#deps = deps;
    this.#home = join(deps.stateDir, "environments", environment.name);
    this.#dataDir = dataDirOf(deps.stateDir, environment.name);
    this.#runDir = join(deps.runDir, environment.name);
  }

  /**
   * Looks at what the environment names, and makes its folders.
   *
   * @returns Variables of the caller's environment that are not passed on, each with what to use instead.
   * @throws {CheckFailed}
   */
  async prepare(): Promise<[string, string][]> {
    const environment = this.#environment, deps = this.#deps;
    const names = await this.#enter();
    for (const file of environment.varFiles) {
      if (!await Deno.stat(file).then((info) => info.isFile, () => false)) {
        throw new CheckFailed(
          checkError("config-invalid", `Cannot read var file "${file}" of environment "${environment.name}"`),
        );
      }
    }
    try {
      this.#bin = await resolveBinary(deps.terraform.bin, deps.terraform.env.PATH ?? deps.inherited.PATH);
    } catch (error) {
      if (error instanceof TerraformMissing) throw new CheckFailed(checkError("terraform-missing", error.message));
      throw error;
    }
    try {
      await Deno.mkdir(this.#home, { recursive: true, mode: 0o700 });
      await Deno.mkdir(this.#runDir, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new CheckFailed(
        checkError("unknown", `Cannot write below the state directory "${deps.stateDir}": ${messageOf(error)}`),
      );
    }
    const { env, dropped } = childEnvironment(deps.inherited, deps.terraform.env);
    this.#env = { ...env, TF_DATA_DIR: this.#dataDir };
    learnEnvironment(env, this.secrets);
    await this.#learnFiles(names);
    return dropped.map(droppedWarning);
  }

  /**
   * How little room is left for what terraform writes, in words; undefined where there is enough. Terraform itself says
   * nothing of a full disk: what it could not write is missing, and so is its complaint.
   */
  async scarcity(): Promise<string | undefined> {
    const { stateDir } = this.#deps;
    const free = await statfs(stateDir).then(({ bavail, bsize }) => bavail * bsize, () => Infinity);
    return free < SCARCE ? `Only ${Math.floor(free / 1024)} KiB are free below "${stateDir}"` : undefined;
  }

  /** Removes what the check left in its run folder, plan files with it. */
  async close(): Promise<void> {
    await Deno.remove(this.#runDir, { recursive: true }).catch(() => {});
  }

  /**
   * Plans, after an init where one is needed, and reads the plan where the message stream alone is no answer.
   *
   * @param lockMs How long to wait for the state's lock; without it the lock is not taken.
   * @throws {CheckFailed} where it ends before there is a plan to judge
   */
  async plan(lockMs?: number): Promise<Planned> {
    if (!this.#isFresh && !await this.#isReady()) await this.#init();
    await this.#selectWorkspace();
    const locks = lockMs !== undefined && !await lacksLocalState(this.#environment, this.#dataDir);
    const planFile = join(this.#runDir, "plan.bin");
    await Deno.remove(planFile).catch(() => {});
    this.#deps.progress("planning", join(this.#runDir, "plan.stdout"));
    const plan = await this.#terraform([
      "plan",
      "-input=false",
      "-json",
      "-detailed-exitcode",
      ...(locks ? ["-lock=true", `-lock-timeout=${lockMs}ms`] : ["-lock=false"]),
      `-parallelism=${this.#deps.terraform.parallelism}`,
      `-out=${planFile}`,
      ...this.#environment.varFiles.map((file) => `-var-file=${file}`),
    ], "plan");
    const stderr = await plan.stderr();
    const messages = withStderr(parseMessages(await plan.stdout()), stderr);
    if (messages.version) this.version = { bin: this.#bin, version: messages.version };
    const { exit } = plan;
    const asksForInit = messages.diagnostics.some((one) => NEEDS_INIT.test(`${one.summary}\n${one.detail}`));
    if (exit.code === 1 && !this.#initialized && asksForInit) {
      await this.#init();
      return await this.plan(lockMs);
    }
    const shown = needsPlan(exit.code, messages) ? await this.#show(planFile, exit.code === 1) : undefined;
    return { exit, messages, stderr, ...(shown ? { shown } : {}) };
  }

  /** The names in the folder, which there must be for terraform to be started in: the operating system would blame terraform. */
  async #enter(): Promise<string[]> {
    const { name, dir } = this.#environment;
    try {
      if (!(await Deno.stat(dir)).isDirectory) throw new Deno.errors.NotFound();
      // Tried, not asked: Deno's access() looks at the owner's bits and everybody's, and forgets the group's.
      await Deno.lstat(`${dir}/.`);
      return await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        const problem = `The folder of environment "${name}" does not exist: ${dir}`;
        throw new CheckFailed(checkError("config-invalid", problem));
      }
      const problem = `Cannot look into the folder of environment "${name}": open ${dir}: permission denied`;
      throw new CheckFailed(checkError("permission", problem));
    }
  }

  /** Learns the secrets that files of values hold: an error can quote them before there is a plan that marks them. */
  async #learnFiles(names: string[]) {
    const { backendConfig, varFiles, dir } = this.#environment;
    const files = [
      ...varFiles,
      ...backendConfig.filter((entry) => entry.startsWith("/")),
      // Terraform reads these by itself.
      ...names.filter((name) => /(?:^terraform|\.auto)\.tfvars(?:\.json)?$/.test(name)).map((name) => join(dir, name)),
    ];
    for (const text of await Promise.all(files.map(readRegularFile))) {
      for (const [, name, value] of text.matchAll(/^[ \t]*"?([\w-]+)"?[ \t]*[=:][ \t]*"((?:[^"\\\n]|\\.)*)"/gm)) {
        if (isSecretName(name!)) this.secrets.add(value);
      }
    }
  }

  /** Runs one terraform command; a stop of ours ends the check here. */
  async #terraform(args: string[], name: string): Promise<TerraformRun> {
    const deps = this.#deps;
    if (deps.stop.aborted) throw new CheckFailed(stopped(deps.stop.reason, this.#environment));
    const terraform = new Terraform({
      bin: this.#bin,
      cwd: this.#environment.dir,
      env: this.#env,
      runDir: this.#runDir,
      stop: deps.stop,
      kill: deps.kill,
    });
    const run = await terraform.run(args, name).catch((error) => {
      throw error instanceof TerraformMissing ? new CheckFailed(checkError("terraform-missing", error.message)) : error;
    });
    if (run.exit.stopped) throw new CheckFailed(stopped(deps.stop.reason, this.#environment));
    return run;
  }

  /** `hasFailed`: the plan did, and what it said tells more than that it cannot be shown. */
  async #show(planFile: string, hasFailed: boolean): Promise<{ json: unknown } | { error: string } | undefined> {
    if (!await Deno.stat(planFile).then(() => true, () => false)) return undefined;
    this.#deps.progress("reading the plan");
    const show = await this.#terraform(["show", "-json", planFile], "show");
    await Deno.remove(planFile).catch(() => {});
    if (show.exit.code !== 0 && hasFailed) return undefined;
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
    await this.#deps.oneAtATime(async () => {
      this.#deps.progress("initialising");
      // A backend that was set up before is forgotten, not migrated: the data directory is ours. Modules are fetched anew.
      for (const name of ["terraform.tfstate", "environment", "modules"]) {
        await Deno.remove(join(this.#dataDir, name), { recursive: true }).catch(() => {});
      }
      await Deno.remove(this.#stampFile).catch(() => {});
      const isBeside = await this.#hasLocalState();
      if (isBeside) await this.#pretendEmptyBackend();
      const init = await this.#terraform([
        "init",
        "-input=false",
        "-no-color",
        "-lockfile=readonly",
        ...(isBeside ? ["-migrate-state"] : []),
        ...this.#environment.backendConfig.map((entry) => `-backend-config=${this.#withoutEquals(entry)}`),
      ], "init");
      if (init.exit.code !== 0) throw await this.#failed("init", init);
      this.#isFresh = true;
      await writeFileAtomic(this.#stampFile, await this.#stamp(), { mode: 0o600 });
    });
  }

  /** Whether a state lies in the environment's folder, be it in use or left over. */
  async #hasLocalState(): Promise<boolean> {
    const { dir } = this.#environment;
    const file = await Deno.stat(join(dir, "terraform.tfstate")).catch(() => undefined);
    if (file && file.size > 0) return true;
    return await Deno.stat(join(dir, "terraform.tfstate.d")).then(() => true, () => false);
  }

  /**
   * An `init` that knows of no backend moves a state that lies beside the code into the one that the code names: it
   * empties the file where it holds what the backend holds, and else wants to be asked, `-reconfigure` or not. So it is told
   * of a backend before, one of ours that holds nothing, and `-migrate-state` moves nothing.
   */
  async #pretendEmptyBackend() {
    const nothing = join(this.#dataDir, "nothing");
    const config = { path: join(nothing, "terraform.tfstate"), workspace_dir: join(nothing, "workspaces") };
    const backend = { type: "local", config, hash: 0 };
    const text = JSON.stringify({ version: 3, serial: 1, lineage: crypto.randomUUID(), backend });
    await Deno.mkdir(this.#dataDir, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(this.#dataDir, "terraform.tfstate"), text, { mode: 0o600 });
  }

  async #selectWorkspace() {
    const wanted = this.#environment.workspace ?? "default";
    const selected = await Deno.readTextFile(join(this.#dataDir, "environment")).then(
      (text) => text.trim(),
      () => "default",
    );
    // Even a workspace that is selected may be gone: a plan would take it for an empty one and create it.
    if (wanted === "default" && selected === "default") return;
    this.#deps.progress("selecting the workspace");
    const select = await this.#terraform(["workspace", "select", "-no-color", wanted], "workspace");
    if (select.exit.code === 0) return;
    if (this.#initialized || !NEEDS_INIT.test(await select.stderr())) throw await this.#failed("workspace", select);
    await this.#init();
    await this.#selectWorkspace();
  }

  /** The error of a terraform command that failed and writes plain text. */
  async #failed(phase: Evidence["phase"], run: TerraformRun): Promise<CheckFailed> {
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
    return new CheckFailed(error, true);
  }

  get #stampFile(): string {
    return join(this.#home, "stamp");
  }

  /** What `plan` does not notice when it changes: backend configuration, program, folder. */
  async #stamp(): Promise<string> {
    const { mtime, size } = await Deno.stat(this.#bin);
    const hash = createHash("sha256").update(
      JSON.stringify([this.#bin, mtime?.getTime(), size, this.#environment.dir]),
    );
    for (const entry of this.#environment.backendConfig) {
      hash.update(`\n${entry}\n`);
      if (entry.startsWith("/")) hash.update(await Deno.readFile(entry).catch(() => new Uint8Array()));
    }
    return hash.digest("hex");
  }

  /**
   * Whether what an init of an earlier check left can be used: it was made of the same, is not damaged (a full disk, a crash;
   * Terraform would blame the state), and holds no module that was fetched from elsewhere: there it may have changed, and a
   * fresh checkout would have it so.
   */
  async #isReady(): Promise<boolean> {
    const stamp = await Deno.readTextFile(this.#stampFile).catch(() => undefined);
    if (stamp === undefined || stamp !== await this.#stamp()) return false;
    try {
      await this.#readData("terraform.tfstate");
      const { Modules = [] } = await this.#readData("modules/modules.json") as { Modules?: { Source: string }[] };
      return Modules.every(({ Source }) => Source === "" || /^\.\.?(?:\/|$)/.test(Source));
    } catch {
      return false;
    }
  }

  /** A file of JSON in the data directory; `{}` where there is none. */
  async #readData(name: string): Promise<unknown> {
    try {
      return JSON.parse(await Deno.readTextFile(join(this.#dataDir, name)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return {};
      throw error;
    }
  }

  /** The path of a backend's settings as Terraform does not take it for a setting: with a "=" in a folder's name it would. */
  #withoutEquals(entry: string): string {
    return entry.startsWith("/") && entry.includes("=") ? relative(this.#environment.dir, entry) : entry;
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
