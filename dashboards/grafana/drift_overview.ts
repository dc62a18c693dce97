/**
 * The dashboard "Drift overview" as Grafana reads it.
 *
 * @module
 */

import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { SOURCE } from "./look.ts";
import { panels } from "./panels.ts";

/** Builds the dashboard. The alerts of ../prometheus link to its uid and its variable `env`. */
export function driftOverview(): Dashboard {
  const dashboard = new DashboardBuilder("Drift overview").uid("drift-overview")
    .description(
      "Whether Proxmox VE runs what the Terraform code says, for each environment, from the metrics of pve-drift.",
    )
    .tags(["drift", "proxmox", "terraform"]).timezone("browser").readonly()
    .time({ from: "now-30d", to: "now" }).refresh("5m").tooltip(DashboardCursorSync.Crosshair)
    .withVariable(
      new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus")
        .current({ selected: false, text: "Prometheus", value: "prometheus" }),
    )
    .withVariable(
      new QueryVariableBuilder("env").label("Environment").datasource(SOURCE)
        .query({ query: "label_values(pve_drift_last_check_timestamp, env)", refId: "env" })
        .definition("label_values(pve_drift_last_check_timestamp, env)")
        .refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
        .multi(true).includeAll(true).allValue(".*").current({ selected: true, text: ["All"], value: ["$__all"] }),
    )
    .annotation(
      new AnnotationQueryBuilder().name("Alerts").datasource(SOURCE).enable(true).hide(false).iconColor("orange")
        .expr('ALERTS{alertname=~"Drift.*",alertstate="firing",env=~"$env"}').step("1h")
        .titleFormat("{{alertname}}").textFormat("{{env}}{{sink}}").tagKeys("severity"),
    );
  for (const panel of panels()) dashboard.withPanel(panel as Parameters<DashboardBuilder["withPanel"]>[0]);
  return numbered(dashboard.build());
}

/** Numbers the panels, so that a link to a panel still works after a new import. The SDK leaves this to Grafana. */
function numbered(dashboard: Dashboard): Dashboard {
  return { ...dashboard, id: null as never, panels: dashboard.panels!.map((panel, i) => ({ ...panel, id: i + 1 })) };
}

/** Keys that the SDK always writes: `placement` would hide annotations and links in a menu, the others have no effect. */
const NOISE = ["placement", "repeatDirection", "auto", "auto_count", "auto_min"];

/** Writes the dashboard as JSON with sorted keys, so that a diff shows only the lines that changed. */
export function asJson(dashboard: Dashboard): string {
  const sorted = (_: string, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(
        Object.entries(value).filter(([key]) => !NOISE.includes(key)).sort(([one], [other]) => one < other ? -1 : 1),
      )
      : value;
  return JSON.stringify(dashboard, sorted, 2) + "\n";
}
