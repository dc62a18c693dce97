/**
 * The second source of truth about one cluster, for the length of a run: Proxmox's own API. The checks of a run share it.
 * Nothing is asked before somebody wants to know, and nothing that goes wrong is thrown: a failure is an answer too.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { messageOf } from "../../lib/message_of.ts";
import { AccessError } from "../../lib/proxmox_api/access.ts";
import { ProxmoxApiError, type ProxmoxApiErrorKind } from "../../lib/proxmox_api/errors.ts";
import type { ProxmoxApi } from "../../lib/proxmox_api/proxmox_api.ts";
import type {
  ClusterStatus,
  GuestRef,
  ListedGuest,
  PendingOption,
  PermissionMap,
  Topic,
} from "../../lib/proxmox_api/types.ts";

/** An answer, or why there is none. */
export type Heard<T> = { said: T } | { silence: Silence };

/** Why there is no answer. */
export interface Silence {
  /** The client's word for it; `access` where its token or certificates are missing, `fault` where it is our own. */
  kind: ProxmoxApiErrorKind | "access" | "fault";
  /** In a sentence that names path and server, without the token. */
  problem: string;
  /** HTTP status, where there was an answer. */
  status?: number;
  /** What was thrown. */
  error: unknown;
}

/** The guests of a cluster at one time. */
export interface Listing {
  /** When it was answered, by the witness's own clock. */
  takenMs: number;
  /** Those that the token may see. */
  guests: readonly ListedGuest[];
}

/** What is asked once in a run. */
export interface Base {
  /** Proxmox VE's version, as `9.2.11`. */
  version: string;
  /** All rights of the token. */
  permissions: PermissionMap;
  /** The cluster and its nodes; silent where the token may not ask. */
  status: Heard<ClusterStatus[]>;
}

/** A witness of one cluster. */
export interface Witness extends Disposable {
  /** As configured. */
  readonly cluster: string;
  /** Every address that is configured. */
  readonly endpoints: readonly string[];
  /** The server that answered last; before that, the first. */
  readonly endpoint: string;
  /** When the first question of the run was asked, ISO 8601, UTC; absent before. */
  readonly askedAt: string | undefined;
  /** Milliseconds, of a clock that nobody sets. */
  readonly now: () => number;
  /** What is asked once in a run. */
  base(): Promise<Heard<Base>>;
  /** The guests as they were listed at this time or later; those who ask at once share the answer. */
  guestsSince(timeMs: number): Promise<Heard<Listing>>;
  /** A guest's options, asked once in a run. */
  pendingOf(guest: GuestRef): Promise<Heard<PendingOption[]>>;
  /** A part of the configuration, asked once in a run. */
  topicOf(topic: Topic): Promise<Heard<unknown>>;
  /** Asks anything else. */
  ask<T>(question: (api: ProxmoxApi) => Promise<T>): Promise<Heard<T>>;
}

/** What a witness is made of. */
export interface WitnessParts {
  /** As configured. */
  cluster: string;
  /** Every address that is configured. */
  endpoints: readonly string[];
  /** Opens the client, with the first question. */
  open: () => Promise<ProxmoxApi>;
  /** Milliseconds since 1970, for the report. */
  clock: () => number;
  /** Milliseconds, of a clock that nobody sets. */
  now?: () => number;
}

/** The witness of a cluster. A server that did not answer the first question is not asked again in this run. */
export function proxmoxWitness(
  { cluster, endpoints, open, clock, now = () => performance.now() }: WitnessParts,
): Witness {
  let api: ProxmoxApi | undefined, opening: Promise<ProxmoxApi> | undefined, askedAt: string | undefined;
  let base: Promise<Heard<Base>> | undefined;
  let listing: { askedMs: number; answer: Promise<Heard<Listing>> } | undefined;
  const options = new Map<string, Promise<Heard<PendingOption[]>>>();
  const topics = new Map<string, Promise<Heard<unknown>>>();

  async function ask<T>(question: (api: ProxmoxApi) => Promise<T>): Promise<Heard<T>> {
    askedAt ??= new Date(clock()).toISOString();
    try {
      api = await (opening ??= open());
      return { said: await question(api) };
    } catch (error) {
      return { silence: silenceOf(error) };
    }
  }

  async function first(): Promise<Heard<Base>> {
    const version = await ask((api) => api.version());
    if ("silence" in version) return version;
    const [permissions, status] = await Promise.all([
      ask((api) => api.permissions()),
      ask((api) => api.clusterStatus()),
    ]);
    if ("silence" in permissions) return permissions;
    return { said: { version: version.said.version, permissions: permissions.said, status } };
  }

  async function list(): Promise<Heard<Listing>> {
    // It tells at once where the whole cluster is silent, so that a run waits for that but once.
    const opened = await witness.base();
    if ("silence" in opened) return opened;
    const guests = await ask((api) => api.guests());
    return "silence" in guests ? guests : { said: { takenMs: now(), guests: guests.said } };
  }

  const witness: Witness = {
    cluster,
    endpoints,
    now,
    get endpoint() {
      return api?.endpoint ?? endpoints[0]!;
    },
    get askedAt() {
      return askedAt;
    },
    base: () => base ??= first(),
    guestsSince(timeMs) {
      if (!listing || listing.askedMs < timeMs) listing = { askedMs: now(), answer: list() };
      return listing.answer;
    },
    pendingOf(guest) {
      const key = `${guest.node}/${guest.kind}/${guest.id}`;
      const asked = options.get(key) ?? ask((api) => api.pending(guest));
      options.set(key, asked);
      return asked;
    },
    topicOf(topic) {
      const key = JSON.stringify(topic);
      const asked = topics.get(key) ?? ask((api) => api.topic(topic));
      topics.set(key, asked);
      return asked;
    },
    ask,
    [Symbol.dispose]: () => api?.[Symbol.dispose](),
  };
  return witness;
}

/** The guests as they are listed at least so much later than a first list. */
export async function guestsAfter(
  witness: Witness,
  { takenMs }: Listing,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<Heard<Listing>> {
  const due = takenMs + waitMs;
  try {
    await delay(Math.max(0, due - witness.now()), { signal });
  } catch (error) {
    return { silence: silenceOf(error) };
  }
  return await witness.guestsSince(due);
}

/** Names of the nodes that are there, or of those that are not. */
export function nodesOf(base: Heard<Base>, isOnline: boolean): Set<string> {
  const status = "said" in base && "said" in base.said.status ? base.said.status.said : [];
  return new Set(
    status.flatMap(({ type, name, online = true }) => type === "node" && name && online === isOnline ? [name] : []),
  );
}

/** Why there is no answer, from what was thrown. */
export function silenceOf(error: unknown): Silence {
  if (error instanceof AccessError) return { kind: "access", problem: error.message, error };
  if (!(error instanceof ProxmoxApiError)) return { kind: "fault", problem: messageOf(error), error };
  const { kind, status, message: problem } = error;
  return { kind, problem, ...(status === undefined ? {} : { status }), error };
}
