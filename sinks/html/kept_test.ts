import { assertEquals } from "@std/assert";
import { change, environment, report } from "../../tests/support/sample_reports.ts";
import { stranger, witness } from "../../tests/support/witness_reports.ts";
import type { DriftReport, EnvironmentReport, WitnessReport } from "../../drift/report.ts";
import { dayBefore, type Kept, NOTHING_KEPT, nowKept } from "./kept.ts";

const FAILURE = { class: "network", summary: "no route", detail: "", cure: "look" } as const;
const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** What is kept after reports, 30 days of it unless said otherwise. */
function after(reports: DriftReport[], days = 30): Kept {
  return reports.reduce((kept, one) => nowKept(kept, one, dateOf, days), NOTHING_KEPT);
}

/** A run at a day's five o'clock. */
function run(day: string, environments: EnvironmentReport[], rest: Partial<DriftReport> = {}): DriftReport {
  const startedAt = `${day}T05:00:00.000Z`;
  return report(environments.map((one) => ({ ...one, startedAt })), { startedAt, ...rest });
}

Deno.test("nowKept() keeps environments that a run of others did not check, and every day of theirs", () => {
  const configured = ["prod", "lab", "new"];
  const kept = after([
    run("2026-11-23", [environment("prod", { changes: [change()] }), environment("lab")], { configured }),
    run("2026-11-24", [environment("lab")], { configured }),
  ]);
  assertEquals(Object.keys(kept.environments), configured);
  assertEquals(kept.environments.prod!.last!.changes, [change()]);
  assertEquals(kept.environments.prod!.days, { "2026-11-23": { status: "drift", checks: 1, resources: 1 } });
  assertEquals(Object.keys(kept.environments.lab!.days), ["2026-11-23", "2026-11-24"]);
  assertEquals(kept.environments.new, { days: {} });
});

Deno.test("nowKept() forgets an environment that is no longer configured, but not because of another shard", () => {
  const first = run("2026-11-23", [environment("prod"), environment("lab")]);
  assertEquals(Object.keys(after([first, run("2026-11-24", [environment("lab")])]).environments), ["lab"]);
  const shard = { shard: { index: 2, of: 2 } };
  assertEquals(Object.keys(after([first, run("2026-11-24", [environment("lab")], shard)]).environments).sort(), [
    "lab",
    "prod",
  ]);
  assertEquals(Object.keys(after([first, run("2027-01-24", [environment("lab")], shard)]).environments), ["lab"]);
});

Deno.test("nowKept() tells the gravest verdict of a day, with its checks and its most resources", () => {
  const drift = environment("prod", { changes: [change(), change({ address: "other" })] });
  const { days } = after([
    run("2026-11-24", [drift]),
    run("2026-11-24", [environment("prod", { error: FAILURE })]),
    run("2026-11-24", [environment("prod")]),
  ]).environments.prod!;
  assertEquals(days, { "2026-11-24": { status: "error", checks: 3, resources: 2 } });
});

Deno.test("nowKept() keeps so many days and none more", () => {
  const runs = Array.from({ length: 40 }, (_, at) => run(dayBefore("2026-11-24", 39 - at), [environment("prod")]));
  const days = Object.keys(after(runs, 7).environments.prod!.days);
  assertEquals([days.length, days[0], days.at(-1)], [7, "2026-11-18", "2026-11-24"]);
});

Deno.test("nowKept() keeps what the last verdict found for as long as checks fail", () => {
  const drift = run("2026-11-22", [environment("prod", { changes: [change()] })]);
  const failed = (day: string) => run(day, [environment("prod", { error: FAILURE })]);
  const kept = after([drift, failed("2026-11-23"), failed("2026-11-24")]).environments.prod!;
  assertEquals(kept.last!.status, "error");
  assertEquals(kept.verdict!.changes, [change()]);
  const works = after([drift, failed("2026-11-23"), run("2026-11-24", [environment("prod")])]).environments.prod!;
  assertEquals(works.verdict, undefined);
});

Deno.test("nowKept() does not count a run that passed over an environment as a check of it", () => {
  const skipped = environment("prod", { status: "drift", skipped: { reason: "nothing has changed" } });
  const kept = after([
    run("2026-11-23", [environment("prod", { changes: [change()] })]),
    run("2026-11-24", [skipped]),
  ]).environments.prod!;
  assertEquals(kept.last!.changes, [change()]);
  assertEquals(kept.passedOver, { at: "2026-11-24T05:00:00.000Z", reason: "nothing has changed" });
  const lookedAt = "2026-11-24T05:05:00.000Z";
  const looked = environment("prod", { status: "drift", skipped: { reason: "nothing has changed", lookedAt } });
  assertEquals(after([run("2026-11-24", [looked])]).environments.prod!.passedOver!.at, lookedAt);
  assertEquals(Object.keys(kept.days), ["2026-11-23"]);
  assertEquals(after([run("2026-11-24", [skipped])]).environments.prod!.days, {});
});

Deno.test("nowKept() keeps what a witness said before it fell silent, and forgets a cluster that nobody configures", () => {
  const heard = (rest: Partial<WitnessReport>) =>
    run("2026-11-24", [environment("prod")], { clusters: ["proxmox"], proxmox: [witness(rest)] });
  const spoke = heard({ unmanaged: [stranger()] });
  const silent = heard({ error: FAILURE });
  const kept = after([spoke, silent, silent]).clusters.proxmox!;
  assertEquals(kept.last.error, FAILURE);
  assertEquals(kept.known!.unmanaged, [stranger()]);
  assertEquals(after([spoke, silent, spoke]).clusters.proxmox!.known, undefined);
  assertEquals(after([spoke, run("2026-11-24", [environment("prod")])]).clusters, {});
  const unasked = run("2026-11-24", [environment("prod")], { clusters: ["proxmox"] });
  assertEquals(after([spoke, unasked]).clusters.proxmox!.last.unmanaged, [stranger()]);
});

Deno.test("nowKept() alters nothing of what it is given", () => {
  const before = after([run("2026-11-23", [environment("prod", { changes: [change()] })])]);
  const copy = structuredClone(before);
  nowKept(before, run("2026-11-24", [environment("prod", { error: FAILURE })]), dateOf, 30);
  assertEquals(before, copy);
});

Deno.test("dayBefore() counts days of the calendar across a change of the clock", () => {
  assertEquals(dayBefore("2026-03-30", 2), "2026-03-28");
  assertEquals(dayBefore("2027-01-01", 1), "2026-12-31");
});
