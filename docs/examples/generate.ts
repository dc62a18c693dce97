/**
 * `deno task sink:types` generates the files for writing your own sink: the types of the contract and of the report in
 * one file, and a sample report.
 *
 * @module
 */

import { RECORDED, recordedEnvironment } from "../../drift/run/recorded.ts";
import { witnessed } from "../../drift/run/recorded_witness.ts";
import { buildReport } from "../../drift/run/build_report.ts";

const HEAD = `/**
 * Everything of pve-drift that your own sink sees, in one file without imports: keep it beside the sink and
 * \`import type { SinkModule } from "./pve_drift_sink.d.ts"\`. It has only types: nothing of it is loaded when the sink runs.
 *
 * Generated from sinks/sink.ts and drift/report.ts: \`deno task sink:types\`.
 *
 * @module
 */
`;

/** The text of pve_drift_sink.d.ts: the contract and the report, without the parts for built-in sinks. */
export async function sinkTypes(): Promise<string> {
  const [contract, report] = await Promise.all(["sinks/sink.ts", "drift/report.ts"].map(readSource));
  const own = contract!.replace(/^(?:import|export) type \{.*\n+/gm, "").replace(
    /\/\*\*(?:(?!\*\/)[^])*\*\/\nexport class [^]*?\n\}\n/g,
    "",
  );
  if (/\b(?:class|const|function|import)\s+\w+/.test(own.replace(/\/\*\*[^]*?\*\//g, ""))) {
    throw new Error("Cannot make types of sinks/sink.ts: it has more than types in it");
  }
  return `${HEAD}\n${own.trim()}\n\n${report!.trim()}\n`;
}

/** Reads a source file without its module comment. */
async function readSource(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  return text.replace(/^\/\*\*[^]*?@module\n \*\/\n/, "");
}

/** The text of sample_report.json: all recorded environments, checked at a fixed time. */
export async function sampleReport(): Promise<string> {
  const at = "2027-01-15T06:00:00.000Z";
  const context = { accept: [], hideText: false, inherited: {}, now: () => Date.parse(at) };
  const recorded = await Promise.all(RECORDED.map((name) => recordedEnvironment(name, context)));
  const report = buildReport({
    runId: "20270115T060000Z-5a3c1e00",
    startedAt: at,
    finishedAt: "2027-01-15T06:00:42.000Z",
    environments: recorded.map(({ report }) => ({ ...report, dir: `/srv/infrastructure/environments/${report.name}` })),
    configured: [...RECORDED],
    dryRun: false,
    host: "pve1",
    toolVersion: "0.1.0",
    terraform: { bin: "terraform", version: "1.11.4" },
  });
  return `${JSON.stringify(witnessed(report), null, 2)}\n`;
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("pve_drift_sink.d.ts", import.meta.url), await sinkTypes());
  await Deno.writeTextFile(new URL("sample_report.json", import.meta.url), await sampleReport());
}
