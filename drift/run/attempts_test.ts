import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { Secrets } from "../../lib/secrets.ts";
import type { Environment } from "../config/config.ts";
import type { Planned, Step } from "../terraform/session.ts";
import { parseMessages } from "../terraform/stream.ts";
import { type AttemptDeps, Attempts } from "./attempts.ts";

const prod: Environment = { name: "prod", dir: "/srv/prod", varFiles: [], backendConfig: [], timeoutMs: 60_000 };
const WAIT_MS = 200;
const SETTINGS = { bin: "terraform", lockTimeoutMs: 0, confirmPowerAfterMs: WAIT_MS, parallelism: 1, env: {} };

/** A recorded plan with a stream as terraform would have written it. */
async function planOf(fixture: string): Promise<Planned> {
  const text = await Deno.readTextFile(new URL(`../../tests/fixtures/bpg/${fixture}.json`, import.meta.url));
  const json: { resource_changes: { address: string; change: { actions: string[] } }[] } = JSON.parse(text);
  const change = json.resource_changes.filter(({ change }) => change.actions.join() === "update").length;
  const stream = [
    { type: "version", "@message": "Terraform 1.11.4", terraform: "1.11.4", ui: "1.2" },
    ...json.resource_changes.map(({ address }) => ({ type: "refresh_start", hook: { resource: { addr: address } } })),
    { type: "change_summary", changes: { add: 0, change, remove: 0, operation: "plan" } },
  ].map((message) => JSON.stringify({ "@level": "info", ...message })).join("\n");
  const exit = { code: change > 0 ? 2 : 0, stopped: false };
  return { exit, messages: parseMessages(stream), stderr: "", shown: { json } };
}

/** The attempts of a check whose plans are recorded ones; when each began, and whether it took the lock. */
async function attempt(fixtures: string[], more: Partial<AttemptDeps> = {}) {
  const plans = await Promise.all(fixtures.map(planOf));
  const began: number[] = [], locked: boolean[] = [], steps: string[] = [];
  const session = {
    secrets: new Secrets(),
    plan(lockMs?: number) {
      began.push(performance.now());
      locked.push(lockMs !== undefined);
      return Promise.resolve(plans.shift()!);
    },
  };
  const deps: AttemptDeps = {
    terraform: { ...SETTINGS, lock: "confirm" },
    stateDir: "/nowhere",
    accept: [],
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
  const known = { salt: "salt", startedAt: new Date().toISOString() };
  const attempts = new Attempts(prod, deps, session, known, ({ class: cls }) => ({
    ...{ class: cls, summary: "", detail: "", cure: "" },
  }));
  const verdict = await attempts.run();
  const confirmed = Object.fromEntries(verdict.changes.map(({ label, confirmed }) => [label, confirmed]));
  return { verdict, confirmed, began, locked, steps };
}

const STOPPED = 'VM 101 "web" on pve1';

Deno.test("Attempts confirms a difference in power alone by a plan that is long enough after the first", async () => {
  const { confirmed, began, locked, steps } = await attempt(["vm_stopped", "vm_stopped"]);
  assertEquals(confirmed, { [STOPPED]: true });
  assertEquals(locked, [false, true]);
  assert(began[1]! - began[0]! >= WAIT_MS - 1, String(began));
  assert(steps[0]!.startsWith("a guest changed in power alone"), steps[0]);
});

Deno.test("Attempts takes a guest that runs again for no drift", async () => {
  const { verdict } = await attempt(["vm_stopped", "clean"]);
  assertEquals(verdict.changes, []);
});

Deno.test("Attempts confirms any other difference at once, and has no power confirmed that it saw but once", async () => {
  const { confirmed, began } = await attempt(["ram_added", "vm_stopped"]);
  assertEquals(confirmed, { [STOPPED]: false });
  assert(began[1]! - began[0]! < WAIT_MS, String(began));
});

Deno.test("Attempts makes no person wait, and leaves the difference to a later check", async () => {
  const { confirmed, began } = await attempt(["vm_stopped"], { isWatched: true });
  assertEquals([confirmed, began.length], [{ [STOPPED]: false }, 1]);
});

Deno.test("Attempts does not wait longer than the environment has time", async () => {
  const { confirmed, began } = await attempt(["vm_stopped"], { remainingMs: () => WAIT_MS });
  assertEquals([confirmed, began.length], [{ [STOPPED]: false }, 1]);
});

Deno.test("Attempts has no power confirmed where no second plan is wanted", async () => {
  for (const lock of ["none", "always"] as const) {
    const { confirmed, began } = await attempt(["vm_stopped"], { terraform: { ...SETTINGS, lock } });
    assertEquals([confirmed, began.length], [{ [STOPPED]: false }, 1]);
  }
});

Deno.test("Attempts ends the wait when it is stopped", async () => {
  const stop = new AbortController();
  const running = attempt(["vm_stopped", "vm_stopped"], { stop: stop.signal });
  await delay(10);
  stop.abort("interrupted");
  const { began } = await running;
  assert(began[1]! - began[0]! < WAIT_MS, String(began));
});

Deno.test("Attempts confirms nothing by one plan alone, and everything by two", async () => {
  const flags = ({ changes, observed }: Awaited<ReturnType<typeof attempt>>["verdict"]) =>
    [...changes, ...observed].map(({ confirmed }) => confirmed);
  for (const lock of ["none", "always"] as const) {
    const { verdict } = await attempt(["ram_added"], { terraform: { ...SETTINGS, lock } });
    assertEquals(flags(verdict), [false, false], lock);
  }
  const { verdict } = await attempt(["ram_added", "ram_added"]);
  assertEquals(flags(verdict), [true, true]);
});
