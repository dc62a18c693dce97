import { assertEquals, assertThrows } from "@std/assert";
import { metricsOf as written } from "../../sinks/prom/metrics.ts";
import { checkExpression, METRICS, metricsOf } from "./promql.ts";
import { driftReport, errorReport } from "./sample_reports.ts";
import { witnessedReport } from "./witness_reports.ts";

Deno.test("metricsOf() finds the metrics and no functions or labels when the expression is sound", () => {
  assertEquals(metricsOf('sum by (env) (rate(a[5m])) > 0 and on (env) b{env=~"x"} == 1'), ["a", "b"]);
});

Deno.test("metricsOf() throws with the place when the expression is broken", () => {
  assertThrows(() => metricsOf("sum(a"), Error, 'Cannot parse PromQL at 5: "" of "sum(a"');
  assertThrows(() => metricsOf('a{env="x"'), Error, "Cannot parse PromQL");
});

Deno.test("checkExpression() throws when a metric is nobody's or there is none", () => {
  checkExpression("pve_drift_status == 1 or node_textfile_scrape_error == 1");
  assertThrows(() => checkExpression("pve_drift_state"), Error, "Nobody writes");
  assertThrows(() => checkExpression("1 + 1"), Error, "No metric");
});

Deno.test("METRICS is what the prom sink writes", () => {
  const outcomes = [{ sink: "telegram", delivered: false, durationMs: 1 }];
  const found = new Map<string, string>();
  // A shard adds its label to what is said of a run: first, since that is the exception.
  const shard = { ...driftReport(), shard: { index: 1, of: 2 } };
  const shown = driftReport();
  const skipped = { reason: "nothing has changed", lookedAt: shown.finishedAt };
  const look = { ...shown, environments: shown.environments.map((one) => ({ ...one, skipped })) };
  for (const report of [shard, shown, errorReport(), witnessedReport(), look]) {
    for (const { name, samples } of written(report, outcomes, "prom", [])) {
      for (const { labels } of samples) found.set(name, Object.keys(labels).sort().join());
    }
  }
  const known = Object.entries(METRICS).map(([name, labels]) => [name, labels.toSorted().join()] as [string, string]);
  assertEquals(found, new Map(known));
});
