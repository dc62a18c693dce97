import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Environment } from "../config/config.ts";
import { parseMessages } from "../terraform/stream.ts";
import type { Seen } from "../witness/seen.ts";
import { lookBefore, type LookDeps } from "./looks.ts";
import type { Memory } from "./memory.ts";

const CHECKED = "2026-11-30T06:00:00.000Z", MINUTE = 60_000, HOUR = 60 * MINUTE;
const after = (ms: number) => Date.parse(CHECKED) + ms;
const nowhere: Environment = { name: "prod", dir: "/nonexistent", varFiles: [], backendConfig: [], timeoutMs: 1 };

/** A memory of a verdict before which this was seen. */
function memory(seen: Seen | undefined, more: Partial<Memory> = {}): Memory {
  return {
    ...{ version: 1, salt: "s", status: "ok", since: CHECKED, checkedAt: CHECKED, resources: 1, providers: {} },
    findings: [],
    guests: { at: CHECKED, cluster: "main", claims: [], watched: { topics: [], firewalled: [] } },
    ...seen ? { look: seen } : {},
    ...more,
  };
}

function look(
  known: Memory | undefined,
  { seen = { a: "1" }, at = 5 * MINUTE, ...more }: Partial<LookDeps> & { seen?: Seen; at?: number } = {},
) {
  return lookBefore(nowhere, known, "s", {
    isIfChanged: true,
    cluster: { name: "main", look: () => Promise.resolve({ said: seen }) },
    ...{ bin: "/nonexistent", path: "", planAtLeastMs: 26 * HOUR, now: () => after(at) },
    ...more,
  });
}

/** Why it plans; undefined where it does not. */
const why = async (...args: Parameters<typeof look>) => (await look(...args)).why;

Deno.test("lookBefore() plans nothing where all is as it was, and says when it looked and what the last verdict was", async () => {
  assertEquals(await look(memory({ a: "1" })), {
    skipped: {
      reason: "nothing that was looked at has changed",
      lastVerdictAt: CHECKED,
      lookedAt: "2026-11-30T06:05:00.000Z",
    },
  });
});

Deno.test("lookBefore() plans where something has changed, at the first look, and where the plan is too old", async () => {
  assertEquals(await why(memory({ a: "2" })), "Changed since the last check: a");
  assertEquals(await why(memory(undefined)), "First look");
  assertEquals(await why(memory({ a: "1" }), { at: 26 * HOUR - 1 }), undefined);
  assertEquals(await why(memory({ a: "1" }), { at: 26 * HOUR }), "The last plan is too old");
  assertEquals(await why(memory({ a: "1" }), { at: -HOUR }), "The last plan is too old", "the clock was set back");
});

Deno.test("lookBefore() plans again after an error: after 15 and 30 minutes, an hour, then every six hours", async () => {
  const waits = [15 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR];
  for (const [at, wait] of waits.entries()) {
    const failed = memory({ a: "1" }, { status: "error", unsettled: at + 1 });
    assertEquals(await why(failed, { at: wait - 1 }), undefined, `${at}`);
    assertEquals(await why(failed, { at: wait }), "The last check settled nothing", `${at}`);
  }
  const { skipped } = await look(memory({ a: "1" }, { status: "error", unsettled: 1 }));
  assertEquals(skipped?.lastVerdictAt, undefined, "an error is no verdict");
});

Deno.test("lookBefore() plans nothing without a witness, an answer or a proof, and says so", async () => {
  const silence = { kind: "unreachable" as const, problem: "connection refused", error: undefined };
  const cases: [string, Awaited<ReturnType<typeof look>>][] = [
    [
      "no second witness",
      await lookBefore(nowhere, memory({}), "s", {
        ...{ isIfChanged: true, bin: "", path: "", planAtLeastMs: 0, now: () => after(0) },
      }),
    ],
    [
      "silent: connection refused",
      await look(memory({}), {
        at: 30 * HOUR,
        cluster: { name: "main", look: () => Promise.resolve({ silence }) },
      }),
    ],
    ['no plan has proven yet that its guests are those of cluster "main"', await look(undefined)],
    ["no plan has proven", await look(memory({}, { guests: { at: CHECKED, cluster: "other", claims: [] } }))],
  ];
  for (const [reason, { skipped, seen }] of cases) {
    assertStringIncludes(skipped?.reason ?? "", reason);
    assertEquals([skipped?.lookedAt, seen], [undefined, undefined]);
  }
});

Deno.test("lookBefore() only remembers what it sees in a check that plans anyway", async () => {
  const { seen, skipped, readsPlan } = await look(memory({ a: "1" }), { isIfChanged: false });
  assertEquals([seen, skipped], [{ a: "1" }, undefined]);
  assertEquals(readsPlan!(parseMessages("")), false);
  const refreshed = new Map([["x", { type: "proxmox_virtual_environment_pool" }]]);
  assertEquals(readsPlan!({ ...parseMessages(""), refreshed }), true, "the state holds more than is known");
});
