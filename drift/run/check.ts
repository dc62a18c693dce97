/**
 * The check of one environment: plan, judge, try again what is transient, confirm what is new, remember, report.
 *
 * @module
 */

import { join } from "node:path";
import { delay } from "@std/async/delay";
import { messageOf } from "../../lib/message_of.ts";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { acceptedBy } from "../config/accept.ts";
import type { Environment } from "../config/config.ts";
import type { AcceptRule } from "../config/schema.ts";
import { type Circumstances, environmentReport } from "./environment_report.ts";
import { checkError, isLockFailure, isTransient } from "../verdict/failures.ts";
import { type Memory, memoryFile, newSalt, recallFrom, remember, resolvedSince } from "./memory.ts";
import type { CheckError, Diagnostic, EnvironmentReport, Status } from "../report.ts";
import { providers } from "../providers/registry.ts";
import { dataDirOf, stateAt } from "../terraform/backend.ts";
import { CheckFailed, type SessionDeps, stopped, type StopReason, TerraformSession } from "../terraform/session.ts";
import {
  hideError,
  judge,
  type JudgeContext,
  nothing,
  scrubDiagnostic,
  scrubError,
  type Verdict,
} from "../verdict/verdict.ts";

/** What a check needs of the run that it is part of. */
export interface CheckDeps extends SessionDeps {
  /** Differences that the operator lives with. */
  accept: AcceptRule[];
  /** Leave out what Terraform and providers say. */
  hideText: boolean;
  /** Milliseconds since 1970. */
  now: () => number;
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

/** Checks one environment. Never throws for what goes wrong in the check: that is an error of the report. */
export async function checkEnvironment(environment: Environment, deps: CheckDeps): Promise<CheckResult> {
  const started = deps.now();
  const startedAt = new Date(started).toISOString();
  const store = memoryOf(environment, deps);
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
  const session = new TerraformSession(environment, deps);
  const recall = recallFrom(memory, salt, startedAt);
  const check = new Check(environment, deps, session, { recall, ...(memory ? { memory } : {}) }, started);
  let verdict: Verdict;
  let isOurs = false;
  try {
    for (const [summary, detail] of await session.prepare()) warn(summary, detail);
    verdict = await check.run();
  } catch (error) {
    const failure = error instanceof CheckFailed ? error.error : checkError("unknown", messageOf(error));
    isOurs = !(error instanceof CheckFailed && error.isTheirs);
    verdict = { ...(check.found ?? nothing()), status: "error", error: failure };
  }
  // Asked before the run folder is removed, which frees what is scarce.
  const scarcity = verdict.error?.class === "unknown" ? await session.scarcity() : undefined;
  await session.close();
  if (verdict.error) {
    verdict.error = deps.hideText && !isOurs ? hideError(verdict.error) : scrubError(verdict.error, session.secrets);
    const { class: cls, summary, detail } = verdict.error;
    if (scarcity) verdict.error = checkError(cls, `${scarcity}: ${summary}`, detail);
  }
  if (await check.mayHaveLeftLock(verdict.error)) {
    warn(
      "The plan that was ended may have left its lock on the state",
      "If the next apply finds the state locked by this check, and no check is running: " +
        "`terraform force-unlock ID` in the environment's folder, with the ID that it names.",
    );
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
  verdict.warnings.unshift(...warnings.map((one) => scrubDiagnostic(one, session.secrets)));
  const report = environmentReport(verdict, {
    name: environment.name,
    dir: environment.dir,
    startedAt,
    durationMs: Math.max(0, Math.round(deps.now() - started)),
    ...history(memory, verdict.status),
    resolved: verdict.status === "error" ? [] : resolvedSince(memory, verdict.findings, verdict.accepted),
    providers,
  });
  try {
    await store.save(remember(report, verdict.findings, verdict.resources, memory, salt));
  } catch (error) {
    report.warnings.push({
      severity: "warning",
      summary: `Cannot write the memory of this run: ${messageOf(error)}`,
      detail: "The next run will count what it finds as new, or not notice what is gone.",
    });
  }
  return { report, matchedRules: check.matchedRules, ...(session.version ? { terraform: session.version } : {}) };
}

/** The report of an environment whose turn never came. Its memory stays as it is. */
export async function notChecked(
  environment: Environment,
  reason: StopReason,
  deps: Pick<CheckDeps, "stateDir" | "now">,
): Promise<CheckResult> {
  const { memory } = await memoryOf(environment, { ...deps, isTrial: true }).load().catch(() => ({
    memory: undefined,
  }));
  return withoutVerdict(environment, stopped(reason, environment), {
    startedAt: new Date(deps.now()).toISOString(),
    durationMs: 0,
    ...history(memory, "error"),
    providers: await lockedProviders(environment.dir),
  });
}

/** The report of a check that was stopped and does not end: what it reads of the file system hangs. */
export function givenUp(environment: Environment, reason: StopReason, startedAt: number, now: number): CheckResult {
  const { class: cls, summary } = stopped(reason, environment);
  const detail =
    `Something that the check reads hangs: look whether ${environment.dir} and the state directory answer.`;
  return withoutVerdict(environment, checkError(cls, summary, detail), {
    startedAt: new Date(startedAt).toISOString(),
    durationMs: Math.round(now - startedAt),
  });
}

function withoutVerdict(
  { name, dir }: Environment,
  error: CheckError,
  rest: Omit<Circumstances, "name" | "dir">,
): CheckResult {
  return { report: environmentReport({ ...nothing(), error }, { name, dir, ...rest }), matchedRules: new Set() };
}

function memoryOf({ name }: Environment, { stateDir, now, isTrial }: Pick<CheckDeps, "stateDir" | "now" | "isTrial">) {
  return memoryFile(join(stateDir, "memory", `${name}.json`), now, isTrial);
}

/** What the last run knew of the status. */
function history(memory: Memory | undefined, status: Status): { previousStatus?: Status; since?: string } {
  return memory ? { previousStatus: memory.status, ...(memory.status === status ? { since: memory.since } : {}) } : {};
}

/** One check: what was planned, judged, repeated and confirmed. */
class Check {
  readonly matchedRules = new Set<AcceptRule>();
  /** The last plan took the state's lock, and did not end by itself. */
  #isLockInDoubt = false;
  /** What a plan before found, if anything: listed where the next one cannot be ended. */
  found?: Verdict;

  constructor(
    readonly environment: Environment,
    readonly deps: CheckDeps,
    readonly session: TerraformSession,
    readonly context: Pick<JudgeContext, "recall" | "memory">,
    readonly started: number,
  ) {}

  async run(): Promise<Verdict> {
    const { lock } = this.deps.terraform;
    const first = this.#orFound(await this.#withRetries(() => this.#plan(lock === "always")));
    const doubted = new Set(
      this.context.memory?.findings.filter((one) => one.unconfirmed).map(({ address }) => address),
    );
    const news = first.changes.some((change) => change.isNew || doubted.has(change.address));
    const doubtful = first.status === "drift" || first.error?.class === "suspect";
    return lock === "confirm" && doubtful && news ? await this.#confirm(first) : first;
  }

  async #plan(lock: boolean): Promise<Verdict> {
    const { environment, deps, session } = this;
    // Half of what is left is kept for the plan itself, and for one without the lock.
    const lockMs = Math.round(Math.min(deps.terraform.lockTimeoutMs, Math.max(0, this.#remainingMs() / 2)));
    this.#isLockInDoubt = lock;
    const { exit, messages, stderr, shown } = await session.plan(lock ? lockMs : undefined);
    const { code, signal } = exit;
    this.#isLockInDoubt = lock && signal !== undefined;
    return judge({
      plan: { exitCode: code, ...(signal ? { signal } : {}), stderr },
      messages,
      ...(shown ? { shown } : {}),
    }, {
      ...this.context,
      secrets: session.secrets,
      providers,
      accepts: (address, path) => {
        const rule = acceptedBy(deps.accept, environment.name, address, path, deps.now());
        if (rule) this.matchedRules.add(rule);
        return rule !== undefined;
      },
      hideText: deps.hideText,
      stateAt: await stateAt(environment, dataDirOf(deps.stateDir, environment.name)),
    });
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
        if (!(error instanceof CheckFailed) || !isTransient(error.error.class)) throw error;
        verdict = { ...nothing(), error: error.error };
      }
      const wait = this.deps.retryDelays[tries];
      if (!verdict.error || !isTransient(verdict.error.class) || final(verdict.error) || wait === undefined) {
        return verdict;
      }
      if (verdict.changes.length > 0) this.found ??= verdict;
      if (wait >= this.#remainingMs()) return verdict;
      this.deps.progress(`${verdict.error.class}, trying again in ${Math.ceil(wait / 1000)} s`);
      await delay(wait, { signal: this.deps.stop }).catch(() => {});
    }
  }

  #remainingMs(): number {
    return this.environment.timeoutMs - (this.deps.now() - this.started);
  }

  /** A second plan that takes the state lock: a running apply is no drift. Its result is the verdict. */
  async #confirm(first: Verdict): Promise<Verdict> {
    this.deps.progress("confirming");
    this.found = { ...first, changes: first.changes.map((change) => ({ ...change, confirmed: false })) };
    const locked = await this.#withRetries(() => this.#plan(true), isLockFailure);
    if (!locked.error || !isLockFailure(locked.error)) return this.#orFound(locked);
    const verdict = this.#orFound(await this.#withRetries(() => this.#plan(false)));
    if (locked.error.class === "state-locked") {
      for (const change of verdict.changes) change.confirmed = false;
      const { summary, lock } = locked.error;
      verdict.warnings.push({
        severity: "warning",
        summary: `${summary}: the drift could not be confirmed`,
        detail: "A running apply shows as drift until it ends. If nobody is at work, the lock was left behind: " +
          `\`terraform force-unlock ${lock?.id || "ID"}\` in the environment's folder.`,
        ...lock ? { lock } : {},
      });
    }
    return verdict;
  }

  /** A further plan that failed and saw nothing takes nothing back. */
  #orFound(next: Verdict): Verdict {
    const { status, error, warnings } = next;
    return error && next.changes.length === 0 && this.found ? { ...this.found, status, error, warnings } : next;
  }

  /** Whether a plan was ended while the state was locked. A lock on a local state ends with the process that holds it. */
  async mayHaveLeftLock(error: CheckError | undefined): Promise<boolean> {
    if (!this.#isLockInDoubt || !["timeout", "interrupted", "killed"].includes(error?.class ?? "")) return false;
    const place = await stateAt(this.environment, dataDirOf(this.deps.stateDir, this.environment.name));
    return !place.startsWith('backend "local"');
  }
}

/** Provider source to version, from the dependency lock file beside the configuration. */
async function lockedProviders(dir: string): Promise<Record<string, string>> {
  const text = await readRegularFile(join(dir, ".terraform.lock.hcl"));
  const providers: Record<string, string> = {};
  for (const [, source, body] of text.matchAll(/^provider "([^"]+)" \{\n([\s\S]*?)^\}/gm)) {
    const version = /^\s*version\s*=\s*"([^"]+)"/m.exec(body!)?.[1];
    if (version) providers[source!] = version;
  }
  return providers;
}
