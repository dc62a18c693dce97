/**
 * What is remembered for a look at an environment. Pure.
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

const TOPICS: Record<WatchTopic, true> = {
  firewall: true,
  pools: true,
  access: true,
  storage: true,
  ha: true,
  backup: true,
  network: true,
};

/** Whether what a file has is of that form. */
export function isWatched(value: unknown): value is Watched {
  const { topics, firewalled } = (value ?? {}) as Partial<Watched>;
  return Array.isArray(topics) && topics.every((topic) => Object.hasOwn(TOPICS, topic)) && Array.isArray(firewalled) &&
    firewalled.every((key) => typeof key === "string");
}

/** Whether what a file has is of that form. */
export function isSeen(value: unknown): value is Seen {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((hash) => typeof hash === "string");
}
