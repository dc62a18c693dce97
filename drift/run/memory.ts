/**
 * What the last run knew of an environment: so that a check can tell what is new, since when it is known, and what is
 * gone. Kept in `stateDir/memory/ENV.json`, written by the check alone, atomically. It holds no values: of each finding
 * the address, what a person calls it, action, origin, attribute path and a salted hash of the actual value.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { writeFileAtomic } from "../../lib/atomic_file.ts";
import { deprecationsToRemember } from "./deprecations.ts";
import type { Finding, Recall } from "../verdict/file_entry.ts";
import { asRememberedGuests, type RememberedGuests } from "../witness/claims.ts";
import type { Action, Change, EnvironmentReport, Origin, ResolvedFinding, Status } from "../report.ts";

/** The file's shape. Times are ISO 8601 in UTC. */
export interface Memory {
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
  /** Provider source to version. */
  providers: Record<string, string>;
  /** Salted hashes of the deprecations that were told with these providers. */
  deprecations?: string[];
  /** What was found, and in an error what was known before as well. */
  findings: Remembered[];
  /** Which guests it claims, from its last completed plan that a second witness was heard about. */
  guests?: RememberedGuests;
}

/** A finding without its value. */
export interface Remembered {
  /** Resource address. */
  address: string;
  /** The change's action. */
  action: Action;
  /** The change's origin. */
  origin: Origin;
  /** Attribute path; absent where the whole object is the finding. */
  path?: string;
  /** Salted SHA-256 of the actual value, base64. */
  hash: string;
  /** When a run saw it first. */
  firstSeenAt: string;
  /** What a person calls the object, to say later that it is in order again. */
  label?: string;
  /** Nothing has confirmed it yet, as the state was locked or the check failed: the next run tries again. */
  unconfirmed?: true;
  /** Proxmox had locked the guest, or HA had moved it as is expected. */
  locked?: true;
}

/** The memory of one environment. */
export interface MemoryStore {
  /** Reads it. A damaged file is set aside and said so in `problem`; then, and at the first run, everything counts as new. */
  load(): Promise<{ memory?: Memory; problem?: string }>;
  /** Writes it, whole or not at all. Throws where the state directory cannot be written. */
  save(memory: Memory): Promise<void>;
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
  const isText = (value: unknown) => typeof value === "string";
  const isTime = (value: unknown) => typeof value === "string" && !Number.isNaN(Date.parse(value));
  try {
    const memory = JSON.parse(text) as Memory;
    const whole = memory.version === 1 && isText(memory.salt) && isText(memory.state ?? "") &&
      isTime(memory.endedAt ?? memory.checkedAt) && isTime(memory.since) &&
      isTime(memory.checkedAt) &&
      ["ok", "drift", "error"].includes(memory.status) && Number.isInteger(memory.resources) && memory.resources >= 0 &&
      !Array.isArray(memory.providers) && Object.values(memory.providers).every(isText) &&
      (memory.deprecations ?? []).every(isText) && Array.isArray(memory.findings) &&
      (memory.guests === undefined || asRememberedGuests(memory.guests) !== undefined) &&
      memory.findings.every(({ address, action, origin, path = "", label = "", hash, firstSeenAt }) =>
        [address, action, origin, path, label, hash].every(isText) && isTime(firstSeenAt)
      );
    return whole ? memory : undefined;
  } catch {
    return undefined;
  }
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
  return memory && isOfOtherState(memory, state) ? { ...memory, findings: [] } : memory;
}

/** Compares findings with those that were known. `startedAt` is this run's start, ISO 8601. */
export function recallFrom(before: Remembered[], salt: string, startedAt: string): Recall {
  const known = new Map(before.map((one) => [keyOf(one), one]));
  return (finding) => {
    const before = known.get(keyOf(finding));
    if (before === undefined || before.hash !== hashOf(salt, finding)) return { isNew: true, firstSeenAt: startedAt };
    return { isNew: false, firstSeenAt: before.firstSeenAt };
  };
}

/** What a run found out, for the memory. */
export interface Found {
  /** What differs. */
  findings: Finding[];
  /** Managed objects in the state. */
  resources: number;
  /** Where the state is; absent where no plan was made. */
  state?: string | undefined;
  /** Keep no label: with `"values": "hide"`, since a label consists of values. */
  hideText?: boolean;
  /** The guests of the last plan; absent where no second witness was heard about it. */
  guests?: RememberedGuests | undefined;
}

/**
 * The memory after a run. A run that reached no verdict forgets nothing: what it could not see may still be there, and
 * the number of resources stays that of the last verdict.
 */
export function remember(
  report: EnvironmentReport,
  { findings, resources, state, hideText = false, guests: planned }: Found,
  memory: Memory | undefined,
  salt: string,
): Memory {
  const isVerdict = report.status !== "error";
  const isElsewhere = state !== undefined && isOfOtherState(memory, state);
  const before = isElsewhere ? [] : memory?.findings ?? [];
  const fresh = remembered(report, findings, before, salt, hideText);
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
    deprecations: deprecationsToRemember(report.warnings, memory, providers, salt),
    ...(guests ? { guests } : {}),
    findings: isVerdict
      ? fresh
      // Of another state, nothing was concluded that could take the place of what is known of the one.
      : isElsewhere
      ? memory!.findings
      : [...before.filter((one) => !seen.has(keyOf(one))), ...fresh],
  };
}

/** Findings as they are kept: with the time they were first seen, and whether they are still to be confirmed. */
function remembered(
  report: EnvironmentReport,
  findings: Finding[],
  before: Remembered[],
  salt: string,
  hideText: boolean,
): Remembered[] {
  const recall = recallFrom(before, salt, report.startedAt);
  const unconfirmed = new Set(report.changes.filter((change) => !change.confirmed).map(({ address }) => address));
  const locked = new Set(
    report.changes.filter((one) => one.lock !== undefined || one.isExpected).map(({ address }) => address),
  );
  const labels = new Map(hideText ? [] : report.changes.map(({ address, label }) => [address, label]));
  return findings.map((finding): Remembered => {
    const { firstSeenAt } = recall(finding);
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
    };
  });
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
    .map(({ address, path, label, locked }) => ({
      address,
      ...(path === undefined ? {} : { path }),
      ...(label === undefined ? {} : { label }),
      ...(locked ? { wasLocked: true } : {}),
    }));
}

/**
 * What makes two findings the same. The origin of a change follows from all of its attributes: putting one of them back
 * must not make the others new.
 */
function keyOf({ address, action, origin, path }: Pick<Remembered, "address" | "action" | "origin" | "path">): string {
  return [address, action, ...(path === undefined ? [origin] : ["", path])].join("\n");
}

function placeOf(finding: { address: string; path?: string }): string {
  return `${finding.address}\n${finding.path ?? ""}`;
}

function hashOf(salt: string, finding: Finding): string {
  return createHash("sha256").update(salt).update(JSON.stringify(finding.actual) ?? "null").digest("base64");
}
