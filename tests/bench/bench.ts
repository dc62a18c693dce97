/**
 * `deno task bench`: what the program costs beside plain terraform, and where its own targets are. Says on what it ran;
 * on a busy machine the ratios still hold, since what is compared takes turns, but not the times.
 *
 *     deno task bench                          some minutes on a machine that does nothing else
 *     deno task bench --quick real sinks       three turns instead of ten; only some parts (their names stand at the end)
 *
 * @module
 */

import { join } from "node:path";
import { RUN_BUNDLE } from "../../packaging/permissions.ts";
import { Estate } from "../support/estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { DRIFT, ROOT, run } from "../support/programs.ts";
import { measuring } from "./inside.ts";

const PAIRS = Deno.args.includes("--quick") ? 3 : 10;
/**
 * Objects of an environment: so few that its plan is over in a seventh of a second, which shows what our start costs at
 * most; and so many that it costs what that of five VMs does through the Proxmox provider (`deno task bench:lab`), which is
 * what the target is for.
 */
const SMALL = 25, REAL = 100;
/** Objects a file. */
const FILE = 25;
const CORES = navigator.hardwareConcurrency;
let missed = 0;
// The command that runs ends by itself then; what is in temporary folders is removed.
let stopped = false;
Deno.addSignalListener("SIGINT", () => stopped = true);

/** What terraform calls deprecated, in every plan, as the Proxmox provider does its own long names. Once in a file: each takes it long. */
const DEPRECATED = '\n  lifecycle { ignore_changes = ["triggers_replace"] }';

/** Code of one environment, as much as a small Proxmox estate has: each object with what a VM's attributes weigh. */
function code(objects: number, { memory = 2048, more = "" } = {}): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 0; at < objects; at += FILE) {
    files[`vms_${String(at / FILE).padStart(2, "0")}.tf`] = Array.from(
      { length: Math.min(FILE, objects - at) },
      (_, n) =>
        `resource "terraform_data" "vm_${at + n}" {
  input = {
    name = "vm-${at + n}", node_name = "pve${n % 3}", vm_id = ${100 + at + n}, tags = ["prod", "web"], started = true
    cpu    = { cores = 2, sockets = 1, type = "x86-64-v2-AES" }
    memory = { dedicated = ${memory}, floating = 0 }
    disk   = [{ datastore_id = "local-zfs", interface = "scsi0", size = 32, discard = "on" }]
    network_device = [{ bridge = "vmbr0", vlan_id = 20, model = "virtio" }]
  }${n === 0 ? more : ""}
}
`,
    ).join("\n");
  }
  return files;
}

/** What a command took, in milliseconds: by the clock, and of the processors, its children included. */
interface Took {
  wall: number;
  cpu: number;
}

/** Runs a command, its output thrown away. */
async function timed(command: string, args: string[], options: Deno.CommandOptions = {}): Promise<Took> {
  const counting = '"$@" >/dev/null; code=$?; times; exit $code';
  const began = performance.now();
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    ...options,
    args: ["-c", counting, "sh", command, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const wall = performance.now() - began;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code !== 0 || stopped) throw new Error(`"${command} ${args.join(" ")}" ended with ${code}: ${text(stderr)}`);
  const [, children] = text(stdout).trim().split("\n");
  const times = [...children!.matchAll(/(\d+)m([\d.]+)s/g)];
  return {
    wall,
    cpu: times.reduce((sum, [, minutes, seconds]) => sum + 60e3 * Number(minutes) + 1e3 * Number(seconds), 0),
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** One line: what, how much, and the target where there is one. */
function line(what: string, value: string, target?: { isMet: boolean; text: string }): void {
  if (target && !target.isMet) missed++;
  const verdict = target ? `${target.isMet ? "met   " : "MISSED"} ${target.text}` : "";
  say(`  ${what.padEnd(46)}${value.padStart(30)}  ${verdict}`.trimEnd());
}

function atMost(value: number, most: number, unit = "x"): { isMet: boolean; text: string } {
  return { isMet: value <= most, text: `(at most ${most} ${unit})` };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(3)} s`;
const ratio = (value: number) => `${value.toFixed(3)} x`;

/** Our run, plain terraform at the same concurrency, and a sequential loop, in turns. */
async function environments(
  count: number,
  objects: number,
  sequential: boolean,
  targets: { plain?: number; loop?: number },
  { more = "", warned = "" } = {},
) {
  const names = Array.from({ length: count }, (_, at) => `env-${String(at).padStart(2, "0")}`);
  await using estate = await Estate.create(Object.fromEntries(names.map((name) => [name, code(objects, { more })])));
  for (let at = 0; at < count; at += CORES) await estate.apply(...names.slice(at, at + CORES));
  const log = join(estate.dir, "log");
  await Deno.mkdir(log);
  // The sinks that a run has without configuration, at places of their own.
  await estate.configure({
    sinks: ["console", { use: "logfile", dir: log }, { use: "prom", file: join(estate.dir, "x.prom") }],
  });
  const env = { PATH: Deno.env.get("PATH")!, HOME: Deno.env.get("HOME") ?? estate.dir, ...estate.env };
  const options = { cwd: estate.root, env, clearEnv: true };
  const concurrency = Math.max(1, Math.min(count, Math.max(2, CORES)));
  const plan =
    `terraform plan -input=false -json -detailed-exitcode -lock=false -parallelism=10 -out=plan.bin >plan.stdout`;
  const ours = () => timed(Deno.execPath(), estate.command("--all"), { ...options, cwd: estate.dir });
  const plain = () =>
    timed("sh", [
      "-c",
      `printf '%s\\n' ${names.join(" ")} | xargs -P ${concurrency} -I NAME sh -c 'cd NAME && ${plan}'`,
    ], options);
  const loop = () =>
    timed("sh", [
      "-ec",
      `for name in ${
        names.join(" ")
      }; do cd $name; terraform init -input=false; terraform plan -input=false -detailed-exitcode; cd ..; done`,
    ], options);

  await ours(); // initializes
  await plain();
  const turns: { ours: Took; plain: Took; loop?: Took }[] = [];
  for (let turn = 0; turn < PAIRS; turn++) {
    if (turn % 2) turns.push({ plain: await plain(), ours: await ours() });
    else turns.push({ ours: await ours(), plain: await plain() });
    if (sequential) turns.at(-1)!.loop = await loop();
  }
  const title = `${count} clean environment${count === 1 ? "" : "s"}, ${objects} objects each${warned}`;
  say(`\n${title}, ${concurrency} at a time, median of ${PAIRS} turns`);
  const told = (took: Took[]) =>
    `${seconds(median(took.map(({ wall }) => wall)))}, processors ${seconds(median(took.map(({ cpu }) => cpu)))}`;
  line("ours", told(turns.map((turn) => turn.ours)));
  line("plain terraform plan, same concurrency", told(turns.map((turn) => turn.plain)));
  const beside = median(turns.map(({ ours, plain }) => ours.wall / plain.wall));
  line("ours / plain", ratio(beside), targets.plain === undefined ? undefined : atMost(beside, targets.plain));
  line("ours / plain, of the processors", ratio(median(turns.map(({ ours, plain }) => ours.cpu / plain.cpu))));
  if (!sequential) return;
  line("terraform init + plan, one after the other", told(turns.map((turn) => turn.loop!)));
  const inTurn = median(turns.map(({ ours, loop }) => ours.wall / loop!.wall));
  line(
    "ours / one after the other",
    ratio(inTurn),
    targets.loop === undefined ? undefined : atMost(inTurn, targets.loop),
  );
}

/** What a process of its own measured. */
async function child(...args: string[]): Promise<Record<string, number>> {
  return await measuring("child.ts", args);
}

/** A plan of ten times the objects of a real one: terraform itself would take minutes. */
async function largePlan(file: string): Promise<void> {
  await using estate = await Estate.create({ large: code(1000) });
  await estate.apply("large");
  await estate.write("large", code(1000, { memory: 4096 }));
  await estate.terraform("large", "plan", "-input=false", "-lock=false", "-out=plan.bin");
  const plan = JSON.parse(await estate.terraform("large", "show", "-json", "plan.bin"));
  const renamed = (object: unknown, copy: number) =>
    JSON.parse(JSON.stringify(object).replace(/\bvm_\d+/g, `$&_${copy}`));
  const tenfold = (list: unknown[]) =>
    Array.from({ length: 10 }, (_, copy) => list.map((one) => renamed(one, copy))).flat();
  plan.resource_changes = tenfold(plan.resource_changes);
  plan.planned_values.root_module.resources = tenfold(plan.planned_values.root_module.resources);
  plan.prior_state.values.root_module.resources = tenfold(plan.prior_state.values.root_module.resources);
  plan.configuration.root_module.resources = tenfold(plan.configuration.root_module.resources);
  await Deno.writeTextFile(file, JSON.stringify(plan));
}

async function inFolder(measure: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "pve-drift-bench-" });
  try {
    await measure(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function normalizing(dir: string): Promise<void> {
  const file = join(dir, "plan.json");
  await largePlan(file);
  const turns = [];
  for (let turn = 0; turn < PAIRS; turn++) {
    turns.push({ parse: await child("parse", file), ours: await child("normalize", file) });
  }
  const { size } = await Deno.stat(file);
  say(
    `\nA plan of ${turns[0]!.ours.changes} changed objects, ${
      (size / 1e6).toFixed(1)
    } MB, each time in a new process, median of ${PAIRS} turns`,
  );
  line("JSON.parse", seconds(median(turns.map(({ parse }) => parse.ms!))));
  line("read, parsed, normalized and judged", seconds(median(turns.map(({ ours }) => ours.ms!))));
  const beside = median(turns.map(({ parse, ours }) => ours.ms! / parse.ms!));
  line("ours / JSON.parse", ratio(beside), atMost(beside, 2));
  const peak = Math.max(...turns.map(({ ours }) => ours.peakMb!));
  line("largest peak memory", `${peak.toFixed(0)} MB`, atMost(peak, 250, "MB"));
}

async function sinks(dir: string): Promise<void> {
  await using fake = startFakeTelegram({ token: FAKE_TOKEN });
  say(`\nA report of 12 environments and 100 changes, from report to the last sink's end, median of ${PAIRS} turns`);
  for (
    const [what, ...more] of [["console, logfile, prom"], ["the same and telegram, an imitation here", fake.url]] as [
      string,
      ...string[],
    ][]
  ) {
    const times: number[] = [];
    for (let turn = 0; turn < PAIRS; turn++) {
      const folder = await Deno.makeTempDir({ dir });
      const result = await child("sinks", folder, ...more) as unknown as {
        ms: number;
        outcomes: { delivered: boolean }[];
      };
      if (!result.outcomes.every(({ delivered }) => delivered)) {
        throw new Error(`Not delivered: ${JSON.stringify(result.outcomes)}`);
      }
      times.push(result.ms);
    }
    line(what, `${median(times).toFixed(1)} ms`, atMost(median(times), 50, "ms"));
  }
}

/** Emptiest Deno program, `--help` and the first child of a check, from source and as one file, in turns. */
async function starting(dir: string): Promise<void> {
  await using estate = await Estate.create({ a: code(1), b: code(1), c: code(1) });
  const empty = join(dir, "empty.js"), bundle = join(dir, "pve-drift.js"), started = join(dir, "started");
  await Deno.writeTextFile(empty, "");
  await run(Deno.execPath(), ["run", "-q", "-A", join(ROOT, "packaging/bundle.ts"), "--output", bundle]);
  // It stands for terraform: what is measured is when it starts.
  const bin = join(dir, "terraform");
  const script = `#!/bin/sh\n[ -e '${started}' ] || date +%s%N >'${started}'\nexit 1\n`;
  await Deno.writeTextFile(bin, script, { mode: 0o755 });
  await estate.configure({ terraform: { bin } });
  const { env } = estate;
  const check = estate.command("--all").slice(DRIFT.length);
  const programs = { "from source": DRIFT, "as one file": [...RUN_BUNDLE, bundle] };
  const firstChild = async (program: readonly string[]) => {
    await Deno.remove(started).catch(() => {});
    const began = Date.now();
    await run(Deno.execPath(), [...program, ...check], { cwd: estate.dir, env });
    return Number(await Deno.readTextFile(started)) / 1e6 - began;
  };
  const alone = async () => (await timed(Deno.execPath(), ["run", "-q", "--no-config", empty])).wall;
  say(`\nStarting, median of ${PAIRS} turns`);
  for (const [what, program] of Object.entries(programs)) {
    await firstChild(program); // fills Deno's caches
    const turns: Record<"alone" | "help" | "first", number>[] = [];
    for (let turn = 0; turn < PAIRS; turn++) {
      const help = await timed(Deno.execPath(), [...program, "--help"], { cwd: dir });
      turns.push({ alone: await alone(), help: help.wall, first: await firstChild(program) });
    }
    const ms = (of: keyof typeof turns[0]) => `${median(turns.map((turn) => turn[of])).toFixed(0)} ms`;
    const beside = (of: keyof typeof turns[0]) => median(turns.map((turn) => turn[of] / turn.alone));
    line(`the emptiest Deno program`, ms("alone"));
    line(`--help, ${what}`, `${ms("help")}, ${ratio(beside("help"))}`, atMost(beside("help"), 2));
    line(`first child of a check, ${what}`, `${ms("first")}, ${ratio(beside("first"))}`, atMost(beside("first"), 3));
  }
  const steps: Record<string, number[]> = {};
  for (let turn = 0; turn < PAIRS; turn++) {
    const took = await measuring("steps.ts", check, estate.dir);
    for (const [step, ms] of Object.entries(took)) (steps[step] ??= []).push(ms);
  }
  say("  Where that goes from source, as the check takes these steps:");
  for (const [step, times] of Object.entries(steps)) line(`  ${step}`, `${median(times).toFixed(1)} ms`);
}

const { stdout } = await run("terraform", ["version", "-json"], {
  env: { TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" },
});
const [load] = Deno.loadavg();
say(
  `terraform ${JSON.parse(stdout).terraform_version}, Deno ${Deno.version.deno}, ${CORES} cores, load ${
    load!.toFixed(1)
  }${load! > 0.5 ? " (the machine is busy: take times with care)" : ""}`,
);
say(
  `Environments: terraform_data objects of terraform's built-in provider, each with the attributes of a small VM, local state, nothing to change.`,
);
say("Ours has the sinks console, logfile and prom, and is initialized, as is plain terraform.");
const parts: Record<string, () => Promise<void>> = {
  start: () => inFolder(starting),
  tiny: () => environments(3, 1, true, { loop: 1 }),
  three: () => environments(3, SMALL, true, { plain: 1.15 }),
  twelve: () => environments(12, SMALL, true, { plain: 1.05, loop: 0.75 }),
  real: () => environments(12, REAL, true, { plain: 1.10, loop: 0.75 }),
  large: () => environments(1, 1000, false, { plain: 1.03 }),
  deprecated: () => environments(1, 1000, false, { plain: 1.03 }, { more: DEPRECATED, warned: ", some deprecated" }),
  plan: () => inFolder(normalizing),
  sinks: () => inFolder(sinks),
};
const asked = Deno.args.filter((arg) => !arg.startsWith("-"));
for (const [name, part] of Object.entries(parts)) if (asked.length === 0 || asked.includes(name)) await part();
say(missed === 0 ? "\nEvery target is met" : `\n${missed} target(s) missed`);
Deno.exit(missed === 0 ? 0 : 1);
