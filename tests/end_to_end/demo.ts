/**
 * `deno task demo`: a throwaway estate on terraform's built-in provider, applied, changed on purpose, and checked by the
 * real program as a user runs it; then a recorded plan of the real Proxmox provider. Leaves nothing behind.
 *
 * @module
 */

import { basename, join } from "node:path";
import { childEnvironment } from "../../drift/terraform/command.ts";
import { Estate } from "../support/estate.ts";
import { findProgram, ROOT } from "../support/programs.ts";

const RECORDED = "tests/fixtures/bpg/ram_added.json";
const WIDTH = 80;

/** Ends the demo; what it made is removed all the same. */
class DemoError extends Error {}

const running = new Set<Deno.ChildProcess>();
let stoppedBy: number | undefined;

function guests(webCores: number): Record<string, string> {
  const guest = (name: string, cores: number, memory: number) =>
    `resource "terraform_data" "${name}" {\n  input = { cores = ${cores}, memory = ${memory} }\n}\n`;
  return { "main.tf": `${guest("web", webCores, 2048)}\n${guest("dns", 1, 512)}` };
}

async function demo(): Promise<void> {
  const bin = findProgram("terraform") ?? findProgram("tofu");
  if (!bin) {
    throw new DemoError(
      "Cannot find terraform or tofu on PATH: install Terraform (https://developer.hashicorp.com/terraform/install) or " +
        "OpenTofu (https://opentofu.org/docs/intro/install/), 1.8 or newer, and run the demo again",
    );
  }
  await using estate = await Estate.create({ lab: guests(2), prod: guests(2), staging: guests(2) }, "pve-drift-demo-");
  const log = join(estate.dir, "log"), metrics = join(estate.dir, "pve_drift.prom");
  await Deno.mkdir(log);
  const sinks = ["console", { use: "logfile", dir: log }, { use: "prom", file: metrics }];
  await estate.configure({ sinks, terraform: { bin } });
  // What is set for other work, such as TF_WORKSPACE, has no say here.
  const { TF_CLI_CONFIG_FILE, CHECKPOINT_DISABLE } = estate.env;
  const { env } = childEnvironment(Deno.env.toObject(), {
    TF_CLI_CONFIG_FILE: TF_CLI_CONFIG_FILE!,
    CHECKPOINT_DISABLE: CHECKPOINT_DISABLE!,
  });
  const terraform = (name: string, ...args: string[]) =>
    quietly(bin, [...args, "-no-color"], { cwd: estate.path(name), env });
  const drift = (...args: string[]) => shown(...estate.invocation(...args), { cwd: estate.dir, env });

  title("1. Make an estate of three environments, and apply it");
  say(`In ${estate.dir}, which is removed at the end.`);
  say(`It uses the built-in provider of ${basename(bin)}, so nothing is downloaded.`);
  await Promise.all(["lab", "prod", "staging"].map(async (name) => {
    await terraform(name, "init", "-input=false");
    await terraform(name, "apply", "-input=false", "-auto-approve");
  }));
  say("lab, prod, staging: applied, two resources each.");

  title("2. Let two of them drift");
  await estate.write("staging", guests(4));
  say("staging: somebody wrote cores = 4 for web, and has not applied it.");
  await terraform("prod", "state", "rm", "terraform_data.dns");
  say("prod:    dns is gone from the state, as after restoring an old one.");
  say("lab:     stays as it is.");

  title("3. Check all three");
  command("deno task drift --all");
  const code = await drift("--all");
  if (code !== 2) throw new DemoError(`The check ended with exit code ${code}: it should have found drift, which is 2`);
  gap();
  say("Exit code 2: drift, and nothing failed. Nothing was applied or changed.");

  title("4. What else it wrote: a log for people, metrics for Prometheus");
  const files = await Array.fromAsync(Deno.readDir(log), ({ name }) => name);
  const file = files.find((name) => name.endsWith("-staging.log"));
  if (!file) throw new DemoError("The check wrote no log file for staging");
  command(`cat ${file}`);
  listing((await Deno.readTextFile(join(log, file))).trimEnd().split("\n"));
  const series = (await Deno.readTextFile(metrics)).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const few = series.filter((line) => /^pve_drift_(?:status|resources_changed)\{/.test(line));
  command(`grep -E 'status|resources_changed' pve_drift.prom   # 0 ok, 1 drift, 2 error`);
  listing([...few, `(${series.length - few.length} more series)`]);

  title("5. The same on Proxmox: a RECORDED plan of the real provider");
  say("A plan of bpg/proxmox 0.111.1, recorded earlier: no Proxmox is needed.");
  say("Somebody gave VM 101 more memory in the web interface: 2048 -> 4096.");
  command(`deno task drift replay ${RECORDED} --env proxmox`);
  const replayed = await drift("replay", join(ROOT, RECORDED), "--env", "proxmox");
  if (replayed !== 2) {
    throw new DemoError(`The replay ended with exit code ${replayed}: it should have found drift, which is 2`);
  }
}

/** Runs what only prepares something: its output is of interest only where it fails. */
async function quietly(program: string, args: string[], options: Deno.CommandOptions): Promise<void> {
  const { code, text } = await ended(program, args, { ...options, stdout: "piped", stderr: "piped" });
  if (code !== 0) {
    throw new DemoError(`"${basename(program)} ${args.join(" ")}" ended with exit code ${code}:\n${text.trim()}`);
  }
}

/** Runs what the demo is about, on the same terminal. */
async function shown(program: string, args: string[], options: Deno.CommandOptions): Promise<number> {
  return (await ended(program, args, { ...options, stdout: "inherit", stderr: "inherit" })).code;
}

async function ended(
  program: string,
  args: string[],
  options: Deno.CommandOptions,
): Promise<{ code: number; text: string }> {
  if (stoppedBy !== undefined) throw new DemoError("Stopped");
  const child = new Deno.Command(program, { ...options, args, clearEnv: true, stdin: "null" }).spawn();
  running.add(child);
  try {
    const isPiped = options.stdout === "piped";
    const { code, stdout, stderr } = isPiped
      ? await child.output()
      : { ...await child.status, stdout: undefined, stderr: undefined };
    if (stoppedBy !== undefined) throw new DemoError("Stopped");
    const texts = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, text: texts.join("") };
  } finally {
    running.delete(child);
  }
}

function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}

function painted(text: string, code: number): string {
  return Deno.stdout.isTerminal() && !Deno.noColor ? `\x1b[${code}m${text}\x1b[0m` : text;
}

function title(text: string): void {
  write(`\n${painted(text, 1)}\n`);
}

function say(text: string): void {
  write(`   ${text}\n`);
}

function gap(): void {
  write("\n");
}

function command(text: string): void {
  write(`\n${painted(`$ ${text}`, 36)}\n`);
}

/** Lines of a file, cut where they would not fit. */
function listing(lines: string[]): void {
  const cut = (line: string) => line.length > WIDTH - 2 ? `${line.slice(0, WIDTH - 3)}…` : line;
  write(lines.map((line) => `${painted("│", 2)} ${cut(line)}\n`).join(""));
}

const SIGNALS: [Deno.Signal, number][] = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]];
for (const [signal, code] of SIGNALS) {
  Deno.addSignalListener(signal, () => {
    stoppedBy ??= code;
    // Children end by themselves; what they wrote is removed when they have.
    for (const child of running) {
      try {
        child.kill("SIGTERM");
      } catch { /* has just ended */ }
    }
  });
}

let exitCode = 0;
try {
  write(`${painted("pve-drift: what a check shows", 1)}\n`);
  await demo();
  if (stoppedBy !== undefined) throw new DemoError("Stopped");
  title("Done: the estate is removed");
  say("Now your own: deno task drift --root FOLDER_OF_ENVIRONMENTS --all");
} catch (error) {
  exitCode = stoppedBy ?? 1;
  const said = stoppedBy !== undefined
    ? "Stopped; the estate is removed"
    : error instanceof DemoError
    ? error.message
    : `Cannot go on: ${error}`;
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`\n${said}\n`));
  } catch { /* nobody listens any more */ }
}
Deno.exit(exitCode);
