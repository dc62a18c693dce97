/**
 * What tells a guest from another one that was given its number: marks that are made with a guest, as salted hashes. One of
 * them alone says little: a rollback makes a new generation, and people exchange network cards. Pure.
 *
 * @module
 */

import { saltedHash } from "../../lib/salted_hash.ts";
import type { PendingOption } from "../../lib/proxmox_api/types.ts";

/** Salted hashes by what they are of, in plain words. */
export type GuestMarks = Record<string, string>;

/** Fewer prove nothing. */
const ENOUGH = 2;
/** The marks that nobody changes by hand: a rollback, restore or clone does. */
const MADE_WITH_IT = ["generation", "time of creation", "root volume"];

/** The marks of a guest: of a VM its generation, its BIOS's number and when it was made, of a container its volume; and MACs. */
export function marksOf(options: readonly PendingOption[], salt: string): GuestMarks {
  const valueOf = (name: string) => options.find(({ key }) => key === name)?.value;
  const marks: Record<string, string | undefined> = {
    "generation": valueOf("vmgenid"),
    "BIOS number": /(?:^|,)uuid=([^,]+)/.exec(valueOf("smbios1") ?? "")?.[1],
    "time of creation": /(?:^|,)ctime=(\d+)/.exec(valueOf("meta") ?? "")?.[1],
    // What a resize adds is no other volume.
    "root volume": valueOf("rootfs")?.split(",")[0],
    "MAC addresses": macsIn(options).join() || undefined,
  };
  return Object.fromEntries(
    Object.entries(marks).flatMap(([name, value]) => value === undefined ? [] : [[name, saltedHash(salt, value)]]),
  );
}

/** The marks that both have, where every one of them changed; undefined where it may be the same guest. */
export function changedMarks(before: GuestMarks, now: GuestMarks): string[] | undefined {
  const common = Object.keys(now).filter((name) => before[name] !== undefined);
  return common.length >= ENOUGH && common.every((name) => before[name] !== now[name]) ? common : undefined;
}

/** Whether nothing was restored or cloned over the guest, or rolled back. */
export function isUntouched(before: GuestMarks, now: GuestMarks): boolean {
  return MADE_WITH_IT.every((name) => before[name] === now[name]);
}

function macsIn(options: readonly PendingOption[]): string[] {
  const nets = options.filter(({ key }) => /^net\d+$/.test(key)).map(({ value = "" }) => value);
  return nets.flatMap((value) => /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/i.exec(value)?.[0].toUpperCase() ?? []).sort();
}
