/**
 * What stands on a managed guest and a plan cannot see: devices that Terraform does not know, unused disks, old snapshots.
 * Pure.
 *
 * A provider knows no more devices of a cloned guest than the code names, so that what came with the template looks as if
 * it were added by hand. There the first look says what is taken for the template's.
 *
 * @module
 */

import type { ListedGuest, PendingOption, Snapshot } from "../../lib/proxmox_api/types.ts";
import type { KnownDevices } from "../providers/provider.ts";
import { type Device, devicesIn, unusedDisks } from "./devices.ts";
import type { Exclusions } from "./exclude.ts";
import { type GuestMarks, isUntouched, marksOf } from "./identity.ts";

/** More characters are no size and no storage's name. */
const LONGEST_TRAITS = 500;

/** What was read of a guest. */
export interface Look {
  /** As the cluster's list has it. */
  guest: ListedGuest;
  /** Its options. */
  pending: readonly PendingOption[];
  /** Mostly none. */
  snapshots: readonly Snapshot[];
}

/** What is remembered of a guest that was looked at. */
export interface LookedAt {
  /** What tells the guest from another one of the same number. */
  marks: GuestMarks;
  /** Devices that are taken for the template's, by Proxmox's names. */
  inherited: string[];
  /** Devices that Terraform knew, by Proxmox's names: an apply may have taken one out since the guest was looked at. */
  known: string[];
  /** What was found beyond the plan, and when first; ISO 8601, UTC. By device, or `snapshot NAME`. */
  beyond: Record<string, string>;
}

/** Something beyond the plan. */
export interface Finding {
  /** Proxmox's name of the device, or `snapshot NAME`. */
  key: string;
  /** In plain words. */
  what: string;
  /** The same without a value. */
  plain: string;
}

/** Rules by which snapshots are old, and things set aside. */
export interface BeyondRules {
  /** What is meant to be so. */
  exclusions: Exclusions;
  /** Milliseconds since 1970. */
  now: number;
  /** How old a snapshot may be, in milliseconds. */
  snapshotAgeMs: number;
}

/**
 * The devices of a guest that neither Terraform nor the template accounts for.
 *
 * @param known what Terraform knows of; nothing is said of devices where that is not known
 */
export function strangeDevices(
  pending: readonly PendingOption[],
  known: KnownDevices | undefined,
  inherited: readonly string[],
): Device[] {
  if (!known) return [];
  const accounted = new Set([...known.names, ...inherited]);
  return devicesIn(pending).filter(({ name, isCloudInit }) =>
    !accounted.has(name) && !(isCloudInit && accounted.has("cloudinit"))
  );
}

/** Whether all devices of a guest are known from the last look as Terraform's or the template's, so that no plan need tell. */
export function isAccountedFor(pending: readonly PendingOption[], last: LookedAt, salt: string): boolean {
  return isUntouched(last.marks, marksOf(pending, salt)) &&
    strangeDevices(pending, { names: last.known, isWhole: false }, last.inherited).length === 0;
}

/** Devices that are taken for the template's, after this look. One that was taken out is the template's no longer. */
export function inheritedDevices(
  pending: readonly PendingOption[],
  known: KnownDevices | undefined,
  before: LookedAt | undefined,
): string[] {
  if (!known) return before?.inherited ?? [];
  if (known.isWhole) return [];
  const names = before ? before.inherited : strangeDevices(pending, known, []).map(({ name }) => name);
  const present = new Set(devicesIn(pending).map(({ name }) => name));
  return names.filter((name) => present.has(name));
}

/** What is beyond the plan on a guest, and not meant to be. */
export function beyondPlan(
  { guest, pending, snapshots }: Look,
  known: KnownDevices | undefined,
  inherited: readonly string[],
  { exclusions, now, snapshotAgeMs }: BeyondRules,
): Finding[] {
  const added = strangeDevices(pending, known, inherited).map((one) => ({
    key: one.name,
    what: `${withTraits(one)} was added outside Terraform`,
    plain: `${one.title} was added outside Terraform`,
  }));
  const unused = unusedDisks(pending).map((one) => ({ key: one.name, what: withTraits(one), plain: one.title }));
  const old = snapshots.flatMap(({ name, snaptime }) => {
    if (snaptime === undefined || now - snaptime * 1000 <= snapshotAgeMs) return [];
    const day = new Date(snaptime * 1000).toISOString().slice(0, 10);
    return [{
      key: `snapshot ${name}`,
      what: `snapshot ${JSON.stringify(name)} was taken on ${day}`,
      plain: `a snapshot was taken on ${day}`,
    }];
  });
  return [...added, ...unused, ...old].filter(({ what }) => !exclusions.hasBeyond(guest, what));
}

function withTraits({ title, traits }: Device): string {
  return traits === "" || traits.length > LONGEST_TRAITS ? title : `${title} (${traits})`;
}
