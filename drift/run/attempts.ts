/**
 * The plans of one check: what is transient is tried again, and what is new is confirmed by a second plan.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { formatDuration } from "../../lib/duration.ts";
import { acceptedBy } from "../config/accept.ts";
import type { Config, Environment } from "../config/config.ts";
import type { AcceptRule } from "../config/schema.ts";
import type { Change, CheckError, Diagnostic } from "../report.ts";
import { noiseFinder } from "../providers/noise.ts";
import { providers } from "../providers/registry.ts";
import { dataDirOf, type StateAt, stateAt } from "../terraform/backend.ts";
import { SessionEnded } from "../terraform/obstacle.ts";
import type { Planned, Step, TerraformSession } from "../terraform/session.ts";
import { adviceFor } from "../terraform/tool.ts";
import type { Evidence, JudgeContext } from "../verdict/evidence.ts";
import { type Failure, isLockFailure, isTransient } from "../verdict/failures.ts";
import type { Testimony } from "../verdict/testimony.ts";
import { emptyVerdict, judge, type Verdict } from "../verdict/verdict.ts";
import { unconfirmedIn, withoutConfirmation, withoutSecondPlan } from "./confirmation.ts";
import type { CheckedGuests, CheckWitness } from "./check_witness.ts";
import { aboutState, type Memory } from "./memory.ts";
import { failureOf } from "./obstacle_failure.ts";
import { fleetingChanges } from "./power.ts";
import { recallFrom } from "./recall.ts";

/** What the plans of a check need of the run that they are part of. */
export interface AttemptDeps {
  /** How terraform is run, and when its lock is taken. */
  terraform: Config["terraform"];
  /** Absolute path. */
  stateDir: string;
  /** Differences that the operator lives with. */
  accept: AcceptRule[];
  /** Which rows of the catalogue of noise apply. */
  noise: Config["noise"];
  /** Leave out what Terraform and providers say. */
  hideText: boolean;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Waits before each retry, in milliseconds. */
  retryDelays: number[];
  /** A person waits for the result. */
  isWatched: boolean;
  /** Ends a wait. */
  stop: AbortSignal;
  /** What is left of the environment's time, in milliseconds. */
  remainingMs: () => number;
  /** Told what is being done. */
  progress: (step: Step) => void;
  /** Environment variables of our own process. */
  inherited: Record<string, string>;
  /** Who is heard about the guests of the plans; absent where nobody is. */
  witness?: CheckWitness | undefined;
}

/** A plan as it was judged, and a way to judge it again. */
interface JudgedPlan {
  planned: Planned;
  at: string;
  verdict: Verdict;
  judgeAgain: (testimony: Testimony) => Verdict;
}

/** What is known of the last run. */
export interface Known {
  /** Absent at the first. */
  memory?: Memory | undefined;
  /** For hashes of values. */
  salt: string;
  /** When this check began, ISO 8601. */
  startedAt: string;
  /** Versions of the providers by their source, from the lock file. */
  versions: Readonly<Record<string, string>>;
}

/** What an attempt came to: a verdict, and for a lock that was in the way what it says. */
export class Attempts {
  /** `accept` rules that set a difference aside. */
  readonly matchedRules: Set<AcceptRule> = new Set();
  /** The last plan took the state's lock, and did not end by itself. */
  #isLockInDoubt = false;
  /** What a plan before found, if anything: listed where the next one cannot be ended. */
  #found?: Verdict;
  /** The last one. */
  #last?: JudgedPlan;
  /** Where the state is that the last plan read; absent before one was made. */
  state?: StateAt;
  /** The guests of the last plan; absent where no witness was heard. */
  guests?: CheckedGuests;
  /** What is to be known of the witness. */
  readonly witnessWarnings: Diagnostic[] = [];

  /** `toError` writes a failure in sentences. */
  constructor(
    readonly environment: Environment,
    readonly deps: AttemptDeps,
    readonly session: Pick<TerraformSession, "plan" | "secrets" | "otherWorkspace">,
    readonly known: Known,
    readonly toError: (failure: Failure) => CheckError,
  ) {}

  /** Plans until there is an answer. Never throws for what goes wrong: that is a failure of the verdict. */
  async run(): Promise<Verdict> {
    try {
      return await this.#plans();
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error;
      return { ...(this.#found ?? emptyVerdict()), status: "error", failure: this.#failureOf(error) };
    }
  }

  async #plans(): Promise<Verdict> {
    const { deps: { terraform: { lock, confirmPowerAfterMs }, now, remainingMs, isWatched } } = this;
    const began = now();
    const first = this.#orFound(await this.#withRetries(() => this.#plan(lock === "always")));
    const took = now() - began;
    const times = { planned: began, confirmAfterMs: confirmPowerAfterMs };
    const fleetingIn = ({ changes }: Verdict) => fleetingChanges(changes, this.#memory(), times);
    const fleeting = fleetingIn(first), news = this.#newsIn(first);
    const isDoubtful = first.status === "drift" || first.failure?.class === "suspect";
    const waits = fleeting.length > 0 && !isWatched && confirmPowerAfterMs + took < remainingMs();
    const isWorthwhile = waits || news.some((change) => !fleeting.includes(change));
    if (lock !== "confirm" || !isDoubtful || !isWorthwhile) {
      const heard = await this.#heard(first);
      const doubtful = [...this.#newsIn(heard), ...fleetingIn(heard)];
      return unconfirmedIn(withoutSecondPlan(heard), doubtful.filter((change) => !isWitnessed(change)));
    }
    if (waits) await this.#waitForPower(first);
    const verdict = await this.#confirm(first);
    const known = new Set(waits ? fleeting.map(({ address }) => address) : []);
    return unconfirmedIn(verdict, fleetingIn(verdict).filter(({ address }) => !known.has(address)));
  }

  /** The changes that the last run did not have, or that nothing has confirmed yet. */
  #newsIn({ changes }: Verdict): Change[] {
    const before = this.#memory()?.findings ?? [];
    const doubted = new Set(before.filter((one) => one.unconfirmed).map(({ address }) => address));
    return changes.filter((change) => change.isNew || doubted.has(change.address));
  }

  /** The verdict on the last plan after the witness was heard about it: it is judged again with what that said. */
  async #heard(verdict: Verdict): Promise<Verdict> {
    const { deps: { witness, inherited, terraform, stop, remainingMs, progress }, session: { secrets } } = this;
    const last = this.#last;
    if (!witness || last?.verdict !== verdict) return verdict;
    progress({ text: "asking the second witness" });
    const heard = await witness.hear({ ...last, changes: verdict.changes }, {
      variables: { ...inherited, ...terraform.env },
      scrubPath: (address) => secrets.scrubPath(address),
      stop,
      remainingMs,
    });
    if (!heard) return verdict;
    const { testimony, warnings, guests } = heard;
    this.witnessWarnings.push(...warnings);
    if (guests) this.guests = guests;
    const { vanished, locks, movable } = testimony;
    const saysAnything = vanished.size + locks.size + (movable?.size ?? 0) > 0;
    return saysAnything ? last.judgeAgain(testimony) : verdict;
  }

  /** Lets the time pass after which a guest that still does not run is no matter of a backup or of HA. */
  async #waitForPower(first: Verdict): Promise<void> {
    const { terraform: { confirmPowerAfterMs }, progress, stop } = this.deps;
    this.#found = withoutConfirmation(first);
    progress({
      text: `a guest changed in power alone, planning again in ${formatDuration(confirmPowerAfterMs)}`,
      isNotable: true,
    });
    await delay(confirmPowerAfterMs, { signal: stop }).catch(() => {});
  }

  async #plan(lock: boolean): Promise<Verdict> {
    const { deps, session, environment, known: { salt, startedAt, versions } } = this;
    // Half of what is left is kept for the plan itself, and for one without the lock.
    const lockMs = Math.round(Math.min(deps.terraform.lockTimeoutMs, Math.max(0, this.deps.remainingMs() / 2)));
    this.#isLockInDoubt = lock;
    const at = new Date(deps.now()).toISOString();
    const planned = await session.plan(lock ? lockMs : undefined);
    const { exit: { code, signal }, messages, stderr, script, shown } = planned;
    this.#isLockInDoubt = lock && signal !== undefined;
    this.state = await this.#stateAt();
    const memory = this.#memory();
    const evidence: Evidence = {
      plan: { exitCode: code, ...(signal ? { signal } : {}), stderr, ...(script ? { script } : {}) },
      messages,
      ...(shown ? { shown } : {}),
    };
    const context: JudgeContext = {
      recall: recallFrom(memory, { salt, startedAt, versions }),
      ...(memory ? { previousResources: memory.resources } : {}),
      providers,
      noise: noiseFinder({ noise: deps.noise, versions }),
      secrets: session.secrets,
      accepts: (address, path) => this.#accepts(address, path),
      hideText: deps.hideText,
      stateAt: this.state.text,
      ...(environment.workspace === undefined ? { otherWorkspace: session.otherWorkspace } : {}),
    };
    const verdict = judge(evidence, context);
    this.#last = { planned, at, verdict, judgeAgain: (testimony) => judge(evidence, { ...context, testimony }) };
    return verdict;
  }

  /** What the memory has to say of the state that was read. */
  #memory(): Memory | undefined {
    return this.state === undefined ? this.known.memory : aboutState(this.known.memory, this.state.identity);
  }

  #accepts(address: string, path: string): boolean {
    const rule = acceptedBy(this.deps.accept, this.environment.name, address, path, this.deps.now());
    if (rule) this.matchedRules.add(rule);
    return rule !== undefined;
  }

  /** Repeats what failed in a transient way, but not what `isAnswer` says is an answer. */
  async #withRetries(
    attempt: () => Promise<Verdict>,
    isAnswer: (failure: Failure) => boolean = () => false,
  ): Promise<Verdict> {
    for (let tries = 0;; tries++) {
      const verdict = await attempt().catch((error): Verdict => {
        const failed = error instanceof SessionEnded ? this.#failureOf(error) : undefined;
        if (!failed || !isTransient(failed.class)) throw error;
        return { ...emptyVerdict(), failure: failed };
      });
      const { failure } = verdict;
      const wait = this.deps.retryDelays[tries];
      if (!failure || !isTransient(failure.class) || isAnswer(failure) || wait === undefined) return verdict;
      if (verdict.changes.length > 0) this.#found ??= verdict;
      if (wait >= this.deps.remainingMs()) return verdict;
      this.deps.progress({ text: `${failure.class}, trying again in ${Math.ceil(wait / 1000)} s`, isNotable: true });
      await delay(wait, { signal: this.deps.stop }).catch(() => {});
    }
  }

  /** A second plan that takes the state lock: a running apply is no drift. Its result is the verdict. */
  async #confirm(first: Verdict): Promise<Verdict> {
    this.deps.progress({ text: "confirming" });
    this.#found = withoutConfirmation(first);
    const locked = await this.#withRetries(() => this.#plan(true), isLockFailure);
    if (!locked.failure || !isLockFailure(locked.failure)) return this.#orFound(await this.#heard(locked));
    const verdict = this.#orFound(await this.#heard(await this.#withRetries(() => this.#plan(false))));
    if (locked.failure.class !== "state-locked") return verdict;
    const warning = lockedWarning(this.toError(locked.failure), this.deps.terraform.bin);
    return { ...withoutConfirmation(verdict), warnings: [...verdict.warnings, warning] };
  }

  /** A further plan that failed and saw nothing takes nothing back. */
  #orFound(next: Verdict): Verdict {
    const { status, failure, warnings } = next;
    return failure && next.changes.length === 0 && this.#found ? { ...this.#found, status, failure, warnings } : next;
  }

  #failureOf({ obstacle }: SessionEnded): Failure {
    const { environment, deps: { stateDir }, session: { secrets } } = this;
    return failureOf(obstacle, { environment, stateDir, secrets });
  }

  #stateAt(): Promise<StateAt> {
    return stateAt(this.environment, dataDirOf(this.deps.stateDir, this.environment.name));
  }

  /** Whether a plan was ended while the state was locked, by a lock that can outlive it. */
  async mayHaveLeftLock(failure: Failure | undefined): Promise<boolean> {
    if (!this.#isLockInDoubt || !["timeout", "interrupted", "killed"].includes(failure?.class ?? "")) return false;
    return !LOCKS_END_WITH_PROCESS.includes((await this.#stateAt()).backend);
  }
}

/** Whether a witness has seen what the plan shows, so that no second plan need confirm it. */
function isWitnessed({ witness }: Change): boolean {
  return witness?.found === "deleted";
}

/** A file lock, an advisory lock of the database and a session's lock go with the process or its connection. */
const LOCKS_END_WITH_PROCESS = ["local", "pg", "consul"];

function lockedWarning({ summary, lock = {} }: CheckError, bin: string): Diagnostic {
  return {
    severity: "warning",
    summary: `${summary}: the drift could not be confirmed; a running apply shows as drift until it ends${
      lock.id === undefined ? "" : ` (lock ${lock.id})`
    }`,
    detail: lock.id === undefined
      ? "The backend does not tell whose lock it is: look there who holds it, and let it go if nobody is at work."
      : adviceFor(
        bin,
        `If nobody is at work, the lock was left behind: \`terraform force-unlock ${lock.id}\` in the environment's folder.`,
      ),
    lock,
  };
}
