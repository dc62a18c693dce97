/**
 * What the last run knew of a cluster: strangers, and what was found on managed guests, so that a run can tell what is new.
 * Kept in `stateDir/witness/CLUSTER.json`, written by a run alone, atomically. It holds no values: numbers of guests, names
 * of devices and snapshots, times, and salted hashes.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic_file.ts";
import { parseJson } from "../../lib/parse_json.ts";
import type { LookedAt } from "./beyond.ts";
import type { Strangers } from "./inventory.ts";

/** The file's shape. Times are ISO 8601 in UTC. */
export interface ClusterMemory {
  /** Version of this shape. */
  version: 1;
  /** Salt of the hashes; made once for each cluster. */
  salt: string;
  /** Guests that no state knew; absent before the first inventory. */
  strangers?: Strangers;
  /** Managed guests that were looked at, by kind and number, as `qemu/101`. */
  guests: Record<string, LookedAt>;
}

/** What a file held. */
export interface Recalled {
  /** A fresh one where there was none, or none that can be read. */
  memory: ClusterMemory;
  /** In one line, what happened to a file that cannot be read. */
  problem?: string;
}

/** Reads the memory of a cluster. A damaged file is set aside, and everything counts as at the first time. Never rejects. */
export async function recallCluster(stateDir: string, cluster: string, now: number): Promise<Recalled> {
  const file = fileOf(stateDir, cluster);
  try {
    const memory = parse(await Deno.readTextFile(file));
    if (memory) return { memory };
    const aside = `${file}.damaged-${now}`;
    await Deno.rename(file, aside);
    return {
      memory: fresh(),
      problem:
        `The memory of cluster "${cluster}" was damaged and is set aside as "${aside}": this counts as its first run`,
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { memory: fresh() };
    const problem = `Cannot read the memory of cluster "${cluster}", "${file}": ${(error as Error).message}`;
    return { memory: fresh(), problem };
  }
}

/** Writes the memory of a cluster, whole or not at all. Throws where the state directory cannot be written. */
export async function rememberCluster(stateDir: string, cluster: string, memory: ClusterMemory): Promise<void> {
  const file = fileOf(stateDir, cluster);
  await Deno.mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, JSON.stringify(memory), { mode: 0o600 });
}

function fileOf(stateDir: string, cluster: string): string {
  return join(stateDir, "witness", `${cluster}.json`);
}

function fresh(): ClusterMemory {
  return { version: 1, salt: randomBytes(16).toString("hex"), guests: {} };
}

function parse(text: string): ClusterMemory | undefined {
  const isText = (value: unknown) => typeof value === "string";
  const isTime = (value: unknown) => typeof value === "string" && !Number.isNaN(Date.parse(value));
  try {
    const memory = parseJson(text) as ClusterMemory;
    const isWhole = memory.version === 1 && isText(memory.salt) && isRecord(memory.guests) &&
      isRecord(memory.strangers ?? {}) &&
      Object.values(memory.strangers ?? {}).every(({ firstSeenAt, isTold }) =>
        isTime(firstSeenAt) && typeof isTold === "boolean"
      ) &&
      Object.values(memory.guests).every(({ marks, inherited, known, beyond }) =>
        isRecord(marks) && Object.values(marks).every(isText) && [inherited, known].every((names) =>
          Array.isArray(names) && names.every(isText)
        ) &&
        isRecord(beyond) && Object.values(beyond).every(isTime)
      );
    return isWhole ? memory : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
