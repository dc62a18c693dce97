/**
 * What the benchmark measures inside a process of its own, so that nothing is warm and peak memory is that work's alone.
 * Prints one line of JSON.
 *
 *     deno run -A tests/bench/child.ts parse|normalize PLAN.json
 *     deno run -A tests/bench/child.ts sinks FOLDER [API_ROOT]
 *
 * @module
 */

import { join } from "node:path";
import { dispatch, openSinks } from "../../drift/run/dispatch.ts";
import { replayEnvironment } from "../../drift/run/replay.ts";
import { parseShown } from "../../drift/terraform/shown.ts";
import { attribute, change, environment, report } from "../support/sample_reports.ts";
import { FAKE_TOKEN } from "../support/fake_telegram.ts";

/** Milliseconds that some work takes. */
async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The process's largest resident memory so far, in MB of 1,000,000 bytes. */
async function peakMb(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) * 1024 / 1e6;
}

/** `JSON.parse` of the file's text, the reading not counted. */
async function parse(file: string) {
  const text = await Deno.readTextFile(file);
  return { ms: await timed(() => JSON.parse(text)), peakMb: await peakMb() };
}

/** Reading, parsing and judging, as a check does with the plan that terraform shows. */
async function normalize(file: string) {
  let changes = 0;
  const ms = await timed(async () => {
    const shown = parseShown(await Deno.readTextFile(file), `"${file}"`);
    const context = { accept: [], hideText: false, inherited: {}, now: Date.now };
    changes = replayEnvironment("bench", "/bench", { shown }, context).changes.length;
  });
  return { ms, peakMb: await peakMb(), changes };
}

/** From a report of 12 environments and 100 changes to the end of the last sink, the opening not counted: it is done before the check. */
async function sinks(folder: string, apiRoot?: string) {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const entry = (use: string, options: Record<string, unknown> = {}) => ({
    use: { kind: "built-in" as const, name: use },
    options,
    allow: [],
    env: [],
    from: "configuration" as const,
    dir: folder,
  });
  const entries = [
    entry("console"),
    entry("logfile", { dir: folder }),
    entry("prom", { file: join(folder, "bench.prom") }),
  ];
  if (apiRoot) entries.push(entry("telegram", { chatId: -1001, apiRoot }));
  const open = await openSinks(entries, {
    stateDir: join(folder, "state"),
    dryRun: false,
    log: () => log,
    uid: Deno.uid()!,
    env: Deno.env.toObject(),
    view: { color: true, columns: 120, detail: "normal", journal: false },
    write: (text) => Deno.writeTextFile("/dev/null", text),
    program: { execPath: Deno.execPath(), standalone: false, mainModule: "" },
  });
  const environments = Array.from({ length: 12 }, (_, at) =>
    environment(`env-${at}`, {
      changes: Array.from({ length: at < 4 ? 9 : 8 }, (_, vm) =>
        change({
          address: `module.vm["web-${vm}"].proxmox_virtual_environment_vm.this`,
          label: `VM ${100 + vm} "web-${vm}" on pve1`,
          attributes: [attribute("memory[0].dedicated", 2048, 4096), attribute("tags", ["a", "b"], ["a"])],
        })),
    }));
  const whole = report(environments);
  const outcomes: unknown[] = [];
  const ms = await timed(async () => outcomes.push(...await dispatch(whole, open)));
  return { ms, outcomes, changes: environments.reduce((sum, one) => sum + one.changes.length, 0) };
}

if (import.meta.main) {
  Deno.env.set("TELEGRAM_BOT_TOKEN", FAKE_TOKEN);
  const [what, path, apiRoot] = Deno.args as [string, string, string?];
  const result = what === "parse"
    ? await parse(path)
    : what === "normalize"
    ? await normalize(path)
    : await sinks(path, apiRoot);
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
  Deno.exit(0);
}
