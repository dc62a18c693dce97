/**
 * PromQL and our metrics, for tests of rules and dashboards.
 *
 * @module
 */

import { parser } from "@prometheus-io/lezer-promql";

/** Every metric of the contract with its labels, as `sinks/prom.ts` writes them. */
export const METRICS: Record<string, readonly string[]> = {
  pve_drift_status: ["env"],
  pve_drift_resources_changed: ["env"],
  pve_drift_last_check_timestamp: ["env"],
  pve_drift_last_success_timestamp_seconds: ["env"],
  pve_drift_check_duration_seconds: ["env"],
  pve_drift_resources: ["env", "action", "origin"],
  pve_drift_accepted: ["env"],
  pve_drift_check_error: ["env", "class"],
  pve_drift_sink_failures: ["sink"],
  pve_drift_last_look_timestamp: ["env"],
  pve_drift_warnings: ["env"],
  pve_drift_guests: ["cluster", "managed"],
  pve_drift_guests_waiting: ["cluster"],
  pve_drift_witness_up: ["cluster"],
  pve_drift_witness_last_success_timestamp_seconds: ["cluster"],
  pve_drift_build_info: ["version"],
  pve_drift_shards: ["shard"],
};

/** Metrics of other programs that rules may use: Prometheus' own, and node_exporter's. */
const FOREIGN = ["ALERTS", "node_textfile_scrape_error"];

/** The metrics that an expression selects. Throws, with the place, if the expression is not PromQL. */
export function metricsOf(expression: string): string[] {
  const found: string[] = [];
  parser.parse(expression).iterate({
    enter(node) {
      const text = expression.slice(node.from, node.to);
      if (node.type.isError) {
        throw new Error(`Cannot parse PromQL at ${node.from}: "${expression.slice(node.from)}" of "${expression}"`);
      }
      if (node.name === "Identifier" && node.node.parent?.name === "VectorSelector") found.push(text);
    },
  });
  return found;
}

/** Throws if an expression is not PromQL, selects nothing, or selects a metric that nobody writes. */
export function checkExpression(expression: string): void {
  const metrics = metricsOf(expression);
  if (metrics.length === 0) throw new Error(`No metric in "${expression}"`);
  for (const metric of metrics) {
    if (!(metric in METRICS) && !FOREIGN.includes(metric)) {
      throw new Error(`Nobody writes the metric "${metric}" of "${expression}"`);
    }
  }
}
