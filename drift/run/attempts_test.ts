import { assert, assertEquals } from "@std/assert";
import { attempt, LONG_MS, SETTINGS, WAIT_MS } from "../../tests/support/attempts.ts";
import type { AttemptDeps } from "./attempts.ts";

const STOPPED = 'VM 101 "web" on pve1';
const PATIENT = { ...SETTINGS, lock: "confirm", confirmPowerAfterMs: LONG_MS } as const;

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
  const { confirmed, began } = await attempt(["ram_added", "vm_stopped"], {
    terraform: PATIENT,
    remainingMs: () => Infinity,
  });
  assertEquals(confirmed, { [STOPPED]: false });
  assert(began[1]! - began[0]! < LONG_MS, String(began));
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
  const { began } = await attempt(["vm_stopped", "vm_stopped"], {
    ...{ terraform: PATIENT, remainingMs: () => Infinity, stop: stop.signal },
    progress: ({ text }) => {
      if (text.startsWith("a guest changed in power alone")) queueMicrotask(() => stop.abort("interrupted"));
    },
  });
  assert(began[1]! - began[0]! < LONG_MS, String(began));
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

Deno.test("run() knows noise by the versions of the providers, unless the configuration leaves its row out", async () => {
  const name = "bpg-metrics-server-disable";
  const of = (version: string) => ({ "registry.terraform.io/bpg/proxmox": version });
  const plans = [`noise/${name}/noise`, `noise/${name}/noise`];
  const status = async (...rest: [Partial<AttemptDeps>, Record<string, string>]) =>
    (await attempt(plans, ...rest)).verdict.status;
  assertEquals(await status({}, of("0.103.0")), "ok");
  assertEquals(await status({}, of("0.102.9")), "drift");
  assertEquals(await status({}, {}), "drift");
  assertEquals(await status({ noise: [name] }, of("0.103.0")), "drift");
  assertEquals(await status({ noise: false }, of("0.103.0")), "drift");
});
