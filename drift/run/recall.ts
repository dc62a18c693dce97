/**
 * Holds what a check finds against what is remembered of the last ones: whether it is new, since when it is known, and what
 * it came with. Pure.
 *
 * @module
 */

import { saltedHash } from "../../lib/salted_hash.ts";
import type { Finding, Recall } from "../verdict/file_entry.ts";
import type { Action, Flapping, Origin, ProviderUpgrade } from "../report.ts";
import { afterValue, type Flap, flappingOf, placeOf } from "./flapping.ts";
import { type KnownVersions, upgradesSince } from "./upgrades.ts";

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
  /** The first check after this upgrade of its provider saw it first. */
  sinceUpgrade?: ProviderUpgrade;
}

/** What is remembered of the last checks. */
export interface Recollection extends KnownVersions {
  /** What was found, and in an error what was known before as well. */
  findings: Remembered[];
  /** Salted hashes of what the last verdict set aside as noise; absent in old files. */
  noise?: string[];
  /** Attributes that come and go; absent in old files. */
  flaps?: Flap[];
}

/** The check that asks. */
export interface Asking {
  /** Salt of the hashes. */
  salt: string;
  /** When the check began, ISO 8601. */
  startedAt: string;
  /** Versions of the providers by their source. */
  versions: Readonly<Record<string, string>>;
}

/** Compares findings with those that were known. */
export function recallFrom(memory: Recollection | undefined, { salt, startedAt, versions }: Asking): Recall {
  const known = new Map(memory?.findings.map((one) => [keyOf(one), one]));
  const noise = memory?.noise && new Set(memory.noise);
  const upgrades = upgradesSince(memory, versions);
  const flaps = new Map(memory?.flaps?.map((flap) => [placeOf(flap), flap]));
  const flapping = (finding: Finding): { flapping?: Flapping } => {
    const before = finding.action === "update" && !finding.isNoise ? flaps.get(placeOf(finding)) : undefined;
    const after = before && afterValue(before, hashOf(salt, finding), startedAt);
    return after?.isFlapping ? { flapping: { ...flappingOf(after), isNew: !before?.isFlapping } } : {};
  };
  return (finding) => {
    const before = finding.isNoise ? undefined : known.get(keyOf(finding));
    if (before && before.hash === hashOf(salt, finding)) {
      const { firstSeenAt, sinceUpgrade } = before;
      return { isNew: false, firstSeenAt, ...(sinceUpgrade ? { sinceUpgrade } : {}), ...flapping(finding) };
    }
    // Noise is told with the upgrade alone: nothing of it is remembered but that it was there.
    const isNew = !finding.isNoise || (noise !== undefined && !noise.has(noiseMark(salt, finding)));
    const sinceUpgrade = isNew ? upgrades.get(finding.provider ?? "") : undefined;
    return { isNew, firstSeenAt: startedAt, ...(sinceUpgrade ? { sinceUpgrade } : {}), ...flapping(finding) };
  };
}

/**
 * What makes two findings the same. The origin of a change follows from all of its attributes: putting one of them back
 * must not make the others new.
 */
export function keyOf(
  { address, action, origin, path }: Pick<Remembered, "address" | "action" | "origin" | "path">,
): string {
  return [address, action, ...(path === undefined ? [origin] : ["", path])].join("\n");
}

/** Salted hash of a finding's actual value. */
export function hashOf(salt: string, { actual }: Pick<Finding, "actual">): string {
  return saltedHash(salt, JSON.stringify(actual) ?? "null");
}

/** Salted hash of where noise is, and of its value: short, as there may be thousands. */
export function noiseMark(salt: string, { address, path, actual }: Finding): string {
  return hashOf(salt, { actual: [address, path, actual] }).slice(0, 12);
}
