/**
 * What people see in a terminal, played for golden tests: run as a program, it shows the scenes that its arguments name,
 * each under a line that says what it is. Terminal, colors and width are those of the process; reports and the clock are
 * not. `doctor FOLDER…` runs the doctor on the configurations in these folders.
 *
 * @module
 */

import { run as doctor } from "../../drift/commands/doctor.ts";
import { parseCli } from "../../drift/cli/parse.ts";
import type { DriftReport } from "../../drift/report.ts";
import { failure } from "../../drift/verdict/failures.ts";
import { type Loudness, openWorld } from "../../drift/world.ts";
import consoleSink from "../../sinks/console.ts";
import { errorOf } from "./failures.ts";
import {
  againReport,
  change,
  driftReport,
  environment,
  errorReport,
  manyReport,
  okReport,
  outageReport,
  report,
  strangeReport,
} from "./sample_reports.ts";
import { silentWitnessReport, witnessedReport } from "./witness_reports.ts";

/** One thing to see. */
interface Scene {
  /** Builds the report. */
  report: () => DriftReport;
  /** How much is said. */
  loudness?: Partial<Loudness>;
}

/** By name, what can be shown. */
export const SCENES: Record<string, Scene> = {
  clean: { report: okReport },
  drifted: { report: driftReport },
  "drifted, verbose": { report: driftReport, loudness: { verbose: true } },
  failing: { report: errorReport },
  "failing, quiet": { report: errorReport, loudness: { quiet: true } },
  "in order again": { report: againReport },
  "one outage": { report: outageReport },
  suspect: { report: suspectReport },
  "a new image upstream": { report: imageReport },
  "a second witness": { report: witnessedReport },
  "a second witness, silent": { report: silentWitnessReport },
  "many environments": { report: manyReport },
  "long and wide": { report: strangeReport },
  "long and wide, verbose": { report: strangeReport, loudness: { verbose: true } },
};

const NOW = Date.parse("2026-11-24T05:00:00.000Z");
const VM = "proxmox_virtual_environment_vm";

/** An answer that is not believable. */
function suspectReport(): DriftReport {
  const gone = ["web", "db", "mail"].map((name, at) =>
    change({
      address: `module.vm["${name}"].${VM}.this`,
      label: `VM ${101 + at} "${name}" on pve1`,
      action: "create",
      confirmed: false,
      note: "deleted, or hidden from this token",
      attributes: [],
    })
  );
  const types = [{ type: VM, gone: gone.map(({ address }) => address), known: 4 }];
  return report([environment("prod", { changes: gone, error: errorOf(failure("objects-vanished", { types })) })]);
}

function imageReport(): DriftReport {
  return report([environment("prod", {
    changes: [change({
      address: "proxmox_virtual_environment_download_file.debian",
      type: "proxmox_virtual_environment_download_file",
      label: "download file debian-13-generic-amd64.qcow2",
      action: "replace",
      reason: "replace_because_cannot_update",
      note: "The file size from url has changed: the remote file has 349962240 bytes, the state has 349700096",
      attributes: [],
    })],
  })]);
}

async function show(name: string): Promise<void> {
  const { report, loudness } = SCENES[name]!;
  const { view, print } = await openWorld({ color: "auto", verbose: false, quiet: false, ...loudness });
  await print(`--- ${name}\n`);
  const context = { dryRun: false, stateDir: "", log: { debug() {}, info() {}, warn() {}, error() {} } };
  const sink = await consoleSink.create({ view, write: print }, context);
  await sink.deliver(report(), new AbortController().signal);
}

async function showDoctor(folder: string): Promise<void> {
  const cli = parseCli(["doctor", "--config", `${folder}/pve-drift.json`]);
  const world = await openWorld(cli);
  await world.print(`--- doctor in ${folder}\n`);
  // Live progress is drawn as the time allows, which no golden can hold.
  const code = await doctor(cli, { ...world, now: () => NOW, isLive: false });
  await world.print(`(exit code ${code})\n`);
}

if (import.meta.main) {
  const [first, ...rest] = Deno.args;
  if (first === "doctor") { for (const folder of rest) await showDoctor(folder); }
  else for (const name of Deno.args.length > 0 ? Deno.args : Object.keys(SCENES)) await show(name);
}
