/**
 * The command `sinks`: which sinks a run has, where that was said, and whether they load; a sample report to one of them.
 *
 * @module
 */

import { formatDuration } from "../../lib/duration.ts";
import { messageOf } from "../../lib/message_of.ts";
import { hintAt } from "../../lib/nearest.ts";
import { isSecretName } from "../../lib/secret_names.ts";
import { visible } from "../../lib/visible.ts";
import { wrap } from "../../lib/wrap.ts";
import { builtInSinks, type SinkEntry, type SinkHost, useText } from "../../sinks/load.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { parseUse } from "../config/sink_entries.ts";
import { closeSinks, dispatch, type OpenedEntry, openEntries, probeSink } from "../run/dispatch.ts";
import { sinkHost } from "../run/sink_host.ts";
import type { DriftReport } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";

/** The recorded plan that a sample report shows. */
const RECORDED = "drifted";
/** What its environment is called, so that a sink that knows nothing of tests shows it too. */
const SAMPLE = "sink-test";

/** What the command needs of the run it shows. */
export interface SinksDeps {
  /** The sinks of a run, and the environments that a sample names. */
  config: Pick<Config, "sinks" | "environments">;
  /** As for a run. */
  host: Omit<SinkHost, "openMs">;
  /** The process, for a sample's report; and where the answer goes. */
  world: Pick<World, "env" | "host" | "version" | "now" | "print">;
}

/** Runs the command; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const config = await loadConfig(cli, { environments: true, terraform: false, sinks: "configured" }, world);
  return await runSinks(cli.words, { config, host: sinkHost(config, world, cli.dryRun), world });
}

/**
 * Without words, lists the sinks of a run and loads each; `check` asks each whether it would deliver, too; `test NAME` sends
 * the one of that name a report of a recorded plan, with a state folder that is thrown away.
 *
 * @returns 0, or 1 where a sink does not load, would not deliver, or did not deliver the sample.
 * @throws {UsageError} where there is no sink of that name, or it cannot take a sample
 */
export async function runSinks([word, name]: readonly string[], deps: SinksDeps): Promise<number> {
  return word === "test" ? await test(name!, deps) : await list(word === "check", deps);
}

async function list(asksEach: boolean, { config, host, world }: SinksDeps): Promise<number> {
  const opened = await openEntries(config.sinks, host);
  const states = await Promise.all(opened.map((one) => asksEach ? askedState(one) : stateOf(one)));
  const closing: string[] = [];
  await closeSinks(opened, (message) => closing.push(message));
  const lines = opened.flatMap(({ name }, at) => {
    const entry = config.sinks[at]!;
    return [`${name} (${entry.from}): ${states[at]!.text}`, ...settings(entry)];
  });
  const all = lines.length > 0 ? [...lines, ...closing] : ["A run has no sinks: name some in the configuration"];
  await world.print(all.map((line) => wrapped(line, host)).join(""));
  return states.every(({ isFine }) => isFine) ? 0 : 1;
}

/** A line as a terminal shows it, whatever stands in it; what does not fit goes on below it, further in. */
function wrapped(line: string, { view }: SinksDeps["host"]): string {
  const [, indent, text] = /^( *)(.*)$/s.exec(visible(line))!;
  return wrap(text!, view.columns - indent!.length - 2).map((part, at) => `${indent}${at === 0 ? "" : "  "}${part}\n`)
    .join("");
}

/** How an entry fares, and in words. */
interface EntryState {
  isFine: boolean;
  text: string;
}

function stateOf({ wrong, failure, aside }: OpenedEntry): EntryState {
  if (wrong !== undefined) return { isFine: false, text: `does not load. ${wrong}` };
  if (failure !== undefined) return { isFine: false, text: `fails: ${failure}` };
  return { isFine: true, text: aside === undefined ? "loads" : `steps aside. ${aside}` };
}

/** What a sink that loads says when it is asked whether it would deliver; nothing is sent. */
async function askedState(one: OpenedEntry): Promise<EntryState> {
  if (!one.sink) return stateOf(one);
  try {
    const { summary, warning } = await probeSink(one);
    return { isFine: true, text: `would deliver: ${summary}${warning === undefined ? "" : `; warning: ${warning}`}` };
  } catch (error) {
    return { isFine: false, text: `would not deliver: ${messageOf(error)}` };
  }
}

/** What an entry says besides its name, one line each; no secrets. */
function settings({ options, timeoutMs, allow, env, only }: SinkEntry): string[] {
  const said = Object.entries(options).map(([name, value]) => [name, shown(name, value)]);
  if (timeoutMs !== undefined) said.push(["timeout", formatDuration(timeoutMs)]);
  if (allow.length > 0) said.push(["allow", allow.join(", ")]);
  if (env.length > 0) said.push(["env", env.join(", ")]);
  if (only) said.push(["only", JSON.stringify(only)]);
  return said.map(([name, value]) => `    ${name}: ${value}`);
}

/** An option's value, without what may be secret in it: of an address only where it leads. */
function shown(name: string, value: unknown): string {
  if (isSecretName(name)) return "(sensitive)";
  const json = JSON.stringify(value, (key, inner) => {
    if (key !== "" && isSecretName(key)) return "(sensitive)";
    if (typeof inner !== "string" || !/^\w+:\/\//.test(inner) || !URL.canParse(inner)) return inner;
    const { protocol, host, username, pathname, search } = new URL(inner);
    const isBare = username === "" && search === "" && pathname.length <= 1;
    return isBare ? inner : `${protocol}//${host}/…`;
  });
  return json.length > 200 ? `${json.slice(0, 199)}…` : json;
}

async function test(name: string, { config, host, world }: SinksDeps): Promise<number> {
  const [, use = name, nth = "1"] = /^(.*)#([1-9]\d*)$/s.exec(name) ?? [];
  const named = config.sinks.filter((one) => {
    const meant = parseUse(use, one.dir);
    return meant && useText(meant) === useText(one.use);
  });
  const found = named[Number(nth) - 1];
  if (!found) {
    const hint = builtInSinks.includes(name) ? "" : hintAt(name, config.sinks.map(({ use }) => useText(use)));
    const more = hint === "" ? `add it with --sink +${name}` : `${hint}"pve-drift sinks" lists them`;
    throw new UsageError(`No sink "${name}" in this run: ${more}`);
  }
  if (use === "prom") {
    throw new UsageError(
      'Sink "prom" takes no sample: it would stand in the metrics. The next check shows whether it works',
    );
  }
  const stateDir = await Deno.makeTempDir({ prefix: "pve-drift-test-" });
  try {
    // The sample is for the place, whatever environments it is to hear of.
    const { only: _, ...entry } = found;
    const opened = await openEntries([{ ...entry, from: "command line" }], { ...host, stateDir });
    const [one] = opened;
    if (one!.wrong !== undefined) throw new UsageError(one!.wrong);
    const report = await sample(config.environments.map((environment) => environment.name), host.dryRun, world);
    const [outcome] = await dispatch(report, opened);
    const { delivered, durationMs, reason } = outcome!;
    const how = delivered ? `delivered a sample report in ${formatDuration(durationMs)}` : `did not deliver: ${reason}`;
    await world.print(wrapped(`Sink "${name}" ${how}`, host));
    return delivered ? 0 : 1;
  } finally {
    await Deno.remove(stateDir, { recursive: true }).catch(() => {});
  }
}

/** A report of the recorded plan with drift in it, as if it were an environment. */
async function sample(configured: string[], dryRun: boolean, world: SinksDeps["world"]): Promise<DriftReport> {
  const [{ recordedEnvironment }, { witnessed }, { replayReport }] = await Promise.all([
    import("../run/recorded.ts"),
    import("../run/recorded_witness.ts"),
    import("../run/replay.ts"),
  ]);
  const started = world.now();
  const context = { accept: [], hideText: false, inherited: world.env, now: world.now };
  const { report } = await recordedEnvironment(RECORDED, context);
  const environments = [{ ...report, name: SAMPLE }];
  const sample = replayReport({ started, environments, configured: [...configured, SAMPLE], dryRun }, world);
  return { ...witnessed(sample), test: true };
}
