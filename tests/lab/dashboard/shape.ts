/**
 * How Grafana turns numbers into what a person reads: colors, mappings, units. As much of it as our dashboard uses.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- Grafana's options are as manifold as its panels

/** Grafana's names of colors, in its dark theme. */
export const COLORS: Record<string, string> = {
  green: "#73bf69",
  red: "#f2495c",
  "dark-red": "#c4162a",
  orange: "#ff9830",
  yellow: "#fade2a",
  blue: "#5794f2",
  purple: "#b877d9",
};

/** The colors that series get in turn where nothing names one. */
export const PALETTE: string[] = ["#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2"];

/** A number as it is shown. */
export interface Shown {
  /** Word or number with its unit. */
  text: string;
  /** CSS color by mapping or threshold. */
  color: string;
}

/** Shows a number by the options of a field (`fieldConfig.defaults` or an override's). */
export function show(value: number, field: any): Shown {
  const result = mapping(value, field.mappings ?? []);
  const steps = field.thresholds?.steps ?? [{ value: null, color: "green" }];
  const step = steps.findLast((one: any) => one.value === null || value >= one.value);
  const color = COLORS[result?.color ?? step.color] ?? COLORS["green"]!;
  return { text: result?.text ?? withUnit(value, field.unit, field.decimals), color };
}

function mapping(value: number, mappings: any[]): { text?: string; color?: string } | undefined {
  for (const { type, options } of mappings) {
    if (type === "value" && options[String(value)]) return options[String(value)];
    if (type === "range" && value >= (options.from ?? -Infinity) && value <= (options.to ?? Infinity)) {
      return options.result;
    }
  }
  return undefined;
}

/** A number in its unit, as Grafana writes it. */
export function withUnit(value: number, unit?: string, decimals?: number): string {
  const digits = (number: number) =>
    decimals === undefined ? String(Number(number.toPrecision(3))) : number.toFixed(decimals);
  if (unit === "dateTimeAsIso") return new Date(value).toISOString().slice(0, 19).replace("T", " ");
  if (unit === "percentunit") return `${digits(100 * value)}%`;
  if (unit !== "s") return digits(value);
  const [size, name] = value < 60
    ? [1, "s"]
    : value < 3600
    ? [60, "mins"]
    : value < 86400
    ? [3600, "hours"]
    : [86400, "days"];
  return `${digits(value / Number(size))} ${name}`;
}
