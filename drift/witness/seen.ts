/**
 * What is remembered of a look at an environment. Pure.
 *
 * @module
 */

import type { WatchTopic } from "../providers/provider.ts";

/** What besides guests an environment's state holds. */
export interface Watched {
  /** Parts of Proxmox's configuration, sorted. */
  topics: WatchTopic[];
  /** Guests with firewall resources, by kind and number, as `qemu/101`, sorted. */
  firewalled: string[];
}

/** Hashes by what they are of, as `options qemu/101`. What could not be seen is missing. */
export type Seen = Record<string, string>;

/** What is remembered for the next look. */
export interface RememberedLook {
  /** What was seen before the first plan of the last check; nothing where it did not look. */
  seen: Seen;
  /** What besides guests the state held at the last plan that was read. */
  watched?: Watched;
}

const TOPICS: Record<WatchTopic, true> = {
  firewall: true,
  pools: true,
  access: true,
  storage: true,
  ha: true,
  backup: true,
  network: true,
};

/** What a file has, if it is of that form. */
export function asRememberedLook(value: unknown): RememberedLook | undefined {
  const { seen, watched = { topics: [], firewalled: [] } } = (value ?? {}) as RememberedLook;
  const isText = (one: unknown) => typeof one === "string";
  const isWhole = typeof seen === "object" && seen !== null && Object.values(seen).every(isText) &&
    [watched.topics, watched.firewalled].every((list) => Array.isArray(list) && list.every(isText)) &&
    watched.topics.every((topic) => Object.hasOwn(TOPICS, topic));
  return isWhole ? value as RememberedLook : undefined;
}
