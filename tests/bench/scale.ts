/**
 * Estates of many environments whose terraform replays recorded plans: the program and its sinks are the real ones, and
 * what a run costs is theirs, not a provider's.
 *
 * @module
 */

import { join } from "node:path";
import type { DriftReport } from "../../drift/report.ts";
import { type Ended, Estate } from "../support/estate.ts";
import { ROOT, run } from "../support/programs.ts";

/** How many of twenty environments replay each recording of the program's dry run. */
const MIX = { clean: 16, drifted: 3, failing: 1 } as const;

/** What a run took. */
export interface Cost extends Ended {
  /** From start to end. */
  ms: number;
  /** The largest resident memory of the program itself, in MB of 1,000,000 bytes. */
  peakMb: number;
}

/** An estate of recorded environments. */
export interface ScaleEstate {
  /** The estate, which is the caller's to dispose of. */
  estate: Estate;
  /** Names of all environments, sorted. */
  names: string[];
  /** How many of them are `ok`, `drift` and `error`. */
  expected: { ok: number; drift: number; error: number };
}

/** Makes an estate of `count` environments; its terraform answers at once. */
export async function makeScaleEstate(count: number): Promise<ScaleEstate> {
  const cycle = Object.entries(MIX).flatMap(([kind, times]) => Array<string>(times).fill(kind));
  const kinds = Array.from({ length: count }, (_, at) => cycle[(at * 7) % cycle.length]!);
  const names = kinds.map((_, at) => `env-${String(at).padStart(4, "0")}`);
  const estate = await Estate.create(
    Object.fromEntries(names.map((name, at) => [name, { "main.tf": `# ${kinds[at]}\n` }])),
    "pve-drift-scale-",
  );
  const recorded = join(estate.dir, "recorded");
  await Deno.mkdir(recorded);
  for (const kind of Object.keys(MIX)) {
    const { exitCode, stream, show } = JSON.parse(
      await Deno.readTextFile(join(ROOT, "drift/run/recorded", `${kind}.json`)),
    ) as { exitCode: number; stream: string; show: unknown };
    await Deno.writeTextFile(join(recorded, `${kind}.code`), `${exitCode}\n`);
    await Deno.writeTextFile(join(recorded, `${kind}.stream`), stream);
    await Deno.writeTextFile(join(recorded, `${kind}.plan`), JSON.stringify(show));
  }
  const bin = join(estate.dir, "recorded-terraform");
  await Deno.writeTextFile(
    bin,
    `#!/bin/sh
read -r _ kind <main.tf
case $1 in
plan)
  for word; do case $word in -out=*) cp '${recorded}/'"$kind.plan" "\${word#-out=}" ;; esac; done
  cat '${recorded}/'"$kind.stream"
  read -r code <'${recorded}/'"$kind.code"
  exit "$code"
  ;;
show) exec cat "$3" ;;
esac
`,
    { mode: 0o755 },
  );
  const of = (kind: string) => kinds.filter((one) => one === kind).length;
  estate.bin = bin;
  return { estate, names, expected: { ok: of("clean"), drift: of("drifted"), error: of("failing") } };
}

/**
 * Configures a host of such an estate, with the sinks that a run has without configuration at places of its own, and more.
 *
 * @param host Names its folder: state, log files, metrics.
 * @returns The path of its configuration.
 */
export async function configureHost({ estate }: ScaleEstate, host: string, sinks: unknown[] = []): Promise<string> {
  const dir = join(estate.dir, host);
  await Deno.mkdir(join(dir, "log"), { recursive: true });
  const file = join(dir, "pve-drift.json");
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      root: estate.root,
      stateDir: join(dir, "state"),
      terraform: { bin: estate.bin },
      sinks: [
        "console",
        { use: "logfile", dir: join(dir, "log") },
        { use: "prom", file: join(dir, "x.prom") },
        ...sinks,
      ],
    }),
  );
  return file;
}

/** Runs the program on such an estate and watches what it takes. */
export async function measured(
  { estate }: ScaleEstate,
  args: string[],
  env: Record<string, string> = {},
): Promise<Cost> {
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: estate.command(...args),
    cwd: estate.dir,
    env: { ...estate.env, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // A program of its own: tests may not read there.
  const watch = 'while grep VmHWM "/proc/$0/status" 2>/dev/null; do sleep 0.05; done';
  const watched = run("/bin/sh", ["-c", watch, String(child.pid)]);
  const { code, stdout, stderr } = await child.output();
  const ms = performance.now() - began;
  const [, kib = "0"] = /(\d+) kB\n$/.exec((await watched).stdout) ?? [];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr), ms, peakMb: Number(kib) * 1024 / 1e6 };
}

/** The report that a run with `--json` printed. */
export function reportOf({ stdout, stderr, code }: Ended): DriftReport {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`No report on stdout, exit code ${code}:\n${stdout}\n${stderr}`);
  }
}
