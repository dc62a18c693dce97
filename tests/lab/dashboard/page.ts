/**
 * The dashboard as one HTML page: laid out and colored as its JSON says, with the answers of a real Prometheus.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- Grafana's options are as manifold as its panels

import { escape, markdown } from "./markdown.ts";
import { type Dashboard, filledIn, legend, type Panel } from "./model.ts";
import { STEP } from "./history.ts";
import type { HistoryServer, Series } from "./prometheus.ts";
import { COLORS, PALETTE, show } from "./shape.ts";

/** A graph for the page's script, which draws it with uPlot. */
interface Graph {
  id: string;
  unit: string;
  decimals?: number;
  stacked: boolean;
  fill: number;
  width: number;
  names: string[];
  colors: string[];
  /** Times, then the values of each series. */
  data: (number | null)[][];
  /** Times at which an alert began to fire. */
  marks: number[];
}

/** The page. `script` and `style` are uPlot's own files; `client` draws the graphs. */
export async function page(
  dashboard: Dashboard,
  server: HistoryServer,
  files: { script: string; style: string; client: string; own: string },
): Promise<string> {
  const [annotation] = dashboard.annotations.list;
  const alerts = await server.over(filledIn(annotation!.expr));
  const marks = alerts.flatMap(({ values }) => values.map(([time]) => time).filter(isBeginning));
  const graphs: Graph[] = [];
  const panels: string[] = [];
  for (const panel of dashboard.panels) {
    const { x, y, w, h } = panel.gridPos;
    const body = await (BODIES[panel.type]!)(panel, server, graphs, marks);
    panels.push(
      `<section style="grid-area:${y + 1}/${x + 1}/span ${h}/span ${w}"><h2 title="${escape(panel.description)}">${
        escape(panel.title)
      }</h2>${body}</section>`,
    );
  }
  const environments = await server.labelValues("env", "pve_drift_last_check_timestamp");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(dashboard.title)}</title>
<style>${files.style}\n${files.own}</style></head><body>
<header><h1>${escape(dashboard.title)}</h1>
<span class="variable"><label>Data source</label>Prometheus</span>
<span class="variable"><label>Environment</label>All (${environments.map(escape).join(", ")})</span>
<span class="variable alerts"><label>Alerts</label>${marks.length} in 30 days</span>
<span class="note">Preview: panels and queries of drift-overview.json on 30 days of made-up metrics in a real Prometheus</span>
</header>
<main>${panels.join("\n")}</main>
<script>${files.script}</script>
<script>const GRAPHS = ${JSON.stringify(graphs).replaceAll("<", "\\u003c")};\n${files.client}</script>
</body></html>
`;
}

type Body = (panel: Panel, server: HistoryServer, graphs: Graph[], marks: number[]) => Promise<string> | string;

const BODIES: Record<string, Body> = {
  async stat(panel, server) {
    const answers = await ask(panel, server);
    const tiles = answers.map(({ name, values }) => {
      const { text, color } = show(values.at(-1)![1], panel.fieldConfig!.defaults);
      return `<div class="tile" style="background:${color}"><span>${escape(name)}</span><b>${escape(text)}</b></div>`;
    });
    return `<div class="tiles">${tiles.join("")}</div>`;
  },

  async "state-timeline"(panel, server) {
    const answers = (await ask(panel, server)).sort((one, other) => one.name < other.name ? -1 : 1);
    const percent = (time: number) => `${(100 * (time - server.start) / (server.end - server.start)).toFixed(3)}%`;
    const rows = answers.map(({ name, values }) => {
      const parts = stretches(values).map(({ from, to, value }) => {
        const { text, color } = show(value, panel.fieldConfig!.defaults);
        const width = `calc(${percent(to)} - ${percent(from)})`;
        return `<i style="left:${percent(from)};width:${width};background:${color}" title="${escape(text)}"></i>`;
      });
      return `<span>${escape(name)}</span><div class="lane">${parts.join("")}</div>`;
    });
    const days = Array.from({ length: 10 }, (_, i) => server.start + (i + 0.5) * 3 * 86400);
    const axis = days.map((time) =>
      `<em style="left:${percent(time)}">${new Date(time * 1000).toISOString().slice(5, 10).replace("-", "/")}</em>`
    );
    const words = Object.values(panel.fieldConfig!.defaults.mappings[0].options) as { text: string; color: string }[];
    const key = words.map(({ text, color }) => `<s><i style="background:${COLORS[color]}"></i>${escape(text)}</s>`);
    return `<div class="timeline">${rows.join("")}<span></span><div class="axis">${axis.join("")}</div></div>
<div class="key">${key.join("")}</div>`;
  },

  async timeseries(panel, server, graphs, marks) {
    const answers = (await ask(panel, server)).sort((one, other) => one.name < other.name ? -1 : 1);
    const times = [...new Set(answers.flatMap(({ values }) => values.map(([time]) => time)))].sort((a, b) => a - b);
    const { defaults, overrides } = panel.fieldConfig!;
    const id = `graph${panel.id}`;
    graphs.push({
      id,
      unit: defaults.unit,
      decimals: defaults.decimals,
      stacked: defaults.custom.stacking?.mode === "normal",
      fill: defaults.custom.fillOpacity / 100,
      width: defaults.custom.lineWidth,
      names: answers.map(({ name }) => name),
      colors: answers.map(({ name }, index) => {
        const own = overrides.find(({ matcher }) => matcher.options === name)?.properties.find(({ id }) =>
          id === "color"
        );
        return own ? COLORS[own.value.fixedColor]! : PALETTE[index % PALETTE.length]!;
      }),
      data: [
        times,
        ...answers.map(({ values }) => {
          const of = new Map(values);
          return times.map((time) => of.get(time) ?? null);
        }),
      ],
      marks,
    });
    return `<div class="graph" id="${id}"></div>`;
  },

  async table(panel, server) {
    const rows = new Map<string, Record<string, unknown>>();
    for (const { refId, expr } of panel.targets!) {
      for (const { metric, values } of await server.now(filledIn(expr))) {
        const row = rows.get(metric["env"]!) ?? {};
        rows.set(metric["env"]!, Object.assign(row, metric, { [`Value #${refId}`]: values[0]![1] }));
      }
    }
    const { indexByName, renameByName } = panel.transformations!.find(({ id }) => id === "organize")!.options;
    const columns = Object.keys(indexByName).sort((one, other) => indexByName[one] - indexByName[other]);
    const [{ displayName, desc }] = panel.options.sortBy;
    const sortBy = columns.find((column) => renameByName[column] === displayName)!;
    const sorted = [...rows.values()].sort((one, other) =>
      (desc ? -1 : 1) * (Number(one[sortBy]) - Number(other[sortBy]))
    );
    const cell = (row: Record<string, unknown>, column: string) => {
      const value = row[column];
      const own = panel.fieldConfig!.overrides.find(({ matcher }) => matcher.options === renameByName[column]);
      const field: any = Object.fromEntries((own?.properties ?? []).map(({ id, value }) => [id, value]));
      if (typeof value !== "number") return `<td>${escape(String(value ?? ""))}</td>`;
      const { text, color } = show(value, field);
      const style = field["custom.cellOptions"]?.type === "color-background"
        ? ` style="background:${color};color:#fff"`
        : "";
      return `<td${style}>${escape(text)}</td>`;
    };
    return `<table class="data"><tr>${
      columns.map((column) => `<th>${escape(renameByName[column])}</th>`).join("")
    }</tr>${sorted.map((row) => `<tr>${columns.map((column) => cell(row, column)).join("")}</tr>`).join("")}</table>`;
  },

  text: (panel) => `<div class="text">${markdown(panel.options.content)}</div>`,
};

/** The series of a panel under their names. */
async function ask(panel: Panel, server: HistoryServer): Promise<{ name: string; values: Series["values"] }[]> {
  const answers = [];
  for (const { expr, instant, legendFormat } of panel.targets!) {
    const answer = await (instant ? server.now(filledIn(expr)) : server.over(filledIn(expr)));
    answers.push(...answer.map(({ metric, values }) => ({ name: legend(legendFormat!, metric), values })));
  }
  return answers;
}

/** Whether nothing stands directly before a time. */
function isBeginning(time: number, index: number, times: number[]): boolean {
  return index === 0 || time - times[index - 1]! > STEP;
}

/** Equal values that follow each other, joined. */
function stretches(values: Series["values"]): { from: number; to: number; value: number }[] {
  const found: { from: number; to: number; value: number }[] = [];
  for (const [time, value] of values) {
    const last = found.at(-1);
    if (last) last.to = time;
    if (last?.value !== value) found.push({ from: time, to: time, value });
  }
  return found;
}
