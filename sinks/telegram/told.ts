/**
 * What a chat has been told, as it is kept on disk. It holds no values: hashes tell whether something is still the same.
 * Pure.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type {
  AttributeChange,
  BeyondPlan,
  Change,
  Diagnostic,
  EnvironmentReport,
  Status,
  UnmanagedGuest,
  WaitingGuest,
  WitnessReport,
} from "../../drift/report.ts";

/** What a chat has been told. */
export interface Told {
  /** The run it was last told of: the same report is no news when it is delivered again. */
  runId: string;
  /** By name. */
  environments: Record<string, ToldEnvironment>;
  /** What the second witness said, by cluster; absent where it said nothing. */
  clusters?: Record<string, ToldCluster>;
}

/** What a chat has been told of a cluster. */
export interface ToldCluster {
  /** Guests that no state knows, as `qemu/131`; absent before the chat was told how many there are. */
  strangers?: string[];
  /** Hashes of what stands beyond the plan. */
  beyond?: string[];
  /** Hashes of what waits for a restart. */
  waiting?: string[];
  /** Class of the error with which the witness was silent. */
  silent?: string;
}

/** What a chat has been told of one environment. */
export interface ToldEnvironment {
  /** The check's conclusion. */
  status: Status;
  /** The error's class. */
  class?: string;
  /** When the chat was last told, or reminded, of it; ISO 8601, UTC. */
  at: string;
  /** Differences that the chat knows to be there, by address. */
  open: Record<string, ToldChange>;
  /** Hashes of the warnings that the chat knows. */
  warnings?: string[];
}

/** A difference that a chat knows. */
export interface ToldChange {
  /** Hash of what Terraform would do about the object. */
  mark: string;
  /** From the path of each attribute that differs to a hash of its origin and its actual value. */
  attributes?: Record<string, string>;
  /** What older versions wrote in place of `attributes`: the paths alone. `mark` covers the values there. */
  paths?: string[];
  /** What a person calls it, to say later that it is gone. */
  name?: string;
  /** It was told as not confirmed. */
  unconfirmed?: true;
}

/** What a chat knows of an environment, if anything. */
export function toldOf(told: Told | undefined, name: string): ToldEnvironment | undefined {
  return told && Object.hasOwn(told.environments, name) ? told.environments[name] : undefined;
}

/**
 * What a chat knows once it has been told of an environment. An error takes nothing back of what was known before.
 *
 * @param withheld Addresses of what is still there, and was not told of now.
 */
export function nowTold(
  environment: EnvironmentReport,
  before: ToldEnvironment | undefined,
  withheld: ReadonlySet<string>,
  at: string,
): ToldEnvironment {
  const { status, error, changes, warnings } = environment;
  const isError = status === "error";
  const still = Object.entries(before?.open ?? {}).filter(([address]) => isError || withheld.has(address));
  const settling = settlingIn(environment, before?.open ?? {});
  return {
    status,
    ...error ? { class: error.class } : {},
    at,
    open: { ...settling, ...Object.fromEntries(still), ...openChanges(changes, settling) },
    warnings: isError ? before?.warnings ?? [] : tellableWarnings(warnings).map(warningMark),
  };
}

/**
 * Warnings that a chat is told of once. Deprecations are for those who write the code, and who holds a lock is told beside
 * the drift that could not be confirmed.
 */
export function tellableWarnings(warnings: Diagnostic[]): Diagnostic[] {
  return warnings.filter(({ deprecation, lock }) => !deprecation && !lock);
}

/** Hash of a warning; a number in it may change from day to day, but other versions are another upgrade. */
export function warningMark({ summary, detail, upgrade }: Diagnostic): string {
  return hash(upgrade ? [upgrade] : [summary, detail].map((text) => text.replace(/\d+/g, "#")));
}

/** What a chat knows of a cluster, if anything. */
export function toldOfCluster(told: Told | undefined, name: string): ToldCluster | undefined {
  return told?.clusters && Object.hasOwn(told.clusters, name) ? told.clusters[name] : undefined;
}

/** What tells a guest that no state knows from others. */
export function strangerMark({ type, id }: Pick<UnmanagedGuest, "type" | "id">): string {
  return `${type}/${id}`;
}

/** Hash of something that stands beyond the plan. */
export function beyondMark({ type, id, what }: BeyondPlan): string {
  return hash([type, id, what]);
}

/** Hash of what waits on a guest. */
export function waitingMark({ type, id, options }: WaitingGuest): string {
  return hash([type, id, options]);
}

/**
 * What a chat knows once it has been told of a cluster. What this run could not see, it keeps knowing.
 *
 * @param isPlanned Whether each environment has a verdict in this run: only a plan tells which devices are Terraform's.
 */
export function clusterNowTold(
  { guests, looked, error, unmanaged, beyond, waiting }: WitnessReport,
  before: ToldCluster | undefined,
  isPlanned: boolean,
): ToldCluster {
  // A witness that fell silent had looked at some guests alone.
  const isWhole = looked !== undefined && error === undefined;
  const known = (marks: string[], before: string[] = [], isAll = isWhole) =>
    isAll ? marks : [...new Set([...before, ...marks])];
  return {
    ...before?.strangers ? { strangers: before.strangers } : {},
    ...guests ? { strangers: unmanaged.map(strangerMark) } : {},
    beyond: known(beyond.map(beyondMark), before?.beyond, isWhole && isPlanned),
    waiting: known(waiting.map(waitingMark), before?.waiting),
    ...error ? { silent: error.class } : {},
  };
}

/** The mark of an attribute that a chat knows to come and go, whatever its value. No hash is like it. */
const FLAPPING = "flapping";

/** Hash of who made a difference, and of the actual value; of one that flaps, that it does. */
export function attributeMark({ origin, actual, flapping }: AttributeChange): string {
  return flapping ? FLAPPING : hash([origin, actual]);
}

/** Whether a chat knows that an attribute comes and goes. */
export function isKnownToFlap({ attributes = {} }: ToldChange, path: string): boolean {
  return Object.hasOwn(attributes, path) && attributes[path] === FLAPPING;
}

/** What a chat knows to come and go, of what is equal at the moment. */
export function settlingIn(
  { settling = [] }: Pick<EnvironmentReport, "settling">,
  open: Record<string, ToldChange>,
): Record<string, ToldChange> {
  const known = settling.filter(({ address, path }) =>
    Object.hasOwn(open, address) && isKnownToFlap(open[address]!, path)
  );
  const objects = Map.groupBy(known, ({ address }) => address);
  return Object.fromEntries(Array.from(objects, ([address, some]): [string, ToldChange] => [address, {
    ...open[address]!,
    attributes: Object.fromEntries(some.map(({ path }) => [path, FLAPPING])),
  }]));
}

/** By address, a hash of what Terraform would do. Objects left behind by a replacement share an address. */
export function marksOf(changes: Change[]): Map<string, string> {
  const facts = new Map<string, string[]>();
  for (const { address, action, origin } of changes) {
    // The origin of an update or replacement follows from its attributes, which have hashes of their own.
    const isWhole = action === "create" || action === "delete";
    facts.set(address, [...facts.get(address) ?? [], action, ...isWhole ? [origin] : []]);
  }
  return new Map(Array.from(facts, ([address, value]) => [address, hash(value)]));
}

function openChanges(changes: Change[], settling: Record<string, ToldChange>): Record<string, ToldChange> {
  const marks = marksOf(changes);
  const objects = Map.groupBy(changes, ({ address }) => address);
  return Object.fromEntries(Array.from(objects, ([address, [first, ...more]]): [string, ToldChange] => {
    const { label, attributes, confirmed } = first!;
    const all = [...attributes, ...more.flatMap((change) => change.attributes)];
    return [address, {
      mark: marks.get(address)!,
      attributes: {
        ...Object.hasOwn(settling, address) ? settling[address]!.attributes : {},
        ...Object.fromEntries(all.map((attribute) => [attribute.path, attributeMark(attribute)])),
      },
      ...label === undefined ? {} : { name: label },
      ...confirmed && more.every((change) => change.confirmed) ? {} : { unconfirmed: true },
    }];
  }));
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 16);
}

/** Checks what was read from disk. */
export function isTold(value: unknown): value is Told {
  return isObject(value) && typeof value.runId === "string" && isRecordOf(value.environments, isToldEnvironment) &&
    isAbsentOr((clusters) => isRecordOf(clusters, isToldCluster))(value.clusters);
}

function isToldCluster(value: unknown): boolean {
  return isObject(value) && [value.strangers, value.beyond, value.waiting].every(isAbsentOr(isTexts)) &&
    isAbsentOr(isText)(value.silent);
}

function isToldEnvironment(value: unknown): boolean {
  return isObject(value) && ["ok", "drift", "error"].includes(value.status as string) && isText(value.at) &&
    isAbsentOr(isText)(value.class) && isRecordOf(value.open, isToldChange) && isAbsentOr(isTexts)(value.warnings);
}

function isToldChange(value: unknown): boolean {
  return isObject(value) && isText(value.mark) && isAbsentOr(isText)(value.name) &&
    isAbsentOr(isTexts)(value.paths) && isAbsentOr((one) => isRecordOf(one, isText))(value.attributes) &&
    isAbsentOr((one) => one === true)(value.unconfirmed);
}

function isAbsentOr(isRight: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || isRight(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isRecordOf(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every(isRight);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
