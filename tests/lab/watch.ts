/**
 * Monitoring in the lab: a real node_exporter that reads the metrics file, and a real Prometheus that scrapes it every
 * second and has our alert rules.
 *
 * @module
 */

import { join } from "node:path";
import { ROOT } from "../support/programs.ts";
import { startServer } from "../support/servers.ts";

/** A running Prometheus with its node_exporter. Disposing of it ends both. */
export interface Watch extends AsyncDisposable {
  /** Address of Prometheus, as `http://127.0.0.1:1234`. */
  url: string;
  /** Evaluates an expression now: labels and value of each series. */
  ask(expr: string): Promise<{ metric: Record<string, string>; value: number }[]>;
}

/**
 * Starts both. `folder` is where the metrics file lies or will lie; `dir` takes Prometheus's own files; `alertmanager`
 * is the address that alerts go to, as `127.0.0.1:9093`. Throws with a program's output if it does not start.
 */
export async function startWatch(
  programs: { prometheus: string; nodeExporter: string },
  folder: string,
  dir: string,
  alertmanager?: string,
): Promise<Watch> {
  await using stack = new AsyncDisposableStack();
  const exporter = stack.use(
    await startServer(programs.nodeExporter, (address) => [
      `--web.listen-address=${address}`,
      "--collector.disable-defaults",
      "--collector.textfile",
      `--collector.textfile.directory=${folder}`,
    ], "/metrics"),
  );
  const config = join(dir, "prometheus.yml");
  const alerting = alertmanager
    ? `alerting:\n  alertmanagers:\n    - static_configs:\n        - targets: ["${alertmanager}"]\n`
    : "";
  await Deno.writeTextFile(
    config,
    `global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ["${join(ROOT, "dashboards/prometheus/drift-alerts.yml")}"]
${alerting}scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["${new URL(exporter.url).host}"]
`,
  );
  const prometheus = stack.use(
    await startServer(programs.prometheus, (address) => [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(dir, "prometheus")}`,
      `--web.listen-address=${address}`,
    ], "/-/ready"),
  );
  const kept = stack.move();
  return {
    url: prometheus.url,
    async ask(expr) {
      const answer = await (await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query: expr })}`))
        .json();
      if (answer.status !== "success") throw new Error(`Prometheus refuses "${expr}": ${answer.error}`);
      return answer.data.result.map(
        ({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => ({
          metric,
          value: Number(value[1]),
        }),
      );
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
