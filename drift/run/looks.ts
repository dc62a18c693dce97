/**
 * Looks at an environment before it is planned: whether anything that can be seen without a plan has changed since the last
 * verdict. It calls for a plan or does without one for now; it never says that the environment conforms.
 *
 * @module
 */

import { saltedHash } from "../../lib/salted_hash.ts";
import type { Environment } from "../config/config.ts";
import type { Skipped } from "../report.ts";
import { changesSince, type LookSubject } from "../witness/look.ts";
import type { Seen, Watched } from "../witness/seen.ts";
import type { Heard } from "../witness/witness.ts";
import type { Messages } from "../terraform/stream.ts";
import { watchesAll } from "./guests.ts";
import { filesOf } from "./look_files.ts";
import type { Memory } from "./memory.ts";

/** What came of a look. */
export interface Looked {
  /** To be remembered with the verdict; absent where nothing was looked at. */
  seen?: Seen;
  /** Whether a plan must be read to know what the next look is about; absent where nothing was looked at. */
  readsPlan?: (messages: Messages) => boolean;
  /** Absent where the environment is to be planned. */
  skipped?: Skipped;
  /** Why it is to be planned, where it was asked. */
  why?: string;
}

/** What a look needs of the run. */
export interface LookDeps {
  /** A plan only where something has changed; else what is seen is only remembered, where that is any use. */
  isIfChanged: boolean;
  /** The environment's cluster; absent where it has none. */
  cluster?: { name: string; look: (subject: Pick<LookSubject, "claims" | "watched" | "salt">) => Promise<Heard<Seen>> };
  /** Program of the environment. */
  bin: string;
  /** PATH of the environment. */
  path: string | undefined;
  /** A plan is made at least so often, in milliseconds. */
  planAtLeastMs: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Nothing was read that says what else the state holds. */
const NOTHING_ELSE: Watched = { topics: [], firewalled: [] };

const MINUTE = 60_000;
/** After so many checks in a row that settled nothing, the next one waits so long; then always as long as the last. */
const RETRIES = [15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 360 * MINUTE];

/** Looks at an environment. Never throws: what cannot be seen is a change, or nothing is planned and it says why. */
export async function lookBefore(
  environment: Environment,
  memory: Memory | undefined,
  salt: string,
  { isIfChanged, cluster, bin, path, planAtLeastMs, now }: LookDeps,
): Promise<Looked> {
  const skip = (reason: string, lookedAt?: string): Looked => ({
    skipped: {
      reason,
      ...memory && memory.status !== "error" ? { lastVerdictAt: memory.checkedAt } : {},
      ...lookedAt === undefined ? {} : { lookedAt },
    },
  });
  if (!cluster) return isIfChanged ? skip("no second witness can look at it") : {};
  if (memory?.guests?.cluster !== cluster.name) {
    return isIfChanged ? skip(`no plan has proven yet that its guests are those of cluster "${cluster.name}"`) : {};
  }
  const lookedAt = new Date(now()).toISOString();
  const [there, files] = await Promise.all([
    cluster.look({ claims: memory.guests.claims, watched: memory.guests.watched ?? NOTHING_ELSE, salt }),
    filesOf(environment, bin, path),
  ]);
  if ("silence" in there) return isIfChanged ? skip(`the second witness is silent: ${there.silence.problem}`) : {};
  const seen = { ...there.said, ...files === undefined ? {} : { files: saltedHash(salt, files) } };
  const { watched } = memory.guests;
  const toPlan: Looked = { seen, readsPlan: (messages) => !watchesAll(messages, watched) };
  if (!isIfChanged) return toPlan;
  const why = reasonToPlan(memory, seen, { now: now(), planAtLeastMs });
  return why === undefined ? skip("nothing that was looked at has changed", lookedAt) : { ...toPlan, why };
}

function reasonToPlan(
  memory: Memory,
  seen: Seen,
  { now, planAtLeastMs }: { now: number; planAtLeastMs: number },
): string | undefined {
  const changed = changesSince(memory.look ?? {}, seen);
  if (changed.length > 0) return memory.look ? `Changed since the last check: ${changed.join(", ")}` : "First look";
  const age = now - Date.parse(memory.checkedAt);
  const { unsettled = 0 } = memory;
  if (unsettled > 0 && age >= RETRIES[Math.min(unsettled, RETRIES.length) - 1]!) {
    return "The last check settled nothing";
  }
  return age >= planAtLeastMs || age < 0 ? "The last plan is too old" : undefined;
}
