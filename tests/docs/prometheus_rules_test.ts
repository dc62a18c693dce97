import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { ROOT } from "../support/programs.ts";
import { checkExpression } from "../support/promql.ts";

const FOLDER = join(ROOT, "dashboards/prometheus");

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Those that everybody gets, and the one that is off by default. */
const groups = ["drift-alerts.yml", "drift-unmanaged.yml"].flatMap((name) => {
  const text = Deno.readTextFileSync(join(FOLDER, name));
  return (parse(text) as { groups: { name: string; rules: Rule[] }[] }).groups;
});
const rules = groups.flatMap((group) => group.rules);

Deno.test("the groups of alerts are the contract's, with its severities", () => {
  assertEquals(groups.map((group) => group.name), ["drift-alerts", "drift-unmanaged"]);
  assertEquals(groups[1]!.rules.map((rule) => rule.alert), ["DriftUnmanagedGuests"]);
  assertEquals(Object.fromEntries(rules.map((rule) => [rule.alert, rule.labels["severity"]])), {
    DriftDetected: "warning",
    DriftCheckFailed: "critical",
    DriftCheckStale: "warning",
    DriftSinkFailed: "warning",
    DriftMetricsMissing: "warning",
    DriftMetricsUnreadable: "warning",
    DriftWitnessFailed: "warning",
    DriftLookStale: "warning",
    DriftUnmanagedGuests: "warning",
  });
});

for (const rule of rules) {
  Deno.test(`${rule.alert} asks for metrics that there are, and says what, where to look and what to do`, () => {
    checkExpression(rule.expr);
    assertMatch(rule.for, /^\d+[mh]$/);
    const { summary, description, dashboard_url, runbook_url } = rule.annotations;
    assertMatch(summary!, /^[^{}]+\.$/, "the summary is one fixed sentence");
    assert(dashboard_url!.startsWith("/d/drift-overview"));
    assertEquals(runbook_url, `docs/DRIFT-DETECTION.md#${rule.alert.toLowerCase()}`);
    // What a rule asks within its texts is found in no expression.
    for (const [, query] of description!.matchAll(/printf "([^"]*\{env=%q[^"]*)"/g)) {
      checkExpression(query!.replaceAll("%q", '"x"'));
    }
  });
}

Deno.test("every alert is tested to fire and to stay silent", () => {
  const { tests } = parse(Deno.readTextFileSync(join(FOLDER, "drift-alerts.test.yml"))) as {
    tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const checks = tests.flatMap((test) => test.alert_rule_test ?? []);
  for (const { alert } of rules) {
    const of = checks.filter((check) => check.alertname === alert).map((check) => check.exp_alerts.length > 0);
    assert(
      of.includes(true) && of.includes(false),
      `${alert}: fires ${of.includes(true)}, silent ${of.includes(false)}`,
    );
  }
});
