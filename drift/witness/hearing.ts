/**
 * Hears a witness about the guests of one plan: first whether its cluster is the provider's, then what became of those that
 * the plan no longer finds. It asks as little as that takes, and never throws: silence is an answer.
 *
 * @module
 */

import { abortable } from "@std/async/abortable";
import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { Diagnostic } from "../report.ts";
import type { Testimony } from "../verdict/testimony.ts";
import { type GuestClaim, guestKey } from "./claims.ts";
import { type Installation, type Proof, prove } from "./proof.ts";
import { type Doubt, type Fate, fateOf, type Inquiry, listedAs, moved, unknown } from "./vanished.ts";
import { doubtWarnings, proofWarning, silenceWarning } from "./warnings.ts";
import { type Base, guestsAfter, type Heard, type Listing, type Silence, silenceOf, type Witness } from "./witness.ts";

/** The guests of one provider in a plan, behind one endpoint. */
export interface PlanInstallation extends Installation {
  /** In the state, and not found; with the state's name and node. */
  vanished: readonly GuestClaim[];
  /** Those of the refreshed ones that changed in power alone. */
  powers: readonly GuestClaim[];
}

/** What is asked about one plan that has just ended. */
export interface PlanQuestion {
  /** The environment's configuration names the cluster. */
  isNamed: boolean;
  /** One for each provider and endpoint that has guests. */
  installations: readonly PlanInstallation[];
}

/** What the witness had to say. */
export interface Hearing {
  /** For the verdict. */
  testimony: Testimony;
  /** Whether all guests of the plan are proven to be of the witness's cluster; `unheard` where it did not answer. */
  proof: "proven" | "unproven" | "unheard";
  /** Why it says less than it could. */
  warnings: Diagnostic[];
}

/** How a witness is heard. */
export interface HearingOptions {
  /** Ends the hearing: what is not answered by then is not known. */
  signal: AbortSignal;
  /** Between two lists, in milliseconds; 5 s, in which a list that lags catches up. */
  waitMs?: number;
  /** The configuration expects that HA moves the guests that it manages. */
  expectsHa?: boolean;
}

/** How many names that disagree are looked up: a few may have changed just now. */
const NAMES_LOOKED_UP = 3;

/** Hears the witness about a plan. */
export async function hear(witness: Witness, question: PlanQuestion, options: HearingOptions): Promise<Hearing> {
  try {
    return await abortable(heard(witness, question, options), options.signal);
  } catch (error) {
    const late: Silence = { kind: "stopped", problem: "No answer in time", error };
    return silent(witness, question, options.signal.aborted ? late : silenceOf(error));
  }
}

async function heard(witness: Witness, question: PlanQuestion, options: HearingOptions): Promise<Hearing> {
  const { installations } = question;
  if (installations.length === 0) return { testimony: testimonyOf([], new Map()), proof: "proven", warnings: [] };
  const began = witness.now();
  // A list from before the plan proves nothing about what the plan found missing.
  const isUrgent = installations.some(({ vanished, powers }) => vanished.length > 0 || powers.length > 0);
  const first = await witness.guestsSince(isUrgent ? began : 0);
  if ("silence" in first) return silent(witness, question, first.silence);
  const { proofs, listing } = await proofsOf(witness, question, first.said, began);
  const proven = installations.filter((_, at) => proofs[at]!.isProven);
  const fates = await fatesOf(witness, proven.flatMap(({ vanished }) => vanished), listing, options);
  const strangers = installations.filter((_, at) => !proofs[at]!.isProven).flatMap(({ vanished }) => vanished);
  const locks = proven.flatMap(({ powers }) => powers).flatMap((claim): [string, string][] => {
    const lock = listedAs(claim, listing.guests)?.lock;
    return lock === undefined ? [] : [[claim.address, lock]];
  });
  const testimony = testimonyOf([...fates, ...doubted(strangers, { why: "unproven" })], new Map(locks));
  const guests = proven.flatMap(({ refreshed, vanished }) => [...refreshed, ...vanished]);
  return {
    testimony: options.expectsHa ? { ...testimony, movable: managedByHa(guests, listing.guests) } : testimony,
    proof: proofs.every(({ isProven }) => isProven) ? "proven" : "unproven",
    warnings: [
      ...unlike(proofs.flatMap((proof) => proof.isProven ? [] : [proofWarning(witness.cluster, proof.mismatches)])),
      ...doubtWarnings(witness.cluster, fates.map(([, fate]) => fate)),
    ],
  };
}

/** Addresses of the guests that HA manages. */
function managedByHa(claims: readonly GuestClaim[], listed: readonly ListedGuest[]): Set<string> {
  return new Set(
    claims.filter((claim) => listedAs(claim, listed)?.hastate !== undefined).map(({ address }) => address),
  );
}

/** The same warning about two installations is one. */
function unlike(warnings: Diagnostic[]): Diagnostic[] {
  return [...new Map(warnings.map((one) => [one.summary, one])).values()];
}

/** Nothing was answered, or not in time. */
function silent({ cluster }: Witness, { installations }: PlanQuestion, silence: Silence): Hearing {
  const fates = doubted(installations.flatMap(({ vanished }) => vanished), { why: "silent", silence });
  return { testimony: testimonyOf(fates, new Map()), proof: "unheard", warnings: [silenceWarning(cluster, silence)] };
}

type Fates = [address: string, fate: Fate][];

function doubted(claims: readonly GuestClaim[], doubt: Doubt): Fates {
  return claims.map((claim) => [claim.address, unknown(claim, doubt)]);
}

function testimonyOf(fates: Fates, locks: Testimony["locks"]): Testimony {
  const vanished = fates.map(([address, { doubt: _, ...found }]) => [address, found] as const);
  return { vanished: new Map(vanished), locks };
}

/** The proof for each installation, and the list that it rests on. What disagrees is looked at twice. */
async function proofsOf(
  witness: Witness,
  { isNamed, installations }: PlanQuestion,
  listing: Listing,
  began: number,
): Promise<{ proofs: Proof[]; listing: Listing }> {
  const { endpoints } = witness;
  const proofsWith = (listed: readonly ListedGuest[], otherNames?: Map<string, string[]>) => {
    const by = (isNamed: boolean) =>
      installations.map((one) => prove(one, { isNamed, endpoints, listed, ...(otherNames ? { otherNames } : {}) }));
    const proofs = by(false);
    // Of two endpoints of which one is the cluster's, the name that the configuration gives means that one.
    return isNamed && !proofs.some((proof) => proof.isProven && proof.by === "endpoint") ? by(true) : proofs;
  };
  const proofs = proofsWith(listing.guests);
  if (mismatchesIn(proofs).length === 0) return { proofs, listing };
  const again = await witness.guestsSince(began);
  const newest = "said" in again ? again.said : listing;
  const doubtful = mismatchesIn(proofsWith(newest.guests)).filter(({ differsIn }) => differsIn === "name");
  const names = doubtful.length > NAMES_LOOKED_UP ? [] : doubtful.map(({ listed }) => listed);
  const otherNames = new Map(
    await Promise.all(names.map(async (one) => [guestKey(one), await namesOf(witness, one)] as const)),
  );
  return { proofs: proofsWith(newest.guests, otherNames), listing: newest };
}

function mismatchesIn(proofs: Proof[]) {
  return proofs.flatMap((proof) => proof.isProven ? [] : proof.mismatches);
}

/** What a guest is called by its configuration: a list lags behind, and a container takes its hostname at its start. */
async function namesOf(witness: Witness, guest: ListedGuest): Promise<string[]> {
  const options = await witness.ask((api) => api.pending(guest));
  if ("silence" in options) return [];
  const name = options.said.find(({ key }) => key === (guest.kind === "qemu" ? "name" : "hostname"));
  return [name?.value, name?.pending].filter((one) => one !== undefined);
}

/** What became of guests of a proven cluster. */
async function fatesOf(
  witness: Witness,
  claims: readonly GuestClaim[],
  first: Listing,
  { signal, waitMs = 5_000 }: HearingOptions,
): Promise<Fates> {
  const base = await witness.base();
  if ("silence" in base) return doubted(claims, { why: "silent", silence: base.silence });
  const fates = new Map(claims.map((claim) => [claim.address, moved(claim, first.guests)]));
  const open = claims.filter(({ address }) => !fates.get(address));
  if (open.length > 0) {
    const missing = open.filter((claim) => !listedAs(claim, first.guests));
    const [second, ...inquiries] = await Promise.all([
      guestsAfter(witness, first, { waitMs, signal }),
      ...missing.map((claim) => inquire(witness, claim)),
    ]);
    for (const claim of open) {
      const inquiry = inquiries[missing.indexOf(claim)];
      fates.set(claim.address, fateOf(claim, [first.guests, guestsIn(second)], clusterOf(base.said), inquiry));
    }
  }
  return claims.map(({ address }) => [address, fates.get(address)!]);
}

function guestsIn(heard: Heard<Listing>): Heard<readonly ListedGuest[]> {
  return "said" in heard ? { said: heard.said.guests } : heard;
}

function clusterOf({ permissions, status }: Base) {
  return { permissions, status };
}

async function inquire(witness: Witness, { kind, id, node }: GuestClaim): Promise<Inquiry> {
  const [rights, config] = await Promise.all([
    witness.ask((api) => api.permissionsAt(`/vms/${id}`)),
    node === undefined ? undefined : witness.ask((api) => api.config({ kind, id, node })),
  ]);
  return { rights, ...(config ? { config } : {}) };
}
