/**
 * What a witness says of its cluster, made of the answers and of what is remembered. Pure.
 *
 * @module
 */

import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { KnownDevices } from "../providers/provider.ts";
import type { BeyondPlan, CheckError, WaitingGuest, WitnessReport } from "../report.ts";
import { beyondPlan, inheritedDevices, isAccountedFor, type Look, type LookedAt } from "./beyond.ts";
import { devicesIn } from "./devices.ts";
import { guestKey } from "./claims.ts";
import type { ClusterMemory } from "./cluster_memory.ts";
import type { Exclusions } from "./exclude.ts";
import { changedMarks, isUntouched, marksOf } from "./identity.ts";
import { type Claims, takeInventory } from "./inventory.ts";
import { waitingOptions } from "./waiting.ts";

/** What was found out about a cluster. Times are ISO 8601, UTC. */
export interface Findings {
  /** As configured. */
  cluster: string;
  /** The address that answered, else the first. */
  endpoint: string;
  /** Proxmox VE's, where it answered. */
  version?: string;
  /** When it was asked first. */
  askedAt: string;
  /** Why not everything was answered. */
  error?: CheckError;
  /** The cluster's guests, and when they were asked for. */
  listing?: { guests: readonly ListedGuest[]; listedAt: string };
  /** What the environments claim, each by its last completed plan. */
  claims: Claims;
  /** The claims are those of all environments of the cluster. */
  isCovered: boolean;
  /** What was read of managed guests; absent where nobody looked. */
  looks?: readonly Look[];
  /** The devices that Terraform knows, by {@linkcode guestKey}. */
  devices: ReadonlyMap<string, KnownDevices>;
  /** Addresses of the guests of the environments that this run checked, by {@linkcode guestKey}. */
  addresses: ReadonlyMap<string, string>;
}

/** By which rules a report is made. */
export interface ReportRules {
  /** What is meant to be so. */
  exclusions: Exclusions;
  /** Whether strangers are listed. */
  unmanaged: boolean;
  /** How old a snapshot may be, in milliseconds. */
  snapshotAgeMs: number;
  /** Milliseconds since 1970. */
  now: number;
  /** Show no values. */
  isHidden: boolean;
}

/** A guest that was given the number of another one. */
export interface RecycledGuest {
  /** By {@linkcode guestKey}. */
  key: string;
  /** What tells them apart, in plain words. */
  marks: string[];
}

/** What is said of a cluster, and what the next run has to know. */
export interface WitnessFindings {
  /** For everybody. */
  report: WitnessReport;
  /** Managed guests that are others than at the last look. */
  recycled: RecycledGuest[];
  /** For the next run. */
  memory: ClusterMemory;
}

/** The report on a cluster, and what the next run has to know. */
export function witnessReport(
  findings: Findings,
  rules: ReportRules,
  memory: ClusterMemory,
): WitnessFindings {
  const { cluster, endpoint, version, askedAt, error, listing, claims, isCovered } = findings;
  const inventory = listing && isCovered && rules.unmanaged
    ? takeInventory(listing, claims, rules.exclusions, memory.strangers)
    : undefined;
  const owners = ownersIn(claims);
  const seen = (findings.looks ?? []).toSorted((one, other) => one.guest.id - other.guest.id)
    .map((look) => seenOn(look, owners, findings, rules, memory));
  const known = Object.entries(memory.guests).filter(([key]) => owners.has(key));
  return {
    report: {
      cluster,
      endpoint,
      ...(version === undefined ? {} : { version }),
      askedAt,
      ...(error ? { error } : {}),
      ...(inventory ? { guests: inventory.counts } : {}),
      ...(findings.looks ? { looked: seen.length } : {}),
      unmanaged: inventory?.unmanaged ?? [],
      waiting: seen.flatMap(({ waiting }) => waiting),
      beyond: seen.flatMap(({ beyond }) => beyond),
    },
    recycled: seen.flatMap(({ key, otherMarks }) => otherMarks ? [{ key, marks: otherMarks }] : []),
    memory: {
      ...memory,
      ...(inventory ? { strangers: inventory.strangers } : {}),
      guests: Object.fromEntries([...known, ...seen.map(({ key, lookedAt }) => [key, lookedAt] as const)]),
    },
  };
}

/** What one look at a guest comes to. */
interface Seen {
  key: string;
  waiting: WaitingGuest[];
  beyond: BeyondPlan[];
  lookedAt: LookedAt;
  /** What tells it from the guest of the last look; absent where it may be the same. */
  otherMarks: string[] | undefined;
}

/** The environment of each guest that one claims, by {@linkcode guestKey}. */
function ownersIn(claims: Claims): Map<string, string> {
  return new Map([...claims].flatMap(([name, one]) => one.claims.map((claim) => [guestKey(claim), name] as const)));
}

function seenOn(
  look: Look,
  owners: ReadonlyMap<string, string>,
  findings: Findings,
  rules: ReportRules,
  { salt, guests }: ClusterMemory,
): Seen {
  const { guest, pending } = look, key = guestKey(guest);
  const address = findings.addresses.get(key), environment = owners.get(key);
  const about = {
    id: guest.id,
    type: guest.kind,
    ...(guest.name === undefined ? {} : { name: guest.name }),
    ...(environment === undefined ? {} : { environment }),
    ...(address === undefined ? {} : { address }),
  };
  const marks = marksOf(pending, salt), last = guests[key];
  // Another guest of the number is looked at for the first time: nothing on it is news.
  const before = last && isUntouched(last.marks, marks) ? last : undefined;
  const devices = findings.devices.get(key) ??
    (before && isAccountedFor(pending, before, salt) ? { names: before.known, isWhole: false } : undefined);
  const inherited = inheritedDevices(pending, devices, before);
  const found = beyondPlan(look, devices, [...inherited, ...before?.known ?? []], rules);
  const beyond = found.map(({ key, what, plain }) => ({
    key,
    line: {
      ...about,
      what: rules.isHidden ? plain : what,
      isNew: before !== undefined && !Object.hasOwn(before.beyond, key),
      firstSeenAt: before?.beyond[key] ?? findings.askedAt,
    },
  }));
  const options = waitingOptions(pending);
  return {
    key,
    waiting: options.length > 0 ? [{ ...about, options }] : [],
    beyond: beyond.map(({ line }) => line),
    lookedAt: {
      marks,
      inherited,
      known: knownStill(devices?.names ?? before?.known ?? [], pending),
      // Where the devices are not known, nothing was said of them.
      beyond: {
        ...(devices ? {} : before?.beyond),
        ...Object.fromEntries(beyond.map((one) => [one.key, one.line.firstSeenAt])),
      },
    },
    otherMarks: last && changedMarks(last.marks, marks),
  };
}

/** The devices that Terraform knows and that are there: one that comes again later may be somebody else's. */
function knownStill(names: readonly string[], pending: Look["pending"]): string[] {
  const there = new Set([...devicesIn(pending).map(({ name }) => name), "cloudinit"]);
  return names.filter((name) => there.has(name));
}
