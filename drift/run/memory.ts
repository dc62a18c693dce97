/**
 * What the last run knew of an environment: so that a check can tell what is new, since when it is known, and what is
 * gone. Kept in `stateDir/memory/ENV.json`, written by the check alone, atomically. It holds no values: of each finding
 * the address, what a person calls it, action, origin, attribute path and a salted hash of the actual value.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { writeFileAtomic } from "../../lib/atomic_file.ts";
import { deprecationsToRemember } from "./deprecations.ts";
import { type Flap, followFlaps, isFlaps, placeOf } from "./flapping.ts";
import { hashOf, keyOf, noiseMark, recallFrom, type Recollection, type Remembered } from "./recall.ts";
import type { Finding } from "../verdict/file_entry.ts";
import { asRememberedGuests, type RememberedGuests } from "../witness/claims.ts";
import { isSeen, type Seen } from "../witness/seen.ts";
import type { Change, EnvironmentReport, ResolvedFinding, Status } from "../report.ts";

/** The file's shape. Times are ISO 8601 in UTC. */
export interface Memory extends Recollection {
  /** Version of this shape. */
  version: 1;
  /** Salt of the hashes; made once for each environment. */
  salt: string;
  /** Status of the last run. */
  status: Status;
  /** Since when it has this status. */
  since: string;
  /** The last run's start. */
  checkedAt: string;
  /** The last run's end; absent in old files. */
  endedAt?: string;
  /** Managed objects in the state at the last verdict. */
  resources: number;
  /** Where the state is that the findings are about, with backend, place and workspace; absent in old files. */
  state?: string;
  /** Salted hashes of the deprecations that were told with these providers. */
  deprecations?: string[];
  /** Which guests it claims, from its last completed plan that a second witness was heard about. */
  guests?: RememberedGuests;
  /** What a look saw before the first plan of the last check: nothing where that did not look. Absent where nobody looks. */
  look?: Seen;
  /** How many checks in a row have left something open: an error, or a difference that is not confirmed. */
  unsettled?: number;
}

/** The memory of one environment. */
export interface MemoryStore {
  /** Reads it. A damaged file is set aside and said so in `problem`; then, and at the first run, everything counts as new. */
  load(): Promise<{ memory?: Memory; problem?: string }>;
  /** Writes it, whole or not at all. Throws where the state directory cannot be written. */
  save(memory: Memory): Promise<void>;
}

/** The memory of an environment. `isTrial`: it is read, and neither written nor set aside. */
export function memoryOf(
  environment: string,
  { stateDir, now, isTrial }: { stateDir: string; now: () => number; isTrial: boolean },
): MemoryStore {
  return memoryFile(join(stateDir, "memory", `${environment}.json`), now, isTrial);
}

/** A memory in a file. `now` gives milliseconds since 1970; `readOnly` neither writes nor sets aside. */
export function memoryFile(file: string, now: () => number, readOnly = false): MemoryStore {
  return {
    async load() {
      let text: string;
      try {
        text = await Deno.readTextFile(file);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return {};
        throw new Error(`Cannot read the memory of the last run "${file}": ${messageOf(error)}`, {
          cause: error,
        });
      }
      const memory = parse(text);
      if (memory) return { memory };
      if (readOnly) return { problem: `The memory of the last run "${file}" is damaged: the next check sets it aside` };
      const aside = `${file}.damaged-${now()}`;
      await Deno.rename(file, aside);
      return {
        problem: `The memory of the last run was damaged and is set aside as "${aside}": everything counts as new`,
      };
    },
    async save(memory) {
      if (readOnly) return;
      await Deno.mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFileAtomic(file, JSON.stringify(memory), { mode: 0o600 });
    },
  };
}

function parse(text: string): Memory | undefined {
  try {
    const memory = JSON.parse(text) as Memory;
    const whole = memory.version === 1 && isText(memory.salt) && isText(memory.state ?? "") &&
      isTime(memory.endedAt ?? memory.checkedAt) && isTime(memory.since) &&
      isTime(memory.checkedAt) &&
      ["ok", "drift", "error"].includes(memory.status) && Number.isInteger(memory.resources) && memory.resources >= 0 &&
      (memory.deprecations ?? []).every(isText) && Array.isArray(memory.findings) &&
      (memory.guests === undefined || asRememberedGuests(memory.guests) !== undefined) &&
      isSeen(memory.look ?? {}) &&
      Number.isSafeInteger(memory.unsettled ?? 0) &&
      [memory.providers, memory.judgedWith ?? {}].every(isVersions) && (memory.noise ?? []).every(isText) &&
      isFlaps(memory.flaps ?? []) &&
      memory.findings.every(isRemembered);
    return whole ? memory : undefined;
  } catch {
    return undefined;
  }
}

function isRemembered(
  { address, action, origin, path = "", label = "", hash, firstSeenAt, sinceUpgrade }: Remembered,
): boolean {
  const { provider, from, to } = sinceUpgrade ?? { provider: "", from: "", to: "" };
  return [address, action, origin, path, label, hash, provider, from, to].every(isText) && isTime(firstSeenAt);
}

function isVersions(versions: Record<string, string>): boolean {
  return !Array.isArray(versions) && Object.values(versions).every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

/** A new salt, for an environment without memory. */
export function newSalt(): string {
  return randomBytes(16).toString("hex");
}

/** Whether a memory was written about another state. One that does not say so is taken for this one's. */
export function isOfOtherState(memory: Memory | undefined, state: string): boolean {
  return memory?.state !== undefined && memory.state !== state;
}

/** What a memory has to say of a state: of another one, findings say nothing, and its size is a hint all the same. */
export function aboutState(memory: Memory | undefined, state: string): Memory | undefined {
  return memory && isOfOtherState(memory, state) ? { ...memory, findings: [], judgedWith: {}, flaps: [] } : memory;
}

/** What a run found out, for the memory. */
export interface Found {
  /** What differs. */
  findings: Finding[];
  /** What differs and is noise. */
  noise?: Finding[];
  /** Attributes that come and go. */
  flaps?: Flap[];
  /** Managed objects in the state. */
  resources: number;
  /** Where the state is; absent where no plan was made. */
  state?: string | undefined;
  /** Keep no label: with `"values": "hide"`, since a label consists of values. */
  hideText?: boolean;
  /** The guests of the last plan; absent where no second witness was heard about it. */
  guests?: RememberedGuests | undefined;
  /** What a look saw before the first plan; absent where nobody looks. */
  look?: Seen | undefined;
}

/**
 * The memory after a run. A run that reached no verdict forgets nothing: what it could not see may still be there, and
 * the number of resources stays that of the last verdict.
 */
export function remember(
  report: EnvironmentReport,
  { findings, noise = [], flaps = [], resources, state, hideText = false, guests: planned, look }: Found,
  memory: Memory | undefined,
  salt: string,
): Memory {
  const isVerdict = report.status !== "error";
  const isElsewhere = state !== undefined && isOfOtherState(memory, state);
  const own = isElsewhere ? undefined : memory;
  const before = own?.findings ?? [];
  const fresh = remembered(report, findings, own, salt, hideText);
  const seen = new Set(fresh.map(keyOf));
  // A check that ended early may have looked at the wrong state: it settles nothing but what it found itself.
  const providers = Object.keys(report.providers).length > 0 ? report.providers : memory?.providers ?? {};
  const guests = (isVerdict ? planned : undefined) ?? memory?.guests;
  const about = isVerdict || (!memory && findings.length > 0) ? state : memory?.state;
  return {
    version: 1,
    salt,
    status: report.status,
    since: report.since,
    checkedAt: report.startedAt,
    endedAt: new Date(Date.parse(report.startedAt) + report.durationMs).toISOString(),
    resources: isVerdict ? resources : memory?.resources ?? 0,
    ...(about === undefined ? {} : { state: about }),
    providers,
    judgedWith: isVerdict ? report.providers : memory ? memory.judgedWith ?? memory.providers : {},
    deprecations: deprecationsToRemember(report.warnings, memory, providers, salt),
    ...(guests ? { guests } : {}),
    flaps: isVerdict ? flaps : memory?.flaps ?? [],
    ...(look ? { look } : {}),
    ...(isSettled(report) ? {} : { unsettled: (memory?.unsettled ?? 0) + 1 }),
    ...noiseToKeep(isVerdict ? noise.map((one) => noiseMark(salt, one)) : memory?.noise),
    findings: isVerdict
      ? fresh
      // Of another state, nothing was concluded that could take the place of what is known of the one.
      : isElsewhere
      ? memory!.findings
      : [...before.filter((one) => !seen.has(keyOf(one))), ...fresh],
  };
}

/** Whether a further check of the same would say the same. */
function isSettled({ status, changes }: EnvironmentReport): boolean {
  return status !== "error" &&
    !changes.some(({ isNew, confirmed, lock }) => lock !== undefined || (isNew && !confirmed));
}

function noiseToKeep(noise: string[] | undefined): Pick<Memory, "noise"> {
  return noise ? { noise } : {};
}

/** Findings as they are kept: with the time they were first seen, and whether they are still to be confirmed. */
function remembered(
  report: EnvironmentReport,
  findings: Finding[],
  memory: Memory | undefined,
  salt: string,
  hideText: boolean,
): Remembered[] {
  const recall = recallFrom(memory, { salt, startedAt: report.startedAt, versions: report.providers });
  const unconfirmed = new Set(report.changes.filter((change) => !change.confirmed).map(({ address }) => address));
  const locked = new Set(
    report.changes.filter((one) => one.lock !== undefined || one.isExpected).map(({ address }) => address),
  );
  const labels = new Map(hideText ? [] : report.changes.map(({ address, label }) => [address, label]));
  return findings.map((finding): Remembered => {
    const { firstSeenAt, sinceUpgrade } = recall(finding);
    return {
      address: finding.address,
      action: finding.action,
      origin: finding.origin,
      ...(finding.path === undefined ? {} : { path: finding.path }),
      ...(labels.get(finding.address) === undefined ? {} : { label: labels.get(finding.address)! }),
      hash: hashOf(salt, finding),
      firstSeenAt,
      ...(unconfirmed.has(finding.address) ? { unconfirmed: true } : {}),
      ...(locked.has(finding.address) ? { locked: true } : {}),
      ...(sinceUpgrade ? { sinceUpgrade } : {}),
    };
  });
}

/** What is to be remembered of attributes that come and go after a verdict, and what flaps no more. */
export function flapsAfter(
  memory: Memory | undefined,
  findings: Finding[],
  accepted: Change[],
  { salt, startedAt }: { salt: string; startedAt: string },
): { flaps: Flap[]; settled: Flap[] } {
  const values = new Map(findings.map((one) => [placeOf(one), hashOf(salt, one)]));
  const aside = new Set(
    accepted.flatMap(({ address, attributes }) => attributes.map(({ path }) => placeOf({ address, path }))),
  );
  // What is to be created, replaced or destroyed, or differs in what an apply alone can tell, says nothing of its attributes.
  const whole = new Set(
    findings.filter(({ action, path }) => action !== "update" || path === undefined).map(({ address }) => address),
  );
  const isUnclear = (one: { address: string; path: string }) => whole.has(one.address) || aside.has(placeOf(one));
  return followFlaps(memory?.flaps ?? [], memory?.findings ?? [], { startedAt, values, isUnclear });
}

/**
 * Findings of the last run that are gone. A value that changed again is still the same finding, and what a rule sets aside
 * since then is still there.
 */
export function resolvedSince(
  memory: Memory | undefined,
  findings: Finding[],
  accepted: Change[],
): ResolvedFinding[] {
  const aside = accepted.flatMap(({ address, attributes }) => attributes.map(({ path }) => ({ address, path })));
  const present = new Set([...findings, ...aside].map(placeOf));
  // What is to be created, replaced or destroyed as a whole has no attribute that is in order again.
  const whole = new Set(findings.filter(({ path }) => path === undefined).map(({ address }) => address));
  return (memory?.findings ?? []).filter((one) => !present.has(placeOf(one)) && !whole.has(one.address))
    .map(({ address, path, origin, label, locked }) => ({
      address,
      ...(path === undefined ? {} : { path }),
      origin,
      ...(label === undefined ? {} : { label }),
      ...(locked ? { wasLocked: true } : {}),
    }));
}

/** What the last run knew of the status. */
export function history(memory: Memory | undefined, status: Status): { previousStatus?: Status; since?: string } {
  return memory ? { previousStatus: memory.status, ...(memory.status === status ? { since: memory.since } : {}) } : {};
}
