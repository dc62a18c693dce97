/**
 * Which part of the environments a run takes where several share them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { UsageError } from "../usage_error.ts";

/** One of several shards. */
export interface Shard {
  /** From 1. */
  index: number;
  /** How many there are. */
  of: number;
}

/**
 * The shard that the command line means; `auto` takes its index from the environment of the process.
 *
 * @param env The process's own environment: `JOB_COMPLETION_INDEX` counts from 0, as Kubernetes has it.
 * @throws {UsageError} where `auto` finds no index there, or one that is too high
 */
export function resolveShard(
  { index, of }: { index: Shard["index"] | "auto"; of: number },
  env: Record<string, string>,
): Shard {
  if (index !== "auto") return { index, of };
  const given = env.JOB_COMPLETION_INDEX;
  if (given === undefined) {
    throw new UsageError(
      `Cannot tell which shard this is: "--shard auto/${of}" needs JOB_COMPLETION_INDEX, which an Indexed Job of ` +
        `Kubernetes sets, found none; elsewhere name it, as 1/${of}`,
    );
  }
  if (!/^\d{1,4}$/.test(given) || Number(given) >= of) {
    throw new UsageError(
      `Cannot tell which shard this is: JOB_COMPLETION_INDEX must be a number from 0 to ${of - 1} with ` +
        `"--shard auto/${of}", got "${given}"; let "completions" of the Job be ${of}`,
    );
  }
  return { index: Number(given) + 1, of };
}

/**
 * The shard that an environment belongs to, from 1: always the same for the same name and number of shards. With one
 * shard more, no environment moves but to the new one.
 */
export function shardOf(name: string, of: number): number {
  return jumpHash(createHash("sha256").update(name).digest().readBigUInt64BE(), of) + 1;
}

/** The names that belong to a shard, in their order. */
export function namesOf({ index, of }: Shard, names: readonly string[]): string[] {
  return names.filter((name) => shardOf(name, of) === index);
}

/** Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014): a bucket from 0 for a 64-bit key. */
export function jumpHash(key: bigint, buckets: number): number {
  let bucket = -1, next = 0;
  while (next < buckets) {
    bucket = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = Math.floor((bucket + 1) * (2 ** 31 / Number((key >> 33n) + 1n)));
  }
  return bucket;
}
