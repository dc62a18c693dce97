import { assertEquals } from "@std/assert";
import { attribute, change, environment, report } from "../../tests/support/sample_reports.ts";
import { type Family, parse, render } from "./exposition.ts";
import { metricsOf } from "./metrics.ts";
import type { DriftReport, SinkOutcome } from "../sink.ts";

const CHECKED = Date.parse("2026-11-24T05:00:02.345Z");
const ERROR = { class: "network" as const, summary: "s", detail: "d", cure: "c" };

function lines(shown: DriftReport, old: Family[] = [], outcomes: SinkOutcome[] = []): string[] {
  return render(metricsOf(shown, outcomes, "prom", old)).split("\n").filter((line) =>
    line !== "" && !line.startsWith("#")
  );
}

function old(shown: DriftReport): Family[] {
  return parse(render(metricsOf(shown, [], "prom", [])));
}

/** The lines that are not zeros of the split. */
function short(all: string[]): string[] {
  return all.filter((line) => !/^pve_drift_(resources\{.*\} 0|build_info.*)$/.test(line));
}

Deno.test("metricsOf() counts every instance once, in whole and in parts, zeros included", () => {
  const changes = [
    change({ address: "a" }),
    change({ address: "b", action: "replace" }),
    change({ address: "b", action: "delete" }),
    change({ address: "c", action: "create", origin: "pending" }),
    change({ address: "d", origin: "both" }),
  ];
  const shown = lines(report([environment("prod", { changes })]));
  assertEquals(shown.filter((line) => line.startsWith("pve_drift_resources{")).length, 12);
  assertEquals(short(shown), [
    'pve_drift_status{env="prod"} 1',
    'pve_drift_resources_changed{env="prod"} 4',
    `pve_drift_last_check_timestamp{env="prod"} ${Math.floor(CHECKED / 1000)}`,
    `pve_drift_last_success_timestamp_seconds{env="prod"} ${Math.floor(CHECKED / 1000)}`,
    'pve_drift_check_duration_seconds{env="prod"} 2.345',
    'pve_drift_resources{env="prod",action="create",origin="pending"} 1',
    'pve_drift_resources{env="prod",action="update",origin="outside"} 1',
    'pve_drift_resources{env="prod",action="update",origin="both"} 1',
    'pve_drift_resources{env="prod",action="replace",origin="outside"} 1',
    'pve_drift_accepted{env="prod"} 0',
    'pve_drift_warnings{env="prod"} 0',
  ]);
});

Deno.test("metricsOf() counts accepted differences by attribute", () => {
  const accepted = [change({ attributes: [attribute("a", 1, 2), attribute("b", 1, 2)] }), change()];
  const shown = lines(report([environment("prod", { accepted })]));
  assertEquals(shown.includes('pve_drift_accepted{env="prod"} 3'), true);
});

Deno.test("metricsOf() counts warnings of any verdict, deprecations apart", () => {
  const warning = { severity: "warning" as const, summary: "Check failed", detail: "" };
  const warnings = [warning, { ...warning, deprecation: { isNew: false } }, warning];
  for (const rest of [{}, { error: ERROR }, { changes: [change()] }]) {
    assertEquals(
      lines(report([environment("prod", { warnings, ...rest })])).includes('pve_drift_warnings{env="prod"} 2'),
      true,
    );
  }
});

Deno.test("metricsOf() keeps every series of an environment that the run did not look at", () => {
  const before = old(report([environment("prod", { changes: [change()], startedAt: "2026-11-23T05:00:00.000Z" })]));
  const skipped = { reason: "the run was stopped before its turn" };
  assertEquals(
    lines(report([environment("prod", { status: "drift", skipped })]), before),
    lines(report([], { configured: ["prod"] }), before),
  );
});

Deno.test("metricsOf() says of an environment that was never checked nothing but that", () => {
  const shown = lines(report([], { configured: ["b", "a"] }));
  assertEquals(shown, [
    'pve_drift_last_check_timestamp{env="a"} 0',
    'pve_drift_last_check_timestamp{env="b"} 0',
    'pve_drift_build_info{version="0.1.0"} 1',
  ]);
});

Deno.test("metricsOf() keeps the last verdict's numbers when a check fails", () => {
  const changes = [change({ address: "a" }), change({ address: "b", origin: "pending" })];
  const accepted = [change()];
  const before = old(
    report([environment("prod", { changes, accepted, startedAt: "2026-11-23T05:00:00.000Z", durationMs: 0 })]),
  );
  const shown = short(lines(report([environment("prod", { error: ERROR, changes: [change()] })]), before));
  assertEquals(shown, [
    'pve_drift_status{env="prod"} 2',
    'pve_drift_resources_changed{env="prod"} 2',
    `pve_drift_last_check_timestamp{env="prod"} ${Math.floor(CHECKED / 1000)}`,
    `pve_drift_last_success_timestamp_seconds{env="prod"} ${Date.parse("2026-11-23T05:00:00Z") / 1000}`,
    'pve_drift_check_duration_seconds{env="prod"} 2.345',
    'pve_drift_resources{env="prod",action="update",origin="outside"} 1',
    'pve_drift_resources{env="prod",action="update",origin="pending"} 1',
    'pve_drift_accepted{env="prod"} 1',
    'pve_drift_warnings{env="prod"} 0',
    'pve_drift_check_error{env="prod",class="network"} 1',
  ]);
});

Deno.test("metricsOf() makes up no verdict when the first check fails", () => {
  assertEquals(lines(report([environment("prod", { error: ERROR })])), [
    'pve_drift_status{env="prod"} 2',
    `pve_drift_last_check_timestamp{env="prod"} ${Math.floor(CHECKED / 1000)}`,
    'pve_drift_check_duration_seconds{env="prod"} 2.345',
    'pve_drift_warnings{env="prod"} 0',
    'pve_drift_check_error{env="prod",class="network"} 1',
    'pve_drift_build_info{version="0.1.0"} 1',
  ]);
});

Deno.test("metricsOf() takes the error away when a check succeeds again", () => {
  const failed = old(report([environment("prod", { error: ERROR })]));
  const shown = lines(report([environment("prod")]), failed);
  assertEquals(shown.filter((line) => line.includes("error")), []);
  assertEquals(shown[0], 'pve_drift_status{env="prod"} 0');
});

Deno.test("metricsOf() shows one class when another error follows", () => {
  const failed = old(report([environment("prod", { error: ERROR })]));
  const shown = lines(report([environment("prod", { error: { ...ERROR, class: "tls" } })]), failed);
  assertEquals(shown.filter((line) => line.includes("error")), ['pve_drift_check_error{env="prod",class="tls"} 1']);
});

Deno.test("metricsOf() keeps what is configured and unchecked, and drops what is no longer configured", () => {
  const before = report([
    environment("a", { changes: [change()] }),
    environment("b", { error: ERROR }),
    environment("gone"),
  ]);
  const now = report([environment("c")], { configured: ["c", "b", "a"] });
  const shown = lines(now, old(before));
  const of = (env: string, from: string[]) => from.filter((line) => line.includes(`env="${env}"`));
  assertEquals(of("a", shown), of("a", lines(before)));
  assertEquals(of("b", shown), of("b", lines(before)));
  assertEquals(of("gone", shown), []);
  assertEquals(of("c", shown).length, 19);
  assertEquals(shown.filter((line) => line.startsWith("pve_drift_status")).map((line) => line.slice(22, 23)), [
    "a",
    "b",
    "c",
  ]);
});

Deno.test("metricsOf() keeps nothing of an old file that is none of ours", () => {
  const strange = parse(`pve_drift_status{env="a"} 0
pve_drift_status{env="a",extra="x"} 1
pve_drift_resources_changed{env="a"} NaN
pve_drift_last_check_timestamp{env="a"} 5
node_load1 3
pve_drift_unknown{env="a"} 1
pve_drift_status{env="b"} 0
`);
  assertEquals(lines(report([], { configured: ["a", "b"] }), strange), [
    'pve_drift_status{env="a"} 0',
    'pve_drift_last_check_timestamp{env="a"} 5',
    'pve_drift_last_check_timestamp{env="b"} 0',
    'pve_drift_build_info{version="0.1.0"} 1',
  ]);
});

Deno.test("metricsOf() counts sinks that failed, with a zero for those that delivered, and not itself", () => {
  const outcome = (sink: string, delivered: boolean) => ({ sink, delivered, durationMs: 1 });
  const outcomes = [
    outcome("telegram", false),
    outcome('exec:/x "y"', false),
    outcome("console", true),
    outcome("prom", true),
    outcome("prom#2", false),
    outcome("telegram#2", true),
  ];
  assertEquals(lines(report([]), [], outcomes).filter((line) => line.includes("sink")), [
    'pve_drift_sink_failures{sink="console"} 0',
    'pve_drift_sink_failures{sink="exec:/x \\"y\\""} 1',
    'pve_drift_sink_failures{sink="telegram"} 1',
    'pve_drift_sink_failures{sink="telegram#2"} 0',
  ]);
});

Deno.test("metricsOf() marks what a shard says of its run, so that the files of all shards fit together", () => {
  const shard = (index: number) =>
    lines(report([environment(`env-${index}`)], { shard: { index, of: 2 } }), [], [
      { sink: "console", delivered: true, durationMs: 1 },
    ]);
  const [first, second] = [shard(1), shard(2)];
  assertEquals(first!.slice(-3), [
    'pve_drift_sink_failures{sink="console",shard="1"} 0',
    'pve_drift_build_info{version="0.1.0",shard="1"} 1',
    'pve_drift_shards{shard="1"} 2',
  ]);
  const series = [...first!, ...second!].map((line) => line.split(" ")[0]);
  assertEquals(new Set(series).size, series.length);
});

Deno.test("metricsOf() has a look's time beside what the last check said, keeps it a week, and leaves all else as it was", () => {
  const outcomes = [{ sink: "telegram", delivered: false, durationMs: 1 }];
  const checked = report([environment("prod", { changes: [change()] }), environment("lab")]);
  const before = parse(render(metricsOf(checked, outcomes, "prom", [])));
  const skipped = (name: string, lookedAt?: string) =>
    environment(name, { skipped: { reason: "r", ...lookedAt === undefined ? {} : { lookedAt } } });
  const look = {
    ...report([skipped("prod", "2026-11-24T09:00:00Z"), skipped("lab")]),
    finishedAt: "2026-11-24T09:00:01Z",
  };
  const time = Date.parse("2026-11-24T09:00:00Z") / 1000;
  const line = `pve_drift_last_look_timestamp{env="prod"} ${time}`;
  const shown = lines(look, before);
  assertEquals(shown.filter((one) => one !== line), lines(checked, [], outcomes));
  assertEquals(shown.includes(line), true);
  const after = parse(render(metricsOf(look, [], "prom", before)));
  const nextCheck = (finishedAt: string) => lines({ ...checked, finishedAt }, after).includes(line);
  assertEquals([nextCheck("2026-11-25T05:00:00Z"), nextCheck("2026-12-02T05:00:00Z")], [true, false]);
});
