/**
 * A setting for tests of sinks: fixtures in a folder of the test, a host, and a check that no process is left running.
 *
 * @module
 */

import { join } from "node:path";
import { parseUse } from "../../drift/config/sink_entries.ts";
import { openSinks } from "../../drift/run/dispatch.ts";
import type { SinkEntry, SinkHost } from "../../sinks/load.ts";
import { ROOT } from "./programs.ts";
import { processesOf } from "./processes.ts";

/** Seconds that the processes sleep which bad sinks leave behind: a number by which to find them. */
export const LEFT_SECONDS = String(1_000_000 + crypto.getRandomValues(new Uint32Array(1))[0]!);

/** What {@linkcode withSinks} gives a test. */
export interface SinkTest {
  /**
   * Folder that holds a copy of every sink of tests/fixtures/sinks; its path is in the command line of whatever runs
   * from it.
   */
  dir: string;
  /** Folder of the state; does not exist yet. */
  stateDir: string;
  /** What the sinks said to the operator, as `NAME LEVEL: MESSAGE`; the paths of {@linkcode dir} left out. */
  said: string[];
  /** What the console sink wrote. */
  printed: string[];
  /** What sinks are opened with. */
  host: Omit<SinkHost, "openMs">;
  /** An entry for a fixture or a built-in sink. */
  entry(use: string, rest?: Partial<SinkEntry>): SinkEntry;
  /** Opens entries. */
  open(...entries: SinkEntry[]): ReturnType<typeof openSinks>;
  /** The paths of {@linkcode dir} left out of a text. */
  short(text: string): string;
}

/** Runs a test with a fresh copy of the fixtures, and sees that no process of theirs is left. */
export async function withSinks(test: (sinks: SinkTest) => Promise<void>, host: Partial<SinkHost> = {}): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "sinks-" });
  const stateDir = join(dir, "state");
  const said: string[] = [];
  const printed: string[] = [];
  const short = (text: string) => text.replaceAll(`${dir}/`, "");
  const log = (name: string) => {
    const at = (level: string) => (message: string) => void said.push(short(`${name} ${level}: ${message}`));
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  };
  const whole = {
    stateDir,
    dryRun: false,
    log,
    uid: Deno.uid()!,
    env: { ...ownEnv("PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"), SECRET: "hidden", TOPIC: "drift" },
    view: { color: false, columns: 80, detail: "normal", journal: false } as const,
    write: (text: string) => void printed.push(text),
    program: { execPath: Deno.execPath(), standalone: false, mainModule: Deno.mainModule },
    ...host,
  };
  const entry = (use: string, rest: Partial<SinkEntry> = {}): SinkEntry => ({
    use: parseUse(use, dir)!,
    options: {},
    allow: [],
    env: [],
    from: "configuration",
    dir,
    ...rest,
  });
  try {
    for (const name of await namesIn(join(ROOT, "tests/fixtures/sinks"))) {
      const text = await Deno.readTextFile(join(ROOT, "tests/fixtures/sinks", name));
      const mode = name.endsWith(".sh") ? 0o755 : 0o644;
      await Deno.writeTextFile(join(dir, name), text.replaceAll("LEFT_SECONDS", LEFT_SECONDS), { mode });
    }
    const open = (...entries: SinkEntry[]) => openSinks(entries, whole);
    await test({ dir, stateDir, said, printed, host: whole, entry, open, short });
    const left = [...await processesOf(dir), ...await processesOf(`sleep ${LEFT_SECONDS}`)];
    if (left.length > 0) {
      throw new Error(`Processes of sinks are left: ${left.map(({ command }) => command).join("; ")}`);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Names of what a folder holds, sorted. */
export async function namesIn(dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  return names.sort();
}

function ownEnv(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
