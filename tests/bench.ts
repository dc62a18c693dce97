/**
 * `deno task bench`: what the program costs beside plain terraform, and where its own targets are. Says on what it ran;
 * on a busy machine the ratios still hold, since what is compared takes turns, but not the times.
 *
 *     deno task bench [--quick]      three turns instead of ten
 *
 * @module
 */

import { join } from "node:path";
import { Estate } from "./estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "./fake_telegram.ts";
import { ROOT, run } from "./programs.ts";

const PAIRS = Deno.args.includes("--quick") ? 3 : 10;
const VMS = 25;
const CORES = navigator.hardwareConcurrency;
let missed = 0;

/** Code of one environment, as much as a small Proxmox estate has: each object with what a VM's attributes weigh. */
function code(objects: number, memory = 2048): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 0; at < objects; at += VMS) {
    files[`vms_${String(at / VMS).padStart(2, "0")}.tf`] = Array.from(
      { length: Math.min(VMS, objects - at) },
      (_, n) =>
        `resource "terraform_data" "vm_${at + n}" {
  input = {
    name = "vm-${at + n}", node_name = "pve${n % 3}", vm_id = ${100 + at + n}, tags = ["prod", "web"], started = true
    cpu    = { cores = 2, sockets = 1, type = "x86-64-v2-AES" }
    memory = { dedicated = ${memory}, floating = 0 }
    disk   = [{ datastore_id = "local-zfs", interface = "scsi0", size = 32, discard = "on" }]
    network_device = [{ bridge = "vmbr0", vlan_id = 20, model = "virtio" }]
  }
}
`,
    ).join("\n");
  }
  return files;
}

/** Runs a command, its output thrown away; milliseconds from start to end. */
async function timed(command: string, args: string[], options: Deno.CommandOptions, codes = [0]): Promise<number> {
  const began = performance.now();
  const { code, stderr } = await new Deno.Command(command, {
    ...options,
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const ms = performance.now() - began;
  if (!codes.includes(code)) {
    throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  return ms;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** One line: what, how much, and the target where there is one. */
function line(what: string, value: string, target?: { isMet: boolean; text: string }): void {
  if (target && !target.isMet) missed++;
  const verdict = target ? `${target.isMet ? "met   " : "MISSED"} ${target.text}` : "";
  say(`  ${what.padEnd(46)}${value.padStart(18)}  ${verdict}`.trimEnd());
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
) {
  const names = Array.from({ length: count }, (_, at) => `env-${String(at).padStart(2, "0")}`);
  await using estate = await Estate.create(Object.fromEntries(names.map((name) => [name, code(objects)])));
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

  await ours(); // initialises
  await plain();
  const turns: { ours: number; plain: number; loop: number }[] = [];
  for (let turn = 0; turn < PAIRS; turn++) {
    const times = { ours: 0, plain: 0, loop: 0 };
    const measures = { ours, plain, ...sequential ? { loop } : {} };
    const order = Object.entries(measures);
    for (const [name, measure] of turn % 2 ? order.reverse() : order) {
      times[name as keyof typeof times] = await measure();
    }
    turns.push(times);
  }
  const title = `${count} clean environment${count === 1 ? "" : "s"}, ${objects} objects each`;
  say(`\n${title}, ${concurrency} at a time, median of ${PAIRS} turns`);
  line("ours", seconds(median(turns.map((turn) => turn.ours))));
  line("plain terraform plan, same concurrency", seconds(median(turns.map((turn) => turn.plain))));
  const beside = median(turns.map((turn) => turn.ours / turn.plain));
  line("ours / plain", ratio(beside), targets.plain === undefined ? undefined : atMost(beside, targets.plain));
  if (!sequential) return;
  line("terraform init + plan, one after the other", seconds(median(turns.map((turn) => turn.loop))));
  const inTurn = median(turns.map((turn) => turn.ours / turn.loop));
  line(
    "ours / one after the other",
    ratio(inTurn),
    targets.loop === undefined ? undefined : atMost(inTurn, targets.loop),
  );
}

/** What a process of its own measured. */
async function child(...args: string[]): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await run(Deno.execPath(), [
    "run",
    "-q",
    "-A",
    "--no-prompt",
    join(ROOT, "tests/bench_child.ts"),
    ...args,
  ]);
  if (code !== 0) throw new Error(`bench_child.ts ${args.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** A plan of ten times the objects of a real one: terraform itself would take minutes. */
async function largePlan(file: string): Promise<void> {
  await using estate = await Estate.create({ large: code(1000) });
  await estate.apply("large");
  await estate.write("large", code(1000, 4096));
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

async function normalising(dir: string): Promise<void> {
  const file = join(dir, "plan.json");
  await largePlan(file);
  const turns = [];
  for (let turn = 0; turn < PAIRS; turn++) {
    turns.push({ parse: await child("parse", file), ours: await child("normalise", file) });
  }
  const { size } = await Deno.stat(file);
  say(
    `\nA plan of ${turns[0]!.ours.changes} changed objects, ${
      (size / 1e6).toFixed(1)
    } MB, each time in a new process, median of ${PAIRS} turns`,
  );
  line("JSON.parse", seconds(median(turns.map(({ parse }) => parse.ms!))));
  line("read, parsed, normalised and judged", seconds(median(turns.map(({ ours }) => ours.ms!))));
  const beside = median(turns.map(({ parse, ours }) => ours.ms! / parse.ms!));
  line("ours / JSON.parse", ratio(beside), atMost(beside, 3));
  const peak = Math.max(...turns.map(({ ours }) => ours.peakMb!));
  line("largest peak memory", `${peak.toFixed(0)} MB`, atMost(peak, 400, "MB"));
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

async function starting(): Promise<void> {
  const program = [
    "run",
    "-q",
    `--config=${join(ROOT, "deno.json")}`,
    "-P=drift",
    "--no-prompt",
    join(ROOT, "drift/check-drift.ts"),
  ];
  const help: number[] = [], deno: number[] = [];
  for (let turn = 0; turn < 2 * PAIRS; turn++) {
    deno.push(await timed(Deno.execPath(), ["eval", "-q", "0"], {}));
    help.push(await timed(Deno.execPath(), [...program, "--help"], {}));
  }
  say(`\nStarting, median of ${2 * PAIRS} turns`);
  line("deno alone", seconds(median(deno)));
  line("--help", seconds(median(help)), atMost(median(help), 150, "ms"));
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
say("Ours has the sinks console, logfile and prom, and is initialised, as is plain terraform.");
await starting();
await environments(3, VMS, true, {});
await environments(12, VMS, true, { plain: 1.10, loop: 0.75 });
await environments(1, 1000, false, { plain: 1.05 });
const dir = await Deno.makeTempDir({ prefix: "pve-drift-bench-" });
try {
  await normalising(dir);
  await sinks(dir);
} finally {
  await Deno.remove(dir, { recursive: true });
}
say(missed === 0 ? "\nEvery target is met" : `\n${missed} target(s) missed`);
Deno.exit(missed === 0 ? 0 : 1);
