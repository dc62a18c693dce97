/** The attempts of a check whose plans are recorded ones. */

import { Secrets } from "../../lib/secrets.ts";
import type { Environment } from "../../drift/config/config.ts";
import { type AttemptDeps, Attempts } from "../../drift/run/attempts.ts";
import type { Plan } from "../../drift/terraform/plan.ts";
import type { Planned, Step } from "../../drift/terraform/session.ts";
import { parseMessages } from "../../drift/terraform/stream.ts";

/** How long after the first plan a difference in power is confirmed, in milliseconds. */
export const WAIT_MS = 200;

/** Longer than any attempt takes: where nothing may wait that long, a slow machine is not taken for one that waits. */
export const LONG_MS = 60_000;

/** How terraform is run, but for its lock. */
export const SETTINGS = { bin: "terraform", lockTimeoutMs: 0, confirmPowerAfterMs: WAIT_MS, parallelism: 1, env: {} };

const prod: Environment = { name: "prod", dir: "/srv/prod", varFiles: [], backendConfig: [], timeoutMs: 60_000 };

/** A plan as it was recorded from bpg/proxmox; `bpg2/NAME` for those of the second folder. */
export async function recordedPlan(name: string): Promise<Plan> {
  const path = name.includes("/") ? name : `bpg/${name}`;
  return JSON.parse(await Deno.readTextFile(new URL(`../fixtures/${path}.json`, import.meta.url)));
}

/** The recorded plan in which one VM vanished, without the other one too: two of two vanished at once. */
export async function bothVmsGone(): Promise<Plan> {
  const json = await recordedPlan("vm_deleted"), address = 'module.vm["db"].proxmox_virtual_environment_vm.this';
  const { change, ...db } = json.resource_changes!.find((one) => one.address === address)!;
  const created = { ...db, change: { ...change, actions: ["create"], before: null } };
  return {
    ...json,
    resource_changes: json.resource_changes!.map((one) => one.address === address ? created : one),
    resource_drift: [...json.resource_drift!, { ...db, change: { ...change, actions: ["delete"], after: null } }],
  };
}

/** The message stream that terraform would have written beside a plan, as far as verdicts go by it. */
export function streamOf({ resource_changes: objects = [] }: Plan): string {
  const count = (action: string) => objects.filter(({ change }) => change.actions.join() === action).length;
  const changes = { add: count("create"), change: count("update"), remove: 0, operation: "plan" };
  return [
    { type: "version", "@message": "Terraform 1.11.4", terraform: "1.11.4", ui: "1.2" },
    ...objects.map(({ address }) => ({ type: "refresh_start", hook: { resource: { addr: address } } })),
    { type: "change_summary", changes },
  ].map((message) => JSON.stringify({ "@level": "info", ...message })).join("\n");
}

function planned(json: Plan): Planned {
  const messages = parseMessages(streamOf(json));
  const { add, change } = messages.summary!;
  return { exit: { code: change + add > 0 ? 2 : 0, stopped: false }, messages, stderr: "", shown: { json } };
}

/**
 * Makes the attempts of a check with these plans; also says when each began, and whether it took the lock.
 *
 * @param versions Of providers, by their source.
 */
export async function attempt(
  plans: (Plan | string)[],
  more: Partial<AttemptDeps> = {},
  versions: Record<string, string> = {},
) {
  const left = await Promise.all(
    plans.map(async (one) => planned(typeof one === "string" ? await recordedPlan(one) : one)),
  );
  const began: number[] = [], locked: boolean[] = [], steps: string[] = [];
  const session = {
    secrets: new Secrets(),
    plan(lockMs?: number) {
      began.push(performance.now());
      locked.push(lockMs !== undefined);
      return Promise.resolve(left.shift()!);
    },
  };
  const deps: AttemptDeps = {
    terraform: { ...SETTINGS, lock: "confirm" },
    stateDir: "/nowhere",
    accept: [],
    noise: true,
    hideText: false,
    now: Date.now,
    inherited: {},
    retryDelays: [],
    isWatched: false,
    stop: new AbortController().signal,
    remainingMs: () => 60_000,
    progress: ({ text }: Step) => void steps.push(text),
    ...more,
  };
  const known = { salt: "salt", startedAt: "2026-01-01T00:00:00.000Z", versions };
  const attempts = new Attempts(prod, deps, session, known, ({ class: cls }) => ({
    ...{ class: cls, summary: "", detail: "", cure: "" },
  }));
  const verdict = await attempts.run();
  const confirmed = Object.fromEntries(verdict.changes.map(({ label, confirmed }) => [label, confirmed]));
  return { verdict, confirmed, began, locked, steps, attempts };
}
