/**
 * The panels of the dashboard, from the first question of the morning down to the numbers behind it.
 *
 * @module
 */

import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  TableSortByFieldStateBuilder,
  VisibilityMode,
  VizOrientation,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type DashboardLink,
  DashboardLinkBuilder,
  type DynamicConfigValue,
  type Panel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TextBuilder, TextMode } from "@grafana/grafana-foundation-sdk/text";
import { AGES, colorsFrom, LAST, now, over, paint, row, SOURCE, steps, VERDICT, VERDICTS, words } from "./look.ts";

/** A builder of a panel. */
interface PanelBuilder {
  build(): Panel;
}

/** Builds all panels in reading order. */
export function panels(): PanelBuilder[] {
  return [
    tiles().title("Verdict")
      .description(
        "What the last check of each environment concluded. OK: the plan was empty. DRIFT: something differs. ERROR: the check could not be completed, so nothing is known. Click an environment to see only that one.",
      )
      .withTarget(now("A", VERDICT, "{{env}}"))
      .mappings(VERDICTS).thresholds(colorsFrom("green", [1, "red"], [2, "dark-red"])).noValue("no metrics")
      .dataLinks([only("${__field.labels.env}")])
      .gridPos({ x: 0, y: 0, w: 9, h: 5 }),

    tiles().title("Time since the last check")
      .description(
        "Whatever its result. Red after 48 hours, when DriftCheckStale fires too: check that the timer and the machine are on.",
      )
      .withTarget(
        now(
          "A",
          'time() - (max by (env) (pve_drift_last_check_timestamp{env=~"$env"}) > 0) or max by (env) (pve_drift_last_check_timestamp{env=~"$env"} == 0) - 1',
          "{{env}}",
        ),
      )
      .unit("s").decimals(1).mappings([words({ "-1": ["never checked", "red"] })]).thresholds(AGES())
      .gridPos({ x: 9, y: 0, w: 9, h: 5 }),

    tiles().title("Reports delivered")
      .description(
        "Whether the last run delivered its report to each sink except prom itself. The run's journal says why a sink failed.",
      )
      .withTarget(now("A", "max by (sink) (pve_drift_sink_failures)", "{{sink}}"))
      .mappings([words({ 0: ["delivered", "green"] }), failed()])
      .thresholds(colorsFrom("green", [1, "red"])).noValue("no sinks")
      .gridPos({ x: 18, y: 0, w: 6, h: 5 }),

    new TimelineBuilder().datasource(SOURCE).title("Verdicts over time")
      .description(
        "How long drift lasts until somebody resolves it, and how often a check fails. A gap means no metrics.",
      )
      .withTarget(over("A", VERDICT, "{{env}}"))
      .mappings(VERDICTS).thresholds(colorsFrom("green", [1, "red"], [2, "dark-red"]))
      .mergeValues(true).showValue(VisibilityMode.Never).rowHeight(0.8).fillOpacity(80).lineWidth(0)
      .gridPos({ x: 0, y: 5, w: 24, h: 7 }),

    steps(true).title("Resources in drift, by what Terraform would do")
      .description(
        "Instances that differ, summed over the selected environments. Look at deletes and replaces first.",
      )
      .withTarget(
        over("A", 'sum by (action) (max by (env, action, origin) (pve_drift_resources{env=~"$env"}))', "{{action}}"),
      )
      .unit("short").decimals(0)
      .overrideByName("create", paint("blue")).overrideByName("update", paint("yellow"))
      .overrideByName("replace", paint("orange")).overrideByName("delete", paint("red"))
      .gridPos({ x: 0, y: 12, w: 12, h: 8 }),

    steps(true).title("Resources in drift, by who made the difference")
      .description(
        "Outside: changed behind Terraform's back. Pending: the code asks for something not applied yet. Both: both, on the same object.",
      )
      .withTarget(
        over("A", 'sum by (origin) (max by (env, action, origin) (pve_drift_resources{env=~"$env"}))', "{{origin}}"),
      )
      .unit("short").decimals(0)
      .overrideByName("outside", paint("red")).overrideByName("pending", paint("blue"))
      .overrideByName("both", paint("purple"))
      .gridPos({ x: 12, y: 12, w: 12, h: 8 }),

    environments().gridPos({ x: 0, y: 20, w: 24, h: 7 }),

    ...clusters(27),

    steps(false).title("Duration of the check")
      .description(
        "If it grows steadily, it will reach its timeout some day; if it doubled overnight, the API has become slow.",
      )
      .withTarget(over("A", 'max by (env) (pve_drift_check_duration_seconds{env=~"$env"})', "{{env}}"))
      .unit("s")
      .gridPos({ x: 0, y: 35, w: 12, h: 8 }),

    new TextBuilder().title("What to do").transparent(false)
      .description("A summary of the handbook, docs/DRIFT-DETECTION.md, which comes with pve-drift.")
      .mode(TextMode.Markdown).content(HELP())
      .gridPos({ x: 12, y: 35, w: 12, h: 8 }),
  ];
}

/** The panels of what a second witness says of the clusters: empty without one. */
function clusters(y: number): PanelBuilder[] {
  return [
    tiles().title("Second witness")
      .description(
        "Whether each Proxmox cluster answered in the last run. Without an answer, verdicts rest on plans alone.",
      )
      .withTarget(now("A", "max by (cluster) (pve_drift_witness_up)", "{{cluster}}"))
      .mappings([words({ 0: ["silent", "red"], 1: ["answers", "green"] })])
      .thresholds(colorsFrom("red", [1, "green"])).noValue("none configured")
      .gridPos({ x: 0, y, w: 4, h: 8 }),

    tiles().title("Guests in a state")
      .description(
        "Guests that a Terraform state knows, of those that are not set aside. Without a number, an environment of the cluster was never checked.",
      )
      .withTarget(
        now(
          "A",
          'sum by (cluster) (pve_drift_guests{managed="yes"}) / (sum by (cluster) (pve_drift_guests{managed=~"yes|no"}) > 0)',
          "{{cluster}}",
        ),
      )
      .unit("percentunit").decimals(0).thresholds(colorsFrom("orange", [1, "green"])).noValue("not known")
      .gridPos({ x: 4, y, w: 4, h: 8 }),

    tiles().title("Guests that wait for a restart")
      .description("A change is written in their configuration, and takes effect when they start anew.")
      .withTarget(now("A", "max by (cluster) (pve_drift_guests_waiting)", "{{cluster}}"))
      .unit("short").decimals(0).thresholds(colorsFrom("green", [1, "orange"])).noValue("not known")
      .gridPos({ x: 8, y, w: 4, h: 8 }),

    steps(true).title("Guests, by whether a state knows them")
      .description("No: in no state that is checked. Excluded: meant to be in none, by the configuration.")
      .withTarget(
        over("A", "sum by (managed) (max by (cluster, managed) (pve_drift_guests))", "{{managed}}"),
      )
      .unit("short").decimals(0)
      .overrideByName("yes", paint("green")).overrideByName("no", paint("orange"))
      .overrideByName("excluded", paint("blue"))
      .gridPos({ x: 12, y, w: 12, h: 8 }),
  ];
}

function HELP(): string {
  return `| You see | Meaning | On the machine that checks |
|---|---|---|
| **DRIFT** | reality and code differ | \`journalctl -u pve-drift-check -n 200\`, then apply, import or accept |
| **ERROR** | nothing is known | the same command; the report says what to do |
| **red age** | no check for two days | \`systemctl list-timers 'pve-drift*'\` |
| **failed sink** | a report was not delivered | \`journalctl -u pve-drift-check -p warning\` |

To check again now: \`systemctl start pve-drift-check\`. The handbook has a section for each alert, with every command:
\`/usr/share/pve-drift/docs/DRIFT-DETECTION.md\`
`;
}

/** A row of tiles, one for each series, colored by its value. */
function tiles(): StatBuilder {
  return new StatBuilder().datasource(SOURCE).reduceOptions(LAST()).orientation(VizOrientation.Auto)
    .colorMode(BigValueColorMode.Background).graphMode(BigValueGraphMode.None).textMode(BigValueTextMode.ValueAndName);
}

/** One failure or more. */
function failed() {
  return { type: "range", options: { from: 1, to: null, result: { text: "failed", color: "red", index: 1 } } } as never;
}

/** A link to this dashboard for one environment. */
function only(env: string): { build(): DashboardLink } {
  return new DashboardLinkBuilder("Only this environment").url(`/d/drift-overview?var-env=${env}&\${__url_time_range}`);
}

/** The columns of the table in order: query, heading, how it is shown. */
const COLUMNS: [refId: string, expr: string, heading: string, properties: DynamicConfigValue[]][] = [
  ["A", VERDICT, "Verdict", [
    { id: "mappings", value: VERDICTS },
    { id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } },
    { id: "custom.width", value: 110 },
  ]],
  ["B", 'max by (env) (pve_drift_resources_changed{env=~"$env"})', "Resources", [{ id: "decimals", value: 0 }]],
  ["C", 'max by (env) (pve_drift_last_check_timestamp{env=~"$env"} > 0) * 1000', "Last check", date()],
  ["D", 'max by (env) (pve_drift_last_success_timestamp_seconds{env=~"$env"}) * 1000', "Last verdict", date()],
  ["E", 'max by (env) (pve_drift_check_duration_seconds{env=~"$env"})', "Duration", [{ id: "unit", value: "s" }]],
  ["F", 'max by (env) (pve_drift_accepted{env=~"$env"})', "Accepted", [{ id: "decimals", value: 0 }]],
  ["G", 'max by (env) (pve_drift_warnings{env=~"$env"})', "Warnings", [{ id: "decimals", value: 0 }]],
  ["H", 'max by (env) (pve_drift_last_look_timestamp{env=~"$env"}) * 1000', "Last look", date()],
  ["I", 'max by (env, class) (pve_drift_check_error{env=~"$env"})', "", []],
];

function date(): DynamicConfigValue[] {
  return [{ id: "unit", value: "dateTimeAsIso" }, { id: "custom.width", value: 180 }];
}

/** The table of environments, one row each; the error's class is a label of the last query, the others are values. */
function environments(): TableBuilder {
  const table = new TableBuilder().datasource(SOURCE).title("Environments")
    .description(
      "Resources and last verdict keep their values while checks fail. Accepted: attribute differences that the configuration sets aside. Warnings: of the last check, except deprecations. Last look: when --if-changed last found no reason to plan. Error class: why the last check reached no verdict.",
    )
    .withTransformation({ id: "filterFieldsByName", options: { include: { pattern: "^(env|class|Value #[A-H])$" } } })
    .withTransformation({ id: "joinByField", options: { byField: "env", mode: "outer" } })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(
          ["env", ...COLUMNS.slice(0, 2), "class", ...COLUMNS.slice(2, -1)].map((
            column,
            index,
          ) => [field(column), index]),
        ),
        renameByName: Object.fromEntries([
          ["env", "Environment"],
          ["class", "Error class"],
          ...COLUMNS.slice(0, -1).map(([refId, , heading]) => [`Value #${refId}`, heading]),
        ]),
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName("Verdict").desc(true)])
    .overrideByName("Environment", [{ id: "links", value: [only("${__value.text}").build()] }]);
  for (const [refId, expr, heading, properties] of COLUMNS) {
    table.withTarget(row(refId, expr));
    if (heading) table.overrideByName(heading, properties);
  }
  return table;
}

/** Grafana's name of a column before it is renamed. */
function field(column: string | typeof COLUMNS[number]): string {
  return typeof column === "string" ? column : `Value #${column[0]}`;
}
