import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { asJson, driftOverview } from "../../dashboards/grafana/drift_overview.ts";
import { type Dashboard, filledIn, legend } from "../lab/dashboard/model.ts";
import { ROOT } from "../support/programs.ts";
import { checkExpression, METRICS, metricsOf } from "../support/promql.ts";

const committed = Deno.readTextFileSync(join(ROOT, "dashboards/grafana/drift-overview.json"));
const dashboard = JSON.parse(committed) as Dashboard;
const queries = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));

Deno.test("drift-overview.json is what generate.ts makes (deno task dashboard writes it)", () => {
  assertEquals(committed, asJson(driftOverview()));
});

Deno.test("drift-overview.json is a dashboard as it should be: named, tagged, from git alone, no faster than its data", () => {
  const { uid, tags, editable, refresh, time, schemaVersion } = dashboard;
  assertEquals({ uid, tags, editable, refresh, time, schemaVersion }, {
    uid: "drift-overview",
    tags: ["drift", "proxmox", "terraform"],
    editable: false,
    refresh: "5m",
    time: { from: "now-30d", to: "now" },
    schemaVersion: 42,
  });
});

Deno.test("its variables are the data source and the environments", () => {
  const [source, env] = dashboard.templating.list;
  assertEquals(dashboard.templating.list.length, 2);
  assertEquals([source!.name, source!.type, source!.query], ["datasource", "datasource", "prometheus"]);
  assertEquals([env!.name, env!.type, env!.multi, env!.includeAll, env!.allValue], ["env", "query", true, true, ".*"]);
  // An environment that appears while the page is open is to be seen.
  assertEquals(env!.refresh, 2);
  const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(env!.definition!)!;
  checkExpression(metric!);
  assertEquals(label, "env");
});

for (const panel of dashboard.panels) {
  Deno.test(`panel "${panel.title}" explains itself and asks the chosen data source for what is there`, () => {
    assertMatch(panel.description, /^[A-Z].{20,}\.$|\?$/s);
    if (panel.type === "text") return assert(panel.options.content.length > 100);
    assertEquals(panel.datasource!.uid, "${datasource}");
    const { unit, mappings } = panel.fieldConfig!.defaults;
    const overridden = panel.fieldConfig!.overrides.length > 0;
    assert(unit || mappings || overridden, "a number without a unit or a word");
    for (const target of panel.targets!) {
      checkExpression(filledIn(target.expr));
      // Sinks and clusters are of no environment.
      const isOfNone = metricsOf(filledIn(target.expr)).every((metric) => !METRICS[metric]!.includes("env"));
      assert(isOfNone || target.expr.includes('env=~"$env"'), `not by the variable: ${target.expr}`);
    }
    assertEquals(new Set(panel.targets!.map(({ refId }) => refId)).size, panel.targets!.length);
  });
}

Deno.test("the panels are numbered, lie side by side and leave no hole", () => {
  assertEquals(dashboard.panels.map(({ id }) => id), dashboard.panels.map((_, index) => index + 1));
  const taken = new Map<string, string>();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assertEquals([title, taken.get(`${column},${line}`)], [title, undefined]);
        taken.set(`${column},${line}`, title);
      }
    }
  }
  const height = Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
  assertEquals(taken.size, 24 * height);
});

Deno.test("the annotation marks the alerts of the chosen environments", () => {
  const [alerts] = dashboard.annotations.list;
  assertEquals(dashboard.annotations.list.length, 1);
  assertEquals(alerts!.datasource.uid, "${datasource}");
  checkExpression(filledIn(alerts!.expr));
  legend(alerts!.titleFormat, { alertname: "" });
});

Deno.test("limit and links agree with the alerts", () => {
  const { groups } = parse(Deno.readTextFileSync(join(ROOT, "dashboards/prometheus/drift-alerts.yml"))) as {
    groups: { rules: { alert: string; expr: string; annotations: { dashboard_url: string } }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  const stale = rules.find(({ alert }) => alert === "DriftCheckStale")!;
  assert(stale.expr.includes("> 48 * 3600"));
  const age = dashboard.panels.find(({ title }) => title === "Time since the last check")!;
  assertEquals(age.fieldConfig!.defaults.thresholds.steps.at(-1), { color: "red", value: 48 * 3600 });
  for (const { annotations } of rules) {
    const link = new URL(annotations.dashboard_url, "http://grafana");
    assertEquals(link.pathname, `/d/${dashboard.uid}`);
    for (const name of link.searchParams.keys()) {
      assert(dashboard.templating.list.some((variable) => `var-${variable.name}` === name), name);
    }
  }
});

Deno.test("every metric of a verdict is shown somewhere", () => {
  const shown = new Set(queries.flatMap(({ target }) => metricsOf(filledIn(target.expr))));
  assertEquals([...shown].sort(), [
    "pve_drift_accepted",
    "pve_drift_check_duration_seconds",
    "pve_drift_check_error",
    "pve_drift_guests",
    "pve_drift_guests_waiting",
    "pve_drift_last_check_timestamp",
    "pve_drift_last_look_timestamp",
    "pve_drift_last_success_timestamp_seconds",
    "pve_drift_resources",
    "pve_drift_resources_changed",
    "pve_drift_sink_failures",
    "pve_drift_status",
    "pve_drift_warnings",
    "pve_drift_witness_up",
  ]);
});
