/** The metrics file as Prometheus' own programs see it: promtool, and node_exporter as another user. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Family, parse, render } from "../../sinks/prom/exposition.ts";
import { metricsOf } from "../../sinks/prom/metrics.ts";
import prom from "../../sinks/prom.ts";
import type { DriftReport, SinkOutcome } from "../../sinks/sink.ts";
import { run, testWith } from "../support/programs.ts";
import { driftReport, errorReport, report } from "../support/sample_reports.ts";
import { freePort } from "../support/servers.ts";

const OUTCOMES: SinkOutcome[] = [
  { sink: 'exec:/opt/my "sink"\\x\n', delivered: false, durationMs: 1 },
  { sink: "数据", delivered: true, durationMs: 1 },
];
const REPORTS: [string, DriftReport][] = [
  ["drift", driftReport()],
  ["errors", errorReport()],
  ["clusters", report([], { clusters: ["main", "site2"], proxmox: [witnessReport("main")] })],
  ["environments that were never checked", report([], { configured: ["a", "b"] })],
];

/** A cluster that answered. */
function witnessReport(cluster: string): NonNullable<DriftReport["proxmox"]>[number] {
  return {
    ...{ cluster, endpoint: "https://pve1:8006", askedAt: "2026-11-24T05:00:00.000Z", looked: 3 },
    guests: { managed: 3, unmanaged: 1, excluded: 0 },
    ...{ unmanaged: [], waiting: [], beyond: [] },
  };
}

for (const promtool of ["promtool", "lab/promtool"]) {
  testWith([promtool], `${promtool} check metrics has nothing to say about the metrics`, async (_, program) => {
    for (const [what, shown] of REPORTS) {
      const stdin = render(metricsOf(shown, OUTCOMES, "prom", []));
      const said = await run(program!, ["check", "metrics"], { stdin });
      assertEquals([what, said], [what, { code: 0, stdout: "", stderr: "" }]);
    }
    const bad = await run(program!, ["check", "metrics"], { stdin: 'pve_drift_status{env="a} 1\n' });
    assertEquals(bad.code, 1, "promtool sees no damage");
  });
}

testWith(["prometheus-node-exporter"], "node_exporter serves the metrics as they were written", async (_, exporter) => {
  const dir = await Deno.makeTempDir();
  await Deno.chmod(dir, 0o755);
  const file = join(dir, "pve_drift.prom");
  const port = freePort();
  // As a user who owns nothing here, like the service's own.
  const args = ["--collector.disable-defaults", "--collector.textfile", `--collector.textfile.directory=${dir}`];
  // Another user need not be able to enter the folder of the checkout.
  const other = Deno.uid() === 0 ? { uid: 65534, gid: 65534, cwd: "/" } : {};
  const child = new Deno.Command(exporter!, {
    args: [`--web.listen-address=127.0.0.1:${port}`, ...args],
    stdout: "null",
    stderr: "null",
    ...other,
  }).spawn();
  try {
    const scrape = () => scraped(`http://127.0.0.1:${port}/metrics`);
    await scrape();
    const said: string[] = [];
    const log = { debug() {}, info() {}, warn: (text: string) => void said.push(text), error() {} };
    const sink = await prom.create(prom.options!.parse({ file, asked: true }), { dryRun: false, stateDir: "/", log });
    for (const [, shown] of REPORTS) {
      await sink.deliver(shown, new AbortController().signal);
      await sink.settled!(OUTCOMES, shown, new AbortController().signal);
      const served = await scrape();
      assertStringIncludes(served, "\nnode_textfile_scrape_error 0\n");
      assertEquals(ours(served), ours(await Deno.readTextFile(file)));
    }
    assertEquals(said, []);
    // What it must not be: seen to be told apart.
    await Deno.writeTextFile(file, (await Deno.readTextFile(file)).trimEnd());
    assertStringIncludes(await scrape(), "\nnode_textfile_scrape_error 1\n");
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(dir, { recursive: true });
  }
});

testWith(
  ["prometheus-node-exporter"],
  "node_exporter takes every label value and HELP that render() writes",
  async (_, exporter) => {
    const dir = await Deno.makeTempDir();
    await Deno.chmod(dir, 0o755);
    const port = freePort();
    const strange = [
      "\r",
      "\t",
      "\u2028",
      "\0",
      "\u{1f469}\u200d\u{1f4bb}",
      "\\n",
      "\\",
      '"',
      "\n",
      "{}",
      "#",
      " ",
      "\ud800",
      "",
    ];
    const samples = strange.map((value, at) => ({
      labels: { at: `${at}`, value },
      value: [0.1, NaN, Infinity, -1e300][at % 4]!,
    }));
    const text = render([{ name: "pve_drift_strange", help: strange.join("x"), type: "gauge", samples }]);
    await Deno.writeTextFile(join(dir, "x.prom"), text);
    const child = new Deno.Command(exporter!, {
      args: [
        `--web.listen-address=127.0.0.1:${port}`,
        "--collector.disable-defaults",
        "--collector.textfile",
        `--collector.textfile.directory=${dir}`,
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const served = await scraped(`http://127.0.0.1:${port}/metrics`);
      assertStringIncludes(served, "\nnode_textfile_scrape_error 0\n");
      const [mine, its] = [parse(text), parse(linesWith("pve_drift_strange", served))];
      assertEquals(sorted(its), sorted(mine));
    } finally {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(dir, { recursive: true });
    }
  },
);

/** Our series of a text, each with its value. */
function ours(text: string): string[] {
  return parse(linesWith("pve_drift_", text)).flatMap(({ name, samples }) =>
    samples.map(({ labels, value }) => JSON.stringify([name, Object.entries(labels).sort(), value]))
  ).sort();
}

/** Only those lines of a text, since node_exporter's own metrics are of types that we do not write. */
function linesWith(name: string, text: string): string {
  const lines = text.split("\n").filter((line) => line.includes(name));
  assert(lines.length > 0, text);
  return `${lines.join("\n")}\n`;
}

function sorted(families: Family[]): Family[] {
  return families.map((family) => ({
    ...family,
    samples: family.samples.toSorted((one, other) => Number(one.labels.at) - Number(other.labels.at)),
  }));
}

async function scraped(url: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Cannot reach ${url}`);
}
