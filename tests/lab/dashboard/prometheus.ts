/**
 * A real Prometheus that holds the history, and what Grafana asks it.
 *
 * @module
 */

import { join } from "node:path";
import { run } from "../../support/programs.ts";
import { startServer } from "../../support/servers.ts";
import { DAYS, history, STEP } from "./history.ts";

/** A series of an answer. */
export interface Series {
  /** Its labels, `__name__` among them where the query kept it. */
  metric: Record<string, string>;
  /** Unix seconds and value; one of them in the answer to an instant query. */
  values: [time: number, value: number][];
}

/** The running Prometheus. */
export interface HistoryServer extends AsyncDisposable {
  /** As `http://127.0.0.1:1234`. */
  url: string;
  /** Unix seconds of the history's beginning and end. */
  start: number;
  /** See `start`. */
  end: number;
  /** Asks for one moment, the history's end. */
  now(expr: string): Promise<Series[]>;
  /** Asks for the whole history. */
  over(expr: string): Promise<Series[]>;
  /** The values of a label among the series of a metric. */
  labelValues(label: string, metric: string): Promise<string[]>;
}

/** Writes the history that ends at `end` (Unix seconds) and starts a Prometheus on it. */
export async function startHistoryServer(prometheus: string, promtool: string, end: number): Promise<HistoryServer> {
  const folder = await Deno.makeTempDir({ prefix: "history-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    await Deno.writeTextFile(join(folder, "history.om"), history(end));
    await Deno.writeTextFile(join(folder, "prometheus.yml"), "{}\n");
    // A hidden option: without it the blocks are of two hours, and take a minute.
    const made = await run(promtool, [
      "tsdb",
      "create-blocks-from",
      "--max-block-duration=2000h",
      "openmetrics",
      join(folder, "history.om"),
      join(folder, "data"),
    ]);
    if (made.code !== 0) throw new Error(`Cannot write the history: ${made.stdout}${made.stderr}`);
    const server = await startServer(prometheus, (address) => [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--storage.tsdb.retention.time=100y",
      `--query.lookback-delta=${STEP + 60}s`,
      `--web.listen-address=${address}`,
    ], "/-/ready");
    const start = end - DAYS * 86400;
    const get = async (path: string, parameters: Record<string, string | number>) => {
      const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, `${value}`]));
      const answer = await (await fetch(`${server.url}/api/v1/${path}?${query}`)).json();
      if (answer.status !== "success") throw new Error(`Prometheus refuses ${query}: ${answer.error}`);
      return answer.data;
    };
    return {
      url: server.url,
      start,
      end,
      async now(expr) {
        const { result } = await get("query", { query: expr, time: end });
        return result.map(({ metric, value }: { metric: Series["metric"]; value: [number, string] }) => ({
          metric,
          values: [[value[0], Number(value[1])]],
        }));
      },
      async over(expr) {
        const { result } = await get("query_range", { query: expr, start, end, step: STEP });
        return result.map(({ metric, values }: { metric: Series["metric"]; values: [number, string][] }) => ({
          metric,
          values: values.map(([time, value]) => [time, Number(value)]),
        }));
      },
      labelValues: (label, metric) => get(`label/${label}/values`, { "match[]": metric, start, end }),
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
