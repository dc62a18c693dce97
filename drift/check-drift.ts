/**
 * pve-drift: tells what differs between Terraform code and a running Proxmox VE, and never changes anything.
 *
 * The entrypoint: parse, load, run, dispatch, exit. Clock, environment, file system and signals come in here and are
 * handed down; what a run does not need is not loaded.
 *
 * @module
 */

import { fstatSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import project from "../deno.json" with { type: "json" };
import { messageOf } from "../lib/message_of.ts";
import type { Log } from "../lib/log.ts";
import type { Holder } from "../lib/run_lock.ts";
import { defaultSinks, type SinkHost } from "../sinks/load.ts";
import type { CliOptions } from "./cli/parse.ts";
import type { Config, Host } from "./config/load.ts";
import type { OpenSink } from "./run/dispatch.ts";
import type { DriftReport } from "./report.ts";
import { UsageError } from "./usage_error.ts";

/** Exit code of a wrong command line or configuration. */
const USAGE = 64;

/** What of the process a run depends on. */
interface World extends Host {
  log: Log;
  /** stderr is a terminal: progress is shown live. */
  isLive: boolean;
  view: SinkHost["view"];
}

async function main(args: string[]): Promise<number> {
  let world: World | undefined;
  try {
    const { parseCli } = await import("./cli/parse.ts");
    const cli = parseCli(args);
    if (cli.help) return await print((await import("./cli/help.ts")).usage());
    if (cli.version) return await print(`pve-drift ${project.version}\n`);
    if (cli.command === "completion") {
      return await print((await import("./cli/completion.ts")).completion(cli.words[0]!));
    }
    world = openWorld(cli);
    const { loadConfig } = await import("./config/load.ts");
    return await runCommand(cli, await loadConfig(cli, world), world);
  } catch (error) {
    const message = error instanceof UsageError ? error.message : `Cannot go on: ${messageOf(error)}`;
    (world ?? openWorld({ color: "auto", verbose: false, quiet: false, command: "check" })).log.error(message);
    return error instanceof UsageError ? USAGE : 1;
  } finally {
    await lastLog;
  }
}

async function runCommand(cli: CliOptions, config: Config, world: World): Promise<number> {
  switch (cli.command) {
    case "__environments":
      return await print(config.environments.map((environment) => `${environment.name}\n`).join(""));
    case "doctor":
      return await lookAround(cli, config, world);
    case "sinks":
      return await (await import("./commands/sinks.ts")).sinksCommand(cli, config, sinkHost(cli, config, world), print);
    case "replay":
      return await replay(cli, config, world);
    default:
      return cli.dryRun ? await dryRun(cli, config, world) : await check(cli, config, world);
  }
}

/** The check of real environments. */
async function check(cli: CliOptions, config: Config, world: World): Promise<number> {
  const [{ selectEnvironments }, { dispatch, openSinks }, { runChecks }, { acquireRunLock }] = await Promise.all([
    import("./config/environments.ts"),
    import("./run/dispatch.ts"),
    import("./run/run.ts"),
    import("../lib/run_lock.ts"),
  ]);
  const asked = selectEnvironments(config, cli);
  const signals = listen();
  await Deno.mkdir(config.stateDir, { recursive: true, mode: 0o700 }).catch((error) => {
    throw new Error(
      `Cannot make the state directory "${config.stateDir}": ${
        messageOf(error)
      }. Name another with "stateDir" of the configuration`,
    );
  });
  const lock = await acquireRunLock(join(config.stateDir, "lock"), {
    waitMs: config.runTimeoutMs,
    holder: ourselves(),
    signal: signals.interrupt,
    onWait: (holder) =>
      world.log.info(
        `Another run is under way: ${
          holder
            ? `process ${holder.pid}, since ${holder.startedAt} (${holder.what})`
            : "who, its lock file does not say"
        }. Waiting for it`,
      ),
  }).catch((error) => {
    if (signals.interrupt.aborted) return undefined;
    throw error;
  });
  if (!lock) return signals.exitCode(1);
  try {
    const sinks = await openSinks(config.sinks, sinkHost(cli, config, world));
    const progress = await openProgress(cli, world);
    const report = await runChecks(config, asked, { ...runDeps(world, signals), progress });
    return signals.exitCode(await deliver(report, sinks, cli, config, world, dispatch, signals.giveUp()));
  } finally {
    lock.release();
    signals.close();
  }
}

/** The command `doctor`. */
async function lookAround(cli: CliOptions, config: Config, world: World): Promise<number> {
  if (cli.dryRun) throw new UsageError('Command "doctor" has no "--dry-run": it sends and remembers nothing as it is');
  const [{ selectEnvironments }, { doctor }] = await Promise.all([
    import("./config/environments.ts"),
    import("./commands/doctor.ts"),
  ]);
  const asked = selectEnvironments(config, cli);
  const signals = listen();
  try {
    return signals.exitCode(
      await doctor(config, asked, {
        run: runDeps(world, signals),
        // Its own lines say how each environment fared: besides only what will be erased again.
        openProgress: () => openProgress({ ...cli, quiet: cli.quiet || !world.isLive }, world),
        sinks: sinkHost(cli, config, world),
        holder: ourselves(),
        print,
      }),
    );
  } finally {
    signals.close();
  }
}

function runDeps(world: World, signals: ReturnType<typeof listen>) {
  const { interrupt, kill } = signals;
  return { inherited: world.env, host: hostname(), toolVersion: project.version, now: Date.now, interrupt, kill };
}

/** What the run lock says of us. */
function ourselves(): Holder {
  const what = `pve-drift ${Deno.args.join(" ")}`;
  return { pid: Deno.pid, host: hostname(), startedAt: new Date().toISOString(), what };
}

/** Recorded plans on the same way: nothing is run, written or sent. */
async function dryRun(cli: CliOptions, config: Config, world: World): Promise<number> {
  const { RECORDED, recordedEnvironment } = await import("./commands/replay.ts");
  const { closestString } = await import("@std/text/closest-string");
  for (const name of cli.env) {
    if (!RECORDED.includes(name)) {
      throw new UsageError(
        `Unknown environment "${name}": did you mean "${
          closestString(name, RECORDED)
        }"? A dry run has the recorded ones: ${RECORDED.join(", ")}`,
      );
    }
  }
  const { dispatch, openSinks } = await import("./run/dispatch.ts");
  const sinks = await openSinks(config.sinks, sinkHost(cli, config, world));
  const startedAt = new Date();
  const context = { accept: config.accept, hideText: config.values === "hide", inherited: world.env, now: Date.now };
  const ours = config.shard ? (await import("./config/shard.ts")).namesOf(config.shard, RECORDED) : RECORDED;
  const recorded = await Promise.all(
    (cli.env.length > 0 ? cli.env : RECORDED).filter((name) => ours.includes(name))
      .map((name) => recordedEnvironment(name, context)),
  );
  const version = recorded.find((one) => one.version)?.version;
  const report = await recordedReport(
    startedAt,
    recorded.map((one) => one.report),
    [...ours],
    true,
    version,
    config.shard,
  );
  return await deliver(report, sinks, cli, config, world, dispatch);
}

/** A plan that the user recorded. */
async function replay(cli: CliOptions, config: Config, world: World): Promise<number> {
  const { readReplay, replayEnvironment, replayName } = await import("./commands/replay.ts");
  const startedAt = new Date();
  const evidence = await readReplay(cli.words, {
    readFile: Deno.readTextFile,
    readStdin: () => new Response(Deno.stdin.readable).text(),
  });
  const name = cli.env[0] ?? replayName(cli.words[0]!);
  const context = { accept: config.accept, hideText: config.values === "hide", inherited: world.env, now: Date.now };
  const environment = replayEnvironment(name, world.cwd, evidence, context);
  const report = await recordedReport(startedAt, [environment], [name], cli.dryRun, evidence.messages?.version);
  const { dispatch, openSinks } = await import("./run/dispatch.ts");
  const sinks = await openSinks(config.sinks, sinkHost(cli, config, world));
  return await deliver(report, sinks, cli, config, world, dispatch);
}

async function recordedReport(
  startedAt: Date,
  environments: DriftReport["environments"],
  configured: string[],
  isDryRun: boolean,
  version?: string,
  shard?: DriftReport["shard"],
): Promise<DriftReport> {
  const { buildReport, newRunId } = await import("./run/run.ts");
  return buildReport({
    runId: newRunId(startedAt.toISOString()),
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    environments,
    configured,
    ...(shard ? { shard } : {}),
    dryRun: isDryRun,
    host: hostname(),
    toolVersion: project.version,
    ...(version ? { terraform: { bin: "terraform", version } } : {}),
  });
}

/** Hands the report over and adds up the exit code: a sink that failed is a failure of the run. */
async function deliver(
  report: DriftReport,
  sinks: OpenSink[],
  cli: CliOptions,
  config: Config,
  world: World,
  dispatch: typeof import("./run/dispatch.ts").dispatch,
  stop?: AbortSignal,
): Promise<number> {
  const shown = config.values === "hide" ? (await import("./run/run.ts")).hideValues(report) : report;
  let complete = true;
  if (cli.json) {
    // A reader that is gone takes the report from nobody else.
    await print(`${JSON.stringify(shown, null, 2)}\n`).catch((error) => {
      complete = false;
      world.log.error(`Cannot print the report: ${messageOf(error)}`);
    });
  }
  const outcomes = await dispatch(shown, sinks, { complain: world.log.error, ...(stop ? { stop } : {}) });
  return report.exitCode | (complete && outcomes.every((outcome) => outcome.delivered) ? 0 : 1);
}

function sinkHost(cli: CliOptions, config: Config, world: World): Omit<SinkHost, "openMs"> {
  const state = world.env.XDG_STATE_HOME || (world.env.HOME ? join(world.env.HOME, ".local/state") : undefined);
  return {
    stateDir: config.stateDir,
    dryRun: cli.dryRun,
    log: (name) => world.log.under(name),
    uid: world.uid,
    env: world.env,
    secretFiles: secretFiles(config, world.env),
    view: world.view,
    write: writeOut,
    ...(state ? { logFallbackDir: join(state, "pve-drift") } : {}),
    program: { execPath: Deno.execPath(), standalone: Deno.build.standalone, mainModule: Deno.mainModule },
  };
}

/** Where secrets may lie that are other parts' business: values, backends and the options of other sinks. */
function secretFiles({ environments, sinks }: Config, env: Record<string, string>): string[] {
  const named = sinks.flatMap(({ options, dir }) =>
    Object.entries(options).flatMap(([name, value]) => {
      const isSecret = /(?:token|secret|password|key)File$/i.test(name) && typeof value === "string";
      return isSecret ? [resolve(dir, value)] : [];
    })
  );
  const values = environments.flatMap(({ varFiles, backendConfig }) => [...varFiles, ...backendConfig]);
  return [...named, ...values, env.CREDENTIALS_DIRECTORY ?? ""].filter((path) => path.startsWith("/"));
}

async function openProgress(cli: CliOptions, world: World) {
  const { liveProgress, noProgress, plainProgress } = await import("./run/progress.ts");
  if (cli.quiet) return noProgress;
  if (!world.isLive) return plainProgress(world.log.info, world.log.debug);
  return liveProgress({
    write: (text) => Deno.stderr.writeSync(new TextEncoder().encode(text)),
    now: Date.now,
    columns: columns(),
  });
}

/**
 * SIGINT and SIGTERM: the first ends the checks in order, the second at once. What was finished is delivered all the
 * same; from `giveUp()` on, one that is not the first ends the delivery.
 */
function listen() {
  const interrupt = new AbortController(), kill = new AbortController(), last = new AbortController();
  let code: number | undefined;
  let further = kill;
  const on = (exitCode: number) => () => {
    if (code === undefined) interrupt.abort();
    else further.abort(new Error("the run was stopped"));
    code ??= exitCode;
  };
  const handlers: [Deno.Signal, () => void][] = [["SIGINT", on(130)], ["SIGTERM", on(143)], ["SIGHUP", on(129)]];
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  return {
    interrupt: interrupt.signal,
    kill: kill.signal,
    giveUp() {
      further = last;
      return last.signal;
    },
    exitCode: (normal: number) => code ?? normal,
    close: () => handlers.forEach(([signal, handler]) => Deno.removeSignalListener(signal, handler)),
  };
}

function openWorld(cli: Pick<CliOptions, "color" | "verbose" | "quiet" | "command">): World {
  const env = Deno.env.toObject();
  const isJournal = env.JOURNAL_STREAM !== undefined && [1, 2].some((fd) => {
    const { dev, ino } = fstatSync(fd);
    return env.JOURNAL_STREAM === `${dev}:${ino}`;
  });
  const colored = (terminal: boolean) =>
    cli.color === "always" || (cli.color === "auto" && terminal && !Deno.noColor && !isJournal);
  const level = cli.verbose ? "debug" : cli.quiet ? "warn" : "info";
  const log = lazyLog({ journal: isJournal, color: colored(Deno.stderr.isTerminal()), level });
  return {
    cwd: Deno.cwd(),
    env,
    uid: Deno.uid() ?? 0,
    cores: navigator.hardwareConcurrency,
    defaultSinks,
    log,
    isLive: Deno.stderr.isTerminal() && !isJournal,
    view: {
      color: colored(Deno.stdout.isTerminal()),
      columns: Deno.stdout.isTerminal() ? columns() : 80,
      detail: cli.verbose ? "verbose" : cli.quiet ? "quiet" : "normal",
      journal: isJournal,
    },
  };
}

function columns(): number {
  try {
    return Math.max(40, Deno.consoleSize().columns || 80);
  } catch {
    return 80;
  }
}

/** Resolves when everything logged is written. */
let lastLog: Promise<unknown> = Promise.resolve();

/** A log that is loaded with its first message: many runs have nothing to say. */
function lazyLog(options: { journal: boolean; color: boolean; level: "debug" | "info" | "warn" }): Log {
  let opened: Promise<Log> | undefined;
  const order = ["debug", "info", "warn", "error"] as const;
  const under = (parts: string[]): Log => {
    const say = (level: (typeof order)[number]) => (message: string) => {
      if (order.indexOf(level) < order.indexOf(options.level)) return;
      opened ??= import("../lib/log.ts").then(({ openLog }) => openLog(options));
      lastLog = opened.then((log) => parts.reduce((one, part) => one.under(part), log)[level](message));
    };
    return {
      debug: say("debug"),
      info: say("info"),
      warn: say("warn"),
      error: say("error"),
      under: (part) => under([...parts, part]),
    };
  };
  return under([]);
}

async function print(text: string): Promise<number> {
  await writeOut(text);
  return 0;
}

async function writeOut(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
}

/** The end that nobody caught: a line instead of a stack trace, no child left, and no exit code that looks clean. */
async function end(error: unknown) {
  const { killAllGroups } = await import("../lib/process.ts");
  killAllGroups();
  openWorld({ color: "auto", verbose: false, quiet: false, command: "check" }).log.error(
    `Cannot go on: ${messageOf(error)}`,
  );
  await lastLog;
  Deno.exit(1);
}

if (import.meta.main) {
  // The child of a file: sink has hardly any permission: it must not look at anything else.
  if (Deno.args[0] === "__sink") Deno.exit(await (await import("../sinks/load.ts")).runSinkChild());
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    end(event.reason);
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    end(event.error);
  });
  Deno.exit(await main(Deno.args));
}
