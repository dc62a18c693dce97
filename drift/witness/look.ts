/**
 * What can be seen of an environment at Proxmox without a plan, as salted hashes: whether anything has changed since the last
 * verdict. It only ever calls for a plan; that nothing changed here is no verdict.
 *
 * @module
 */

import { saltedHash } from "../../lib/salted_hash.ts";
import type { GuestRef, ListedGuest, PendingOption, Topic } from "../../lib/proxmox_api/types.ts";
import type { WatchTopic } from "../providers/provider.ts";
import { type GuestClaim, guestKey } from "./claims.ts";
import { onNodes } from "./details.ts";
import type { Exclusions } from "./exclude.ts";
import type { Seen, Watched } from "./seen.ts";
import { type Heard, nodesOf, type Silence, type Witness } from "./witness.ts";

/** What a look is about. */
export interface LookSubject {
  /** The guests of the environment. */
  claims: readonly GuestClaim[];
  /** What else its state holds. */
  watched: Watched;
  /** Salt of the hashes. */
  salt: string;
  /** Whether any environment of the cluster claims a guest, by {@linkcode guestKey}. */
  isClaimed: (key: string) => boolean;
  /** Guests that are no one's on purpose. */
  exclusions: Exclusions;
}

/** A locked guest: a backup or a migration is under way, and its power says nothing. */
const UNSETTLED = "";

/** Left out of a guest's options: backups and snapshots change them. */
const PASSING = ["digest", "lock", "parent"];

/** The questions for each part of the configuration that is the cluster's; `network` asks each node, `firewall` its guests too. */
const QUESTIONS: Record<WatchTopic, Extract<Topic, { of: unknown; node?: never; guest?: never }>["of"][]> = {
  firewall: ["clusterFirewall"],
  pools: ["pools"],
  access: ["users", "groups", "roles", "accessRules"],
  storage: ["storages"],
  ha: ["haResources", "haRules"],
  backup: ["backupJobs"],
  network: [],
};

/** Looks at the guests of an environment, and at what else its state holds. Silent where the cluster does not answer. */
export async function look(witness: Witness, subject: LookSubject): Promise<Heard<Seen>> {
  const listing = await witness.guestsSince(0);
  if ("silence" in listing) return listing;
  const { guests } = listing.said;
  const base = await witness.base();
  // A question that leads through a node which is off is not answered in time.
  const reachable = onNodes(guests, nodesOf(base, false)), isReachable = new Set(reachable);
  const nodes = [...new Set([...nodesOf(base, true), ...reachable.map(({ node }) => node)])].sort();
  const own = new Set(subject.claims.map(guestKey));
  const there = guests.filter((guest) => own.has(guestKey(guest)));
  const hash = (value: unknown) => saltedHash(subject.salt, JSON.stringify(value));
  const strangers = guests.filter((guest) => isStranger(guest, subject)).map((guest) => `stranger ${guestKey(guest)}`);
  const silences: Silence[] = [];
  const said = <T>(heard: Heard<T>): T | undefined => {
    if ("said" in heard) return heard.said;
    // What it refuses cannot be seen; where it does not answer, nothing can.
    if (heard.silence.status === undefined) silences.push(heard.silence);
    return undefined;
  };
  const parts = await Promise.all([
    ...there.map(async (guest): Promise<Part[]> => {
      const options = isReachable.has(guest) ? said(await witness.pendingOf(guest)) : undefined;
      return [
        [`guest ${guestKey(guest)}`, hash([guest.node, guest.pool, guest.template])],
        [`power ${guestKey(guest)}`, powerOf(guest, hash)],
        [`options ${guestKey(guest)}`, options && hash(lasting(options))],
      ];
    }),
    ...questionsFor(subject.watched, reachable, nodes).map(async ([name, topics]): Promise<Part[]> => {
      const answers = await Promise.all(
        topics.map(async (topic) => said(await witness.topicOf(topic))),
      );
      return [[name, answers.includes(undefined) ? undefined : hash(answers)]];
    }),
  ]);
  if (silences.length > 0) return { silence: silences[0]! };
  const seen = parts.flat().filter((one): one is [string, string] => one[1] !== undefined);
  return {
    said: Object.fromEntries(
      [...seen, ...strangers.map((name): Part => [name, hash(true)])].sort() as [string, string][],
    ),
  };
}

/** A name under which a hash is kept, and the hash; undefined where it could not be seen. */
type Part = [name: string, hash: string | undefined];

/** A guest that nobody knows, unless it may just be in the making. */
function isStranger(guest: ListedGuest, { isClaimed, exclusions }: LookSubject): boolean {
  return guest.lock === undefined && !isClaimed(guestKey(guest)) && !exclusions.hasGuest(guest);
}

function powerOf({ lock, status }: ListedGuest, hash: (value: unknown) => string): string | undefined {
  if (lock !== undefined) return UNSETTLED;
  return status === "unknown" ? undefined : hash(status);
}

function lasting(options: readonly PendingOption[]): PendingOption[] {
  return options.filter(({ key }) => !PASSING.includes(key)).sort((one, other) => one.key < other.key ? -1 : 1);
}

/** What is asked for each name under which a hash is kept. */
function questionsFor(
  { topics, firewalled }: Watched,
  guests: readonly ListedGuest[],
  nodes: readonly string[],
): [string, Topic[]][] {
  const byKey = new Map(guests.map((guest) => [guestKey(guest), guest]));
  return [
    ...topics.flatMap((topic) => QUESTIONS[topic]).map((of): [string, Topic[]] => [of, [{ of }]]),
    ...topics.includes("network")
      ? nodes.map((node): [string, Topic[]] => [`networks ${node}`, [{ of: "networks", node }]])
      : [],
    ...firewalled.flatMap((key): [string, Topic[]][] => {
      const guest = byKey.get(key);
      return guest ? [[`firewall ${key}`, firewallOf(guest)]] : [];
    }),
  ];
}

function firewallOf(guest: GuestRef): Topic[] {
  return [{ of: "firewallRules", guest }, { of: "firewallOptions", guest }];
}

/**
 * What is not as it was, by the names in {@linkcode Seen}: other hashes, what could be seen then and not now, and what was
 * not seen then. A guest that nobody knew and that is gone is no change; the power of one that is locked now says nothing.
 */
export function changesSince(before: Seen, now: Seen): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.filter((name) =>
    before[name] !== now[name] && now[name] !== UNSETTLED && !(name.startsWith("stranger ") && !(name in now))
  );
}
