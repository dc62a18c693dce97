/**
 * `deno task bench:scale`: how time and memory grow with the number of environments, with the drift of one plan and with its
 * modules, and that shards cover each environment exactly once. The program, its sinks and its memory are real; terraform
 * replays recorded plans, and the large plans are made up.
 *
 *     deno task bench:scale [--quick]      up to 200 environments instead of 1,000
 *
 * @module
 */

import { join } from "node:path";
import { parse } from "../../sinks/prom/exposition.ts";
import { ROOT } from "../support/programs.ts";
import { measuring } from "./inside.ts";
import { largePlan } from "./large_plans.ts";
import { configureHost, makeScaleEstate, measured, reportOf } from "./scale.ts";
import { startWebhook } from "../support/strict_services.ts";

const SIZES = Deno.args.includes("--quick") ? [50, 100, 200] : [125, 250, 500, 1000];
/** MB of 1,000,000 bytes. */
const MOST_MB = 250;
/** How much longer one environment may take among many than among few. */
const MOST_GROWTH = 1.3;
/** How much more memory many environments may take than a hundred. */
const MOST_MEMORY_GROWTH = 1.15;
/** Objects changed by hand, and modules that they are spread over: few, and ten times as many. */
const PLANS = Deno.args.includes("--quick")
  ? [[1_000, 10_000, 0, 0], [2_000, 2_000, 20, 200]]
  : [[5_000, 50_000, 0, 0], [10_000, 10_000, 100, 1_000]];
const SHARDS = 4;
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;

let missed = 0;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function target(isMet: boolean, text: string): void {
  if (!isMet) missed++;
  say(`  ${isMet ? "met   " : "MISSED"} ${text}`);
}

function same(found: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(found)}`);
  }
}

await using hook = startWebhook(SECRET);
const secrets = await Deno.makeTempDir({ prefix: "pve-drift-scale-" });
const secretFile = join(secrets, "secret");
await Deno.writeTextFile(secretFile, SECRET);
const webhook = {
  use: `file:${ROOT}/docs/examples/webhook.ts`,
  url: hook.url,
  secretFile,
  allow: [`net=${hook.host}`, `read=${secretFile}`],
};

const perEnvironment: number[] = [], peaks: number[] = [];
say(
  `${navigator.hardwareConcurrency} cores, load ${
    Deno.loadavg()[0]!.toFixed(1)
  }; sinks: console, logfile, prom, webhook`,
);
say("\nenvironments      first run           a later run         peak memory");
for (const size of SIZES) {
  const scale = await makeScaleEstate(size);
  await using estate = scale.estate;
  const config = await configureHost(scale, "host", [webhook]);
  const runs = [];
  for (let turn = 0; turn < 2; turn++) {
    const run = await measured(scale, ["--config", config, "--all"]);
    same([run.code, hook.refused], [3, []], run.stderr);
    const report = hook.taken.pop()!.data as { summary: Record<string, number> };
    const { ok, drift, error } = report.summary;
    same({ ok, drift, error }, scale.expected, `verdicts of ${size} environments`);
    runs.push(run);
  }
  const metrics = parse(await Deno.readTextFile(join(estate.dir, "host/x.prom")));
  same(metrics.find(({ name }) => name === "pve_drift_status")?.samples.length, size, "series of pve_drift_status");
  const [first, later] = runs as [typeof runs[0], typeof runs[0]];
  const cell = (ms: number) => `${(ms / 1000).toFixed(1).padStart(6)} s (${(ms / size).toFixed(1).padStart(5)} ms)`;
  const peak = Math.max(first!.peakMb, later!.peakMb);
  say(`${String(size).padStart(12)}  ${cell(first!.ms)}  ${cell(later!.ms)}  ${peak.toFixed(0).padStart(11)} MB`);
  perEnvironment.push(later!.ms / size);
  peaks.push(peak);
}
say("");
const growth = perEnvironment.at(-1)! / perEnvironment[0]!;
target(
  growth <= MOST_GROWTH,
  `time of one environment, ${SIZES.at(-1)} beside ${SIZES[0]}: ${growth.toFixed(2)} x (at most ${MOST_GROWTH} x)`,
);
const memoryGrowth = peaks.at(-1)! / peaks[0]!;
target(
  memoryGrowth <= MOST_MEMORY_GROWTH,
  `memory, ${SIZES.at(-1)} beside ${SIZES[0]} environments: ${
    memoryGrowth.toFixed(2)
  } x (at most ${MOST_MEMORY_GROWTH} x)`,
);
target(Math.max(...peaks) <= MOST_MB, `largest memory: ${Math.max(...peaks).toFixed(0)} MB (at most ${MOST_MB} MB)`);

const scale = await makeScaleEstate(SIZES.at(-1)!);
await using _estate = scale.estate;
const checked: string[] = [];
const began = performance.now();
let peak = 0;
for (let index = 0; index < SHARDS; index++) {
  const config = await configureHost(scale, `host-${index}`);
  const run = await measured(scale, ["--config", config, "--all", "--json", "--shard", `auto/${SHARDS}`], {
    JOB_COMPLETION_INDEX: String(index),
  });
  const report = reportOf(run);
  const names = report.environments.map(({ name }) => name);
  same(report.configured, names, `configured of shard ${index + 1}`);
  checked.push(...names);
  peak = Math.max(peak, run.peakMb);
}
say(
  `\n${scale.names.length} environments in ${SHARDS} shards, one after the other: ${
    ((performance.now() - began) / 1000).toFixed(1)
  } s, largest memory ${peak.toFixed(0)} MB`,
);
target(JSON.stringify(checked.sort()) === JSON.stringify(scale.names), "each environment was checked exactly once");

say("\none plan, everything in it changed by hand        read and judged           peak memory");
for (const [few, many, fewModules, manyModules] of PLANS as [number, number, number, number][]) {
  const perObject: number[] = [];
  for (const [objects, modules] of [[few, fewModules], [many, manyModules]] as [number, number][]) {
    const { ms, peakMb, changes } = await judged(objects, modules);
    same(changes, objects, "changes of the plan");
    perObject.push(ms / objects);
    const what = `${objects} objects${modules ? `, ${modules} modules` : ""}`;
    const cost = `${(ms / 1000).toFixed(1)} s (${(ms / objects).toFixed(3)} ms)`;
    say(`  ${what.padEnd(44)}${cost.padStart(20)}${peakMb.toFixed(0).padStart(19)} MB`);
  }
  const growth = perObject[1]! / perObject[0]!;
  const what = manyModules ? `${manyModules} modules beside ${fewModules}` : `${many} beside ${few}`;
  target(growth <= MOST_GROWTH, `time of one object, ${what}: ${growth.toFixed(2)} x (at most ${MOST_GROWTH} x)`);
}

/** Reads and judges a plan in a process of its own; the best of three. */
async function judged(objects: number, modules: number): Promise<Record<"ms" | "peakMb" | "changes", number>> {
  const file = join(secrets, "plan.json");
  await Deno.writeTextFile(file, largePlan(objects, modules));
  const turns = [];
  for (let turn = 0; turn < 3; turn++) {
    turns.push(await measuring("child.ts", ["normalize", file]) as Awaited<ReturnType<typeof judged>>);
  }
  return turns.sort((one, other) => one.ms - other.ms)[0]!;
}

await Deno.remove(secrets, { recursive: true });
say(missed === 0 ? "\nEvery target is met" : `\n${missed} target(s) missed`);
Deno.exitCode = missed === 0 ? 0 : 1;
