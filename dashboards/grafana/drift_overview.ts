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

/** Builds it; the alerts of ../prometheus link to its uid and to its variable `env`. */
export function driftOverview(): Dashboard {
  const dashboard = new DashboardBuilder("Drift overview").uid("drift-overview")
    .description(
      "Whether what runs on Proxmox VE is what Terraform says, per environment, from the metrics of pve-drift.",
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

/** Numbers the panels, which the SDK leaves to Grafana: links to a panel shall outlive a new import. */
function numbered(dashboard: Dashboard): Dashboard {
  return { ...dashboard, id: null as never, panels: dashboard.panels!.map((panel, i) => ({ ...panel, id: i + 1 })) };
}

/** What the SDK writes everywhere: `placement` would hide annotations and links in a menu, the others say nothing here. */
const NOISE = ["placement", "repeatDirection", "auto", "auto_count", "auto_min"];

/** The dashboard as text, with sorted keys: a change shows as the lines it changes. */
export function asJson(dashboard: Dashboard): string {
  const sorted = (_: string, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(
        Object.entries(value).filter(([key]) => !NOISE.includes(key)).sort(([one], [other]) => one < other ? -1 : 1),
      )
      : value;
  return JSON.stringify(dashboard, sorted, 2) + "\n";
}
