/**
 * What the panels of the dashboard share: data source, colors, words for numbers, queries.
 *
 * @module
 */

import { ReduceDataOptionsBuilder, StackingConfigBuilder, StackingMode } from "@grafana/grafana-foundation-sdk/common";
import { GraphDrawStyle, LineInterpolation, VisibilityMode } from "@grafana/grafana-foundation-sdk/common";
import {
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { LegendDisplayMode, LegendPlacement } from "@grafana/grafana-foundation-sdk/common";
import {
  type DynamicConfigValue,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** The data source that the dashboard's variable names. */
export const SOURCE = { type: "prometheus", uid: "${datasource}" };

/** The verdict on each environment: `pve_drift_status`, or -1 if there was no check yet. */
export const VERDICT =
  'max by (env) (pve_drift_status{env=~"$env"}) or max by (env) (pve_drift_last_check_timestamp{env=~"$env"} == 0) - 1';

/** {@linkcode VERDICT} in words and colors. */
export const VERDICTS: ValueMapping[] = [
  words({
    "-1": ["never checked", "purple"],
    0: ["OK", "green"],
    1: ["DRIFT", "red"],
    2: ["ERROR", "dark-red"],
  }),
];

/** Maps numbers to a word and its color. */
export function words(of: Record<string, [text: string, color: string]>): ValueMapping {
  const options = Object.entries(of).map(([value, [text, color]], index) => [value, { text, color, index }]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

/** Colors, each from a limit upwards; the first is that of everything below. */
export function colorsFrom(first: string, ...steps: [from: number, color: string][]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute)
    // Grafana writes null for minus infinity.
    .steps([{ value: null as unknown as number, color: first }, ...steps.map(([value, color]) => ({ value, color }))]);
}

/** Limits for the age of a check, in seconds: orange after a day and a half, red when DriftCheckStale fires too. */
export const AGES = () => colorsFrom("green", [36 * 3600, "orange"], [48 * 3600, "red"]);

/** A query over the dashboard's time range. */
export function over(refId: string, expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(SOURCE).refId(refId).expr(expr).legendFormat(legend).range();
}

/** A query at the end of the dashboard's time range. */
export function now(refId: string, expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(SOURCE).refId(refId).expr(expr).legendFormat(legend).instant();
}

/** Like {@linkcode now}, as the rows of a table. */
export function row(refId: string, expr: string): DataqueryBuilder {
  return now(refId, expr, "__auto").format(PromQueryFormat.Table);
}

/** Reduces to the last value, which is what a stat shows. */
export const LAST = () => new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false);

/** One color for one series or column. */
export function paint(color: string): DynamicConfigValue[] {
  return [{ id: "color", value: { mode: "fixed", fixedColor: color } }];
}

/** A graph with steps, since a value holds until the next check; stacked if the parts make a whole. */
export function steps(stacked: boolean): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder().datasource(SOURCE)
    .drawStyle(GraphDrawStyle.Line).lineInterpolation(LineInterpolation.StepAfter).lineWidth(stacked ? 0 : 1)
    .showPoints(VisibilityMode.Never).fillOpacity(stacked ? 70 : 0).min(0)
    .legend(
      new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom)
        .showLegend(true).calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  return stacked ? panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A")) : panel;
}
