/**
 * Prometheus' text format 0.0.4, as far as node_exporter's textfile collector takes it: what it refuses (timestamps, no
 * final newline, unknown escapes) or drops without a word (a series given twice) is an error here, in both directions.
 * What it does with each was seen with 1.5.0 and 1.11.1.
 *
 * @module
 */

/** One series and its value. */
export interface Sample {
  /** Label names and values. */
  labels: Record<string, string>;
  /** Any number, `NaN` and the infinities included. */
  value: number;
}

/** All series of one metric. Only types whose series carry the metric's own name. */
export interface Family {
  /** The metric's name. */
  name: string;
  /** What it means; may be empty. */
  help: string;
  /** Its kind. */
  type: "gauge" | "counter" | "untyped";
  /** Its series. */
  samples: Sample[];
}

/** A metric that goes up and down. */
export function gauge(name: string, help: string, samples: Sample[]): Family {
  return { name, help, type: "gauge", samples };
}

/** A text that is not the format, or metrics that cannot be written in it. */
export class ExpositionError extends Error {
  /** How it is told apart. */
  override name = "ExpositionError";
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const SERIES = /^([^ \t{]+)[ \t]*(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+([^ \t]+)[ \t]*$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL: Record<string, number> = { nan: NaN, inf: Infinity, "+inf": Infinity, "-inf": -Infinity };
const TYPES = new Set(["gauge", "counter", "untyped"]);

/**
 * Writes metrics, each with HELP and TYPE, its series together and in the order given. A metric without series is left
 * out: TYPE alone would say that there is something.
 *
 * @throws {ExpositionError} on a name that is none, or a metric or series given twice
 */
export function render(families: Family[]): string {
  const lines: string[] = [];
  const names = new Set<string>();
  for (const { name, help, type, samples } of families) {
    if (!METRIC_NAME.test(name)) {
      throw new ExpositionError(`Cannot write metric ${JSON.stringify(name)}: not a metric's name`);
    }
    if (names.has(name)) throw new ExpositionError(`Cannot write metric "${name}": given twice`);
    names.add(name);
    if (samples.length === 0) continue;
    const seen = new Set<string>();
    lines.push(`# HELP ${name} ${escaped(help, /[\\\n]/g)}`, `# TYPE ${name} ${type}`);
    for (const { labels, value } of samples) {
      const series = name + labelText(labels);
      const key = seriesKey(labels);
      if (seen.has(key)) throw new ExpositionError(`Cannot write metric "${name}": series ${series} given twice`);
      seen.add(key);
      lines.push(`${series} ${numberText(value)}`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

/**
 * Reads metrics; comments and empty lines are skipped, and what belongs to one metric is put together.
 *
 * @throws {ExpositionError} that names the line
 */
export function parse(text: string): Family[] {
  if (text !== "" && !text.endsWith("\n")) {
    throw new ExpositionError("Cannot read metrics: the last line has no newline");
  }
  const reading = new Reading();
  text.split("\n").slice(0, -1).forEach((line, at) => {
    try {
      reading.add(line);
    } catch (error) {
      const why = (error as Error).message;
      throw new ExpositionError(`Cannot read metrics: line ${at + 1} ${why}, got ${JSON.stringify(line.slice(0, 80))}`);
    }
  });
  return [...reading.families.values()];
}

/** What was read so far. Its errors are the end of a sentence about the line. */
class Reading {
  readonly families = new Map<string, Family>();
  readonly #described = new Set<string>();
  readonly #series = new Set<string>();

  add(line: string): void {
    const [, keyword, name, rest = ""] = /^# (HELP|TYPE) ([^ ]+)(?: (.*))?$/s.exec(line) ?? [];
    if (keyword && name) this.#describe(keyword, name, rest);
    else if (line.trim() !== "" && !line.startsWith("#")) this.#addSample(line);
  }

  #describe(keyword: string, name: string, rest: string): void {
    if (!METRIC_NAME.test(name)) throw new ExpositionError("has no metric's name");
    const family = this.#family(name);
    if (this.#described.has(`${keyword} ${name}`)) throw new ExpositionError(`gives a second ${keyword}`);
    this.#described.add(`${keyword} ${name}`);
    if (keyword === "HELP") {
      const help = unescaped(rest, /\\[\\n]/g);
      if (help === undefined) throw new ExpositionError("has an unknown escape");
      family.help = help;
      return;
    }
    if (!TYPES.has(rest)) throw new ExpositionError('must name the type "gauge", "counter" or "untyped"');
    if (family.samples.length > 0) throw new ExpositionError("gives the type after a series");
    family.type = rest as Family["type"];
  }

  #addSample(line: string): void {
    const sample = readSample(line);
    if (!sample) throw new ExpositionError("is no series with its value");
    const key = sample.name + seriesKey(sample.labels);
    if (this.#series.has(key)) throw new ExpositionError("gives a series twice");
    this.#series.add(key);
    this.#family(sample.name).samples.push({ labels: sample.labels, value: sample.value });
  }

  #family(name: string): Family {
    const family = this.families.get(name) ?? { name, help: "", type: "untyped", samples: [] };
    this.families.set(name, family);
    return family;
  }
}

function readSample(line: string): (Sample & { name: string }) | undefined {
  const [, name, body, number] = SERIES.exec(line) ?? [];
  if (name === undefined || number === undefined || !METRIC_NAME.test(name)) return undefined;
  const labels = readLabels(body ?? "");
  const value = NUMBER.test(number) ? Number(number) : SPECIAL[number.toLowerCase()];
  return labels && value !== undefined ? { name, labels, value } : undefined;
}

function readLabels(body: string): Record<string, string> | undefined {
  const labels: [string, string][] = [];
  const pair = /[ \t]*([^=, \t]+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,[ \t]*|$)/y;
  while (pair.lastIndex < body.length) {
    const [, name, escapedValue] = pair.exec(body) ?? [];
    if (name === undefined || !LABEL_NAME.test(name)) return undefined;
    const value = unescaped(escapedValue!, /\\[\\n"]/g);
    if (value === undefined || labels.some(([known]) => known === name)) return undefined;
    labels.push([name, value]);
  }
  return Object.fromEntries(labels);
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    if (!LABEL_NAME.test(name)) {
      throw new ExpositionError(`Cannot write label ${JSON.stringify(name)}: not a label's name`);
    }
    return `${name}="${escaped(value, /[\\\n"]/g)}"`;
  });
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

function seriesKey(labels: Record<string, string>): string {
  const written = Object.entries(labels).map(([name, value]) => [name, value.toWellFormed()] as const);
  return JSON.stringify(written.sort(([one], [other]) => one < other ? -1 : 1));
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "0" : String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** Escapes; what UTF-8 cannot carry becomes U+FFFD. */
function escaped(text: string, special: RegExp): string {
  return text.toWellFormed().replace(special, (found) => found === "\n" ? "\\n" : `\\${found}`);
}

/** Undoes the escapes, or gives `undefined` where there are others. */
function unescaped(text: string, known: RegExp): string | undefined {
  if (text.replace(known, "").includes("\\")) return undefined;
  return text.replace(known, (found) => found === "\\n" ? "\n" : found[1]!);
}
