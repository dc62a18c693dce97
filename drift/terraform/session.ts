/**
 * Terraform in one environment's folder: how it is prepared, initialized where it is needed, planned and shown. It runs
 * `init`, `workspace select`, `plan` and `show`, and nothing else, and writes only below the state directory.
 *
 * One file, though it is long: the steps share the program, its variables and the folders of one check, and each may have
 * to go back to `init`.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { isScript } from "../../lib/is_script.ts";
import type { Exit } from "../../lib/process.ts";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { Secrets } from "../../lib/secrets.ts";
import { dataDirOf, lacksLocalState, settingsByHand, type StatePlace } from "./backend.ts";
import { learnCode, learnText } from "./code_secrets.ts";
import { childEnvironment, Terraform, type TerraformRun } from "./command.ts";
import { learnEnvironment } from "./credentials.ts";
import { DataDir, type InitInputs } from "./data_dir.ts";
import { asObstacle, type FailedRun, failedRun, SessionEnded } from "./obstacle.ts";
import { droppedWarning, lookAtVarFile, namesIn, otherWorkspace, workspaceWarning } from "./inputs.ts";
import { parseShown, type Shown } from "./shown.ts";
import { type Messages, needsPlan, parseMessages } from "./stream.ts";
import { parseTextDiagnostics } from "./text_diagnostics.ts";
import { codeKinds, findTool, parseTool, takesVarFiles, type Tool } from "./tool.ts";

/** What a session needs to know of the environment. */
export interface SessionEnvironment extends StatePlace {
  /** Names its folders below the state directory. */
  name: string;
  /** Absolute paths. */
  varFiles: string[];
  /** Absolute paths, or `key=value`. */
  backendConfig: string[];
}

/** How terraform is run. */
export interface ProgramSettings {
  /** Name, looked up in the PATH, or absolute path. */
  bin: string;
  /** Variables of its environment besides the inherited ones. */
  env: Record<string, string>;
  /** How many objects are looked at side by side. */
  parallelism: number;
}

/** A step of a check, for those who watch. */
export interface Step {
  /** What is being done, as `planning`. */
  text: string;
  /** The file to count refreshed resources in. */
  refreshing?: string;
  /** Told where only few lines are: the check takes longer than usual. */
  isNotable?: true;
}

/** What terraform's part of a check needs of the run that it is part of. */
export interface SessionDeps {
  /** How terraform is run. */
  terraform: ProgramSettings;
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
  initInTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** The workspaces of this folder that are checked, under whatever name: one of them may well be selected. */
  checkedWorkspaces: readonly string[];
  /** Told what is being done. */
  progress: (step: Step) => void;
  /** Secrets of the run, that no program may quote. */
  runSecrets?: readonly string[];
  /** Whether somebody wants to read the plan of a stream that is an answer by itself. */
  readsBesides?: (messages: Messages) => boolean;
}

/** What a plan left behind. */
export interface Planned {
  /** How terraform ended. */
  exit: Exit;
  /** Its message stream, with what it said on stderr as warnings. */
  messages: Messages;
  /** All of it. */
  stderr: string;
  /** Absolute path of the program where it is a script: what it passes on to Terraform cannot be known. */
  script?: string;
  /** The plan itself, where it had to be read. */
  shown?: Shown;
  /** The plan itself, where the stream is the answer and somebody wanted to read it besides. */
  besides?: Shown;
}

/** Terraform's own words for "run init first". */
const NEEDS_INIT =
  /Backend initialization required|Inconsistent dependency lock file|Required plugins are not installed|Module not installed|Module source has changed|Module version requirements have changed|Missing required provider|Backend configuration changed|Initial configuration of the requested backend|does not match any of the checksums recorded/;

/** Terraform's and OpenTofu's own words for a setting that the code does not give. */
const REQUIRED_SETTING = /is\s+required\s+by\s+the\s+(?:\S+\s+)?backend|Missing Required Value/i;

/** Less room than this may be why output is missing, in bytes: the JSON of a plan of 5,000 resources is as large. */
const SCARCE = 16 * 1024 * 1024;

/** Terraform in one environment, for the length of one check. */
export class TerraformSession {
  /** Learns the secrets of environment, files and plans. */
  readonly secrets: Secrets = new Secrets();
  /** Absent until one answered. */
  version?: { bin: string; version: string };
  /** The workspace that is selected in the environment's folder, where it is not the one that is checked. */
  otherWorkspace?: string | undefined;
  readonly #environment: SessionEnvironment;
  readonly #deps: SessionDeps;
  readonly #home: string;
  readonly #dataDir: DataDir;
  readonly #runDir: string;
  #bin = "";
  #isScript = false;
  #initialized = false;
  /** An init of this check has succeeded. */
  #isFresh = false;
  #env: Record<string, string> = {};
  #valueFiles: string[] = [];
  #knowsCode = false;
  #askedTool?: Promise<Tool | undefined>;

  /** Starts nothing. */
  constructor(environment: SessionEnvironment, deps: SessionDeps) {
    this.#environment = environment;
    this.#deps = deps;
    this.#home = join(deps.stateDir, "environments", environment.name);
    this.#dataDir = new DataDir(dataDirOf(deps.stateDir, environment.name));
    this.#runDir = join(deps.runDir, environment.name);
  }

  /**
   * Looks at what the environment names, and makes its folders.
   *
   * @returns Warnings, each with what to do: variables of the caller's environment that are not passed on, code that the
   * program does not read, and a workspace that is selected in the folder and not checked.
   * @throws {SessionEnded}
   */
  async prepare(): Promise<[string, string][]> {
    const environment = this.#environment, deps = this.#deps;
    const names = await namesIn(environment.dir);
    for (const file of environment.varFiles) await lookAtVarFile(file);
    try {
      this.#bin = await findTool(deps.terraform.bin, deps.terraform.env.PATH ?? deps.inherited.PATH);
      // One that may be run and not be read is no script: an interpreter would have to read it.
      this.#isScript = await isScript(this.#bin).catch(() => false);
    } catch (error) {
      throw asObstacle(error);
    }
    try {
      await Deno.mkdir(this.#home, { recursive: true, mode: 0o700 });
      await Deno.mkdir(this.#runDir, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new SessionEnded({ kind: "state-dir-unwritable", problem: messageOf(error) });
    }
    const { env, dropped } = childEnvironment(deps.inherited, deps.terraform.env);
    this.#env = { ...env, TF_DATA_DIR: this.#dataDir.path };
    learnEnvironment(env, this.secrets);
    this.secrets.add(deps.runSecrets);
    await this.#learnFiles(names);
    this.otherWorkspace = await otherWorkspace(environment);
    return [
      ...dropped.map(droppedWarning),
      ...await this.#unreadCode(names),
      ...this.otherWorkspace === undefined || deps.checkedWorkspaces.includes(this.otherWorkspace)
        ? []
        : [workspaceWarning(this.otherWorkspace, environment)],
    ];
  }

  /** Warns of OpenTofu's code beside Terraform's where the program reads Terraform's alone. */
  async #unreadCode(names: string[]): Promise<[string, string][]> {
    const { terraformFiles, tofuFiles } = codeKinds(names);
    if (tofuFiles.length === 0 || (await this.#tool())?.name !== "terraform") return [];
    if (terraformFiles.length === 0) throw new SessionEnded({ kind: "tofu-code-alone", program: this.#bin });
    return [[
      `The program is Terraform, which does not read ${tofuFiles.join(", ")}`,
      'What stands there alone shows as deleted: if OpenTofu made this, name it as "bin" of the environment.',
    ]];
  }

  /** What the program says it is, asked once and only where it matters. */
  async #tool(): Promise<Tool | undefined> {
    this.#askedTool ??= this.#terraform(["version"], "version").then(async (run) => parseTool(await run.stdout()));
    return await this.#askedTool;
  }

  async #varFileArgs(command: Parameters<typeof takesVarFiles>[0]): Promise<string[]> {
    const { varFiles } = this.#environment;
    if (varFiles.length === 0 || !takesVarFiles(command, await this.#tool())) return [];
    return varFiles.map((file) => `-var-file=${file}`);
  }

  /**
   * How many KiB are left for what terraform writes; undefined where there is enough room. Terraform itself says nothing of a
   * full disk: what it could not write is missing, and so is its complaint.
   */
  async scarceKiB(): Promise<number | undefined> {
    const free = await statfs(this.#deps.stateDir).then(({ bavail, bsize }) => bavail * bsize, () => Infinity);
    return free < SCARCE ? Math.floor(free / 1024) : undefined;
  }

  /** Removes what the check left in its run folder, plan files with it. */
  async close(): Promise<void> {
    await Deno.remove(this.#runDir, { recursive: true }).catch(() => {});
  }

  /**
   * Plans, after an init where one is needed, and reads the plan where the message stream alone is no answer.
   *
   * @param lockMs How long to wait for the state's lock; without it the lock is not taken.
   * @throws {SessionEnded} where it ends before there is a plan to judge
   */
  async plan(lockMs?: number): Promise<Planned> {
    if (!this.#isFresh && !await this.#dataDir.isReady(this.#initInputs)) await this.#init();
    await this.#refuseOpenBackend(this.#dataDir.path);
    await this.#selectWorkspace();
    const locks = lockMs !== undefined && !await lacksLocalState(this.#environment, this.#dataDir.path);
    const planFile = join(this.#runDir, "plan.bin");
    await Deno.remove(planFile).catch(() => {});
    this.#deps.progress({ text: "planning", refreshing: join(this.#runDir, "plan.stdout") });
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
    this.#noteVersion(messages);
    const { exit } = plan;
    const asksForInit = messages.diagnostics.some((one) => NEEDS_INIT.test(`${one.summary}\n${one.detail}`));
    if (exit.code === 1 && !this.#initialized && asksForInit) {
      await this.#init();
      return await this.plan(lockMs);
    }
    const planned: Planned = { exit, messages, stderr, ...(this.#isScript ? { script: this.#bin } : {}) };
    if (!this.#isScript && !needsPlan(exit.code, messages)) {
      const besides = this.#deps.readsBesides?.(messages) ? await this.#showBesides(planFile) : undefined;
      return { ...planned, ...(besides ? { besides } : {}) };
    }
    await this.#learnCode();
    const shown = await this.#show(planFile, exit.code === 1);
    return { ...planned, ...(shown ? { shown } : {}) };
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
    this.#valueFiles = files;
    for (const file of files) learnText(file, await readRegularFile(file), this.secrets);
    for (const entry of backendConfig) this.secrets.addUrl(entry);
  }

  /** Learns the secrets that stand in the code, once there is something to tell that may quote it. */
  async #learnCode() {
    if (this.#knowsCode) return;
    this.#knowsCode = true;
    const { dir } = this.#environment;
    await learnCode({ dir, dataDir: this.#dataDir.path, valueFiles: this.#valueFiles, env: this.#env }, this.secrets);
  }

  /** Runs one terraform command; a stop of ours ends the check here. */
  async #terraform(args: string[], name: string): Promise<TerraformRun> {
    const deps = this.#deps;
    if (deps.stop.aborted) throw new SessionEnded({ kind: "stopped", why: deps.stop.reason });
    const terraform = new Terraform({
      bin: this.#bin,
      cwd: this.#environment.dir,
      env: this.#env,
      runDir: this.#runDir,
      stop: deps.stop,
      kill: deps.kill,
    });
    const run = await terraform.run(args, name).catch((error) => {
      throw asObstacle(error);
    });
    if (run.exit.stopped) {
      // The log of a check that was stopped names the program that ran.
      this.#noteVersion(parseMessages(await run.stdout()));
      throw new SessionEnded({ kind: "stopped", why: deps.stop.reason });
    }
    return run;
  }

  #noteVersion({ version }: Messages) {
    if (version) this.version = { bin: this.#bin, version };
  }

  /** Reads a plan that the verdict does not rest on: that the check is stopped meanwhile takes nothing from it. */
  async #showBesides(planFile: string): Promise<Shown> {
    try {
      return await this.#show(planFile, true) ?? { problem: "Cannot show the plan" };
    } catch (error) {
      if (error instanceof SessionEnded) return { problem: "Cannot show the plan: the check was ended" };
      throw error;
    }
  }

  /** `hasFailed`: the plan did, and what it said tells more than that it cannot be shown. */
  async #show(planFile: string, hasFailed: boolean): Promise<Shown | undefined> {
    if (!await Deno.stat(planFile).then(() => true, () => false)) return undefined;
    this.#deps.progress({ text: "reading the plan" });
    const show = await this.#terraform(["show", "-json", ...await this.#varFileArgs("show"), planFile], "show");
    await Deno.remove(planFile).catch(() => {});
    if (show.exit.code !== 0) return hasFailed ? undefined : { failed: await failedRun("show", show) };
    const text = await show.stdout();
    await Deno.remove(show.stdoutFile).catch(() => {});
    return parseShown(text, '"terraform show -json"');
  }

  async #init() {
    this.#initialized = true;
    await this.#deps.initInTurn(async () => {
      this.#deps.progress({ text: "initializing" });
      await this.#dataDir.forget();
      const isBeside = await this.#hasLocalState();
      if (isBeside) await this.#dataDir.pretendEmptyBackend();
      const init = await this.#terraform([
        "init",
        "-input=false",
        "-no-color",
        "-lockfile=readonly",
        ...(isBeside ? ["-migrate-state"] : []),
        ...await this.#varFileArgs("init"),
        ...this.#environment.backendConfig.map((entry) => `-backend-config=${this.#withoutEquals(entry)}`),
      ], "init");
      if (init.exit.code !== 0) {
        if (REQUIRED_SETTING.test(await init.stderr())) await this.#refuseOpenBackend();
        throw await this.#ended("init", init);
      }
      this.#isFresh = true;
      await this.#dataDir.markReady(this.#initInputs);
    });
  }

  async #ended(phase: FailedRun["phase"], run: TerraformRun): Promise<SessionEnded> {
    await this.#learnCode();
    return new SessionEnded(await failedRun(phase, run));
  }

  get #initInputs(): InitInputs {
    const { dir, backendConfig } = this.#environment;
    return { bin: this.#bin, dir, backendConfig };
  }

  /** `dataDir`: ours, after an `init` that succeeded. With `backendConfig`, somebody has said which state is meant. */
  async #refuseOpenBackend(dataDir?: string) {
    const { dir, backendConfig } = this.#environment;
    if (backendConfig.length > 0) return;
    const byHand = await settingsByHand(dir, dataDir, this.#env);
    if (byHand) throw new SessionEnded({ kind: "backend-open", backend: byHand.type, settings: byHand.settings });
  }

  /** Whether a state lies in the environment's folder, be it in use or left over. */
  async #hasLocalState(): Promise<boolean> {
    const { dir } = this.#environment;
    const file = await Deno.stat(join(dir, "terraform.tfstate")).catch(() => undefined);
    if (file && file.size > 0) return true;
    return await Deno.stat(join(dir, "terraform.tfstate.d")).then(() => true, () => false);
  }

  async #selectWorkspace() {
    const wanted = this.#environment.workspace ?? "default";
    // Even a workspace that is selected may be gone: a plan would take it for an empty one and create it.
    if (wanted === "default" && await this.#dataDir.workspace() === "default") return;
    this.#deps.progress({ text: "selecting the workspace" });
    const varFiles = await this.#varFileArgs("workspace");
    const select = await this.#terraform(["workspace", "select", "-no-color", ...varFiles, wanted], "workspace");
    if (select.exit.code === 0) return;
    if (this.#initialized || !NEEDS_INIT.test(await select.stderr())) {
      throw await this.#ended("workspace", select);
    }
    await this.#init();
    await this.#selectWorkspace();
  }

  /** The path of a backend's settings as Terraform does not take it for a setting: with a "=" in a folder's name it would. */
  #withoutEquals(entry: string): string {
    return entry.startsWith("/") && entry.includes("=") ? relative(this.#environment.dir, entry) : entry;
  }
}

/** Terraform's own troubles with its CLI configuration stand on stderr alone, and its exit code stays 0: they are kept as a warning. */
function withStderr(messages: Messages, stderr: string): Messages {
  const said = parseTextDiagnostics(stderr).map((one) => ({ ...one, severity: "warning" as const }));
  return said.length > 0 ? { ...messages, diagnostics: [...messages.diagnostics, ...said] } : messages;
}
