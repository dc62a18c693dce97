/**
 * The parts of a Grafana dashboard's JSON that tests and the preview read.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- Grafana's options are as manifold as its panels

/** A query of a panel. */
export interface Target {
  /** Letter that names it in the panel. */
  refId: string;
  /** PromQL with Grafana's variables in it. */
  expr: string;
  /** `{{label}}` stands for a label's value. */
  legendFormat?: string;
  /** Asks for the last moment alone. */
  instant?: boolean;
  /** `table` or a series. */
  format?: string;
}

/** A panel. */
export interface Panel {
  /** Number in the dashboard. */
  id: number;
  /** `stat`, `state-timeline`, `timeseries`, `table` or `text`. */
  type: string;
  /** Heading. */
  title: string;
  /** Text behind the "i". */
  description: string;
  /** Where its queries go. */
  datasource?: { uid: string };
  /** Queries; none in a text panel. */
  targets?: Target[];
  /** Place and size, in a grid of 24 columns. */
  gridPos: { x: number; y: number; w: number; h: number };
  /** Units, mappings, colors. */
  fieldConfig?: {
    defaults: any;
    overrides: { matcher: { options: string }; properties: { id: string; value: any }[] }[];
  };
  /** What depends on the type. */
  options?: any;
  /** Transformations of a table's data. */
  transformations?: { id: string; options: any }[];
}

/** A dashboard. */
export interface Dashboard {
  /** Its name in addresses. */
  uid: string;
  /** Heading. */
  title: string;
  /** All panels, top to bottom. */
  panels: Panel[];
  /** Marks in the graphs. */
  annotations: {
    list: { name: string; expr: string; titleFormat: string; textFormat: string; datasource: { uid: string } }[];
  };
  /** What a reader can choose. */
  templating: { list: { name: string; type: string; label?: string; definition?: string; [key: string]: any }[] };
  /** Everything else. */
  [key: string]: any;
}

/** Replaces variables as Grafana does when everything is selected. Throws if one is left. */
export function filledIn(expr: string): string {
  const filled = expr.replaceAll(/\$\{?env(:\w+)?\}?/g, ".*").replaceAll("$__rate_interval", "1h")
    .replaceAll("$__range", "30d");
  if (filled.includes("$")) throw new Error(`Unknown variable in "${expr}"`);
  return filled;
}

/** Writes the name of a series by a legend format. Throws if the series lacks a label that the format names. */
export function legend(format: string, metric: Record<string, string>): string {
  return format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => {
    if (metric[label] === undefined) throw new Error(`No label "${label}" in ${JSON.stringify(metric)}`);
    return metric[label];
  });
}
