/**
 * What the command line says, in terminals of three widths and in a pipe, kept under tests/fixtures/terminal to be read by
 * people in a review. Run as a program, it writes the texts anew: `deno run -A tests/record/cli_golden.ts`.
 *
 * @module
 */

import { join } from "node:path";
import { DURATION } from "../support/durations.ts";
import { DRIFT, run } from "../support/programs.ts";
import { runDriftInTerminal } from "../support/pty.ts";
import { type Place, PLACES } from "./terminal_golden.ts";

/** Each command line that is kept: words as a shell takes them, without quotes. */
const LINES: readonly string[] = [
  "",
  "help",
  "help replay",
  "doctor --help",
  "version",
  "-V",
  // What is not known, near and far
  "doctr",
  "help doctr",
  "doctr --help",
  "nope",
  "sinks chek",
  "--evn lab",
  "--nope",
  "-x",
  "--all --root envs --env lab",
  "--root envs --env lba",
  "--root envs --env nope",
  "--dry-run --env drifte",
  "--all --config keys.json",
  "--all --root envs --sink consle",
  "--all --root envs --sink logfile?kep=1d",
  // What is missing, as it was named
  "--all",
  "--all --root nowhere",
  "--all --root envs/lab/main.tf",
  "--all --config nowhere.json",
  "--all --config false.json",
  "--all --config twins.json",
  "--all --config program.json",
  "--all --root live",
  "init --config nowhere.json --root nowhere",
  "--all --root bare",
  "setup --yes --config nowhere.json",
  "--all --root envs --sink file:nowhere.ts",
  // A sink that lacks what it needs
  "--all --root envs --sink telegram",
  "--all --root envs --sink file:",
  // Something else than a plan
  "replay nowhere",
  "replay empty.json",
  "replay envs/lab/main.tf",
  "replay state.json",
  "replay plan.json stream.jsonl plan.json",
  "replay plan.json plan.json",
  // Sinks
  "sinks --sink console --sink logfile?dir=logs",
  "sinks check --sink console --sink logfile?dir=nowhere/logs",
  "sinks test consle --sink console",
  "sinks test prom --sink prom",
  "sinks test console --sink console",
];

/** What lies in the folder that the command lines are given in. */
const FILES: Record<string, string> = {
  "envs/lab/main.tf": 'output "o" {\n  value = 1\n}\n',
  "envs/prod/main.tf": "",
  "live/vms/terragrunt.hcl": "",
  "bare/notes.txt": "",
  "keys.json": '{ "valeus": "hide", "environments": { "lab": { "tiemout": "5m" } }, "sinsk": [] }',
  "false.json": '{ "root": "envs", "environments": { "lab": false, "prod": false } }',
  "twins.json": '{ "root": "envs", "environments": { "lab": {}, "twin": { "dir": "lab" } } }',
  "program.json": '{ "root": "envs", "terraform": { "bin": "/tmp" } }',
  // So that a configuration of this machine has no say.
  "pve-drift.json": "{}",
  "empty.json": "",
  "plan.json": '{"format_version":"1.2"}',
  "stream.jsonl": '{"@level":"info","type":"version","terraform":"1.11.4","ui":"1.2"}',
  "state.json": '{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{}}}',
};

/** How long something took: a slow machine is no other program. */
const TOOK = new RegExp(`(?<=; | in )${DURATION}$`, "gm");

/** How many of them run at a time. */
const AT_A_TIME = 4;

/** All command lines with what each prints and its exit code, as one text. */
export async function spokenIn(place: Place): Promise<string> {
  // Of the same width each time, since lines are wrapped; Deno's own names are not.
  const dir = `/tmp/pve-drift-cli-${crypto.randomUUID()}`;
  try {
    for (const [path, text] of Object.entries(FILES)) {
      await Deno.mkdir(join(dir, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(dir, path), text);
    }
    const told: string[] = [];
    for (let at = 0; at < LINES.length; at += AT_A_TIME) {
      told.push(...await Promise.all(LINES.slice(at, at + AT_A_TIME).map((line) => spoken(line, place, dir))));
    }
    return told.join("\n").replaceAll(dir, "/tmp/folder".padEnd(dir.length, "-"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function spoken(line: string, place: Place, dir: string): Promise<string> {
  const args = line.split(" ").filter((word) => word !== "");
  // A state directory of its own: one run waits for another.
  const state = join(dir, "state", encodeURIComponent(line));
  const env = { HOME: dir, STATE_DIRECTORY: state, XDG_CONFIG_HOME: "", TELEGRAM_CHAT_ID: "", NO_COLOR: "1" };
  const { code, text } = place === "pipe"
    ? await piped(args, { cwd: dir, env })
    : await runDriftInTerminal(args, { columns: place, cwd: dir, env });
  const shown = text.replace(TOOK, "0s").replace(/(?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC/g, "10:42 UTC");
  return `$ ${["pve-drift", ...args].join(" ")}\n${shown}[exit code ${code}]\n`;
}

async function piped(args: string[], options: { cwd: string; env: Record<string, string> }) {
  const { code, stdout, stderr } = await run(Deno.execPath(), [...DRIFT, ...args], options);
  return { code, text: `${stdout}${stderr}` };
}

/** Where what is said there is kept. */
export function cliGoldenUrl(place: Place): URL {
  return new URL(`../fixtures/terminal/cli_${place}.txt`, import.meta.url);
}

if (import.meta.main) {
  for (const place of PLACES) await Deno.writeTextFile(cliGoldenUrl(place), await spokenIn(place));
}
