/**
 * The command `sinks`: which sinks a run has, where that was said, and whether they load; a sample report to one of them.
 *
 * @module
 */

import { hostname } from "node:os";
import { closestString } from "@std/text/closest-string";
import project from "../../deno.json" with { type: "json" };
import { formatDuration } from "../../lib/duration.ts";
import { isSecretName } from "../../lib/secret_names.ts";
import { visible } from "../../lib/visible.ts";
import { type SinkEntry, type SinkHost, useText } from "../../sinks/load.ts";
import type { Config } from "../config/load.ts";
import { parseUse } from "../config/sink_entries.ts";
import { closeSinks, dispatch, type OpenedEntry, openEntries } from "../run/dispatch.ts";
import type { DriftReport } from "../report.ts";
import { UsageError } from "../usage_error.ts";

/** The environment of the recorded plan that a sample report shows. */
const SAMPLE = "drifted";

/**
 * Runs the command: without words, or with `check`, lists the sinks of a run and loads each; `test NAME` sends the one of
 * that name a report of a recorded plan, with a state folder that is thrown away.
 *
 * @param write Takes what is the answer.
 * @returns 0, or 1 where a sink does not load, or did not deliver the sample.
 * @throws {UsageError} where there is no sink of that name, or it cannot take a sample
 */
export async function sinksCommand(
  { words: [word, name] }: { words: readonly string[] },
  config: Pick<Config, "sinks" | "environments">,
  host: Omit<SinkHost, "openMs">,
  write: (text: string) => Promise<unknown>,
): Promise<number> {
  if (word === "test") return await test(name!, config, host, write);
  const opened = await openEntries(config.sinks, host);
  const closing: string[] = [];
  await closeSinks(opened, (message) => closing.push(message));
  const lines = opened.flatMap((one, at) => {
    const entry = config.sinks[at]!;
    return [`${one.name} (${entry.from}): ${stateText(one)}`, ...settings(entry)];
  });
  const all = lines.length > 0 ? [...lines, ...closing] : ["A run has no sinks: name some in the configuration"];
  await write(all.map((line) => `${visible(line)}\n`).join(""));
  return opened.every(({ wrong, failure }) => wrong === undefined && failure === undefined) ? 0 : 1;
}

function stateText({ wrong, failure, aside }: OpenedEntry): string {
  if (wrong !== undefined) return `does not load. ${wrong}`;
  if (failure !== undefined) return `fails: ${failure}`;
  return aside === undefined ? "loads" : `steps aside. ${aside}`;
}

/** What an entry says besides its name, one line each; no secrets. */
function settings({ options, timeoutMs, allow, env }: SinkEntry): string[] {
  const said = Object.entries(options).map(([name, value]) => [name, shown(name, value)]);
  if (timeoutMs !== undefined) said.push(["timeout", formatDuration(timeoutMs)]);
  if (allow.length > 0) said.push(["allow", allow.join(", ")]);
  if (env.length > 0) said.push(["env", env.join(", ")]);
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

async function test(
  name: string,
  config: Pick<Config, "sinks" | "environments">,
  host: Omit<SinkHost, "openMs">,
  write: (text: string) => Promise<unknown>,
): Promise<number> {
  const entry = config.sinks.find(({ use, dir }) => {
    const meant = parseUse(name, dir);
    return meant && useText(meant) === useText(use);
  });
  if (!entry) {
    const known = config.sinks.map(({ use }) => useText(use));
    const hint = known.length > 0 ? `did you mean "${closestString(name, known)}"? ` : "";
    throw new UsageError(`No sink "${name}" in this run: ${hint}Add it with --sink +${name}`);
  }
  if (name === "prom") {
    throw new UsageError(
      'Sink "prom" takes no sample: it would stand in the metrics. The next check shows whether it works',
    );
  }
  const stateDir = await Deno.makeTempDir({ prefix: "pve-drift-test-" });
  try {
    const opened = await openEntries([{ ...entry, from: "command line" }], { ...host, stateDir });
    const [one] = opened;
    if (one!.wrong !== undefined) throw new UsageError(one!.wrong);
    const report = await sample(config.environments.map((environment) => environment.name), host);
    const [outcome] = await dispatch(report, opened);
    const { delivered, durationMs, reason } = outcome!;
    const how = delivered ? `delivered a sample report in ${formatDuration(durationMs)}` : `did not deliver: ${reason}`;
    await write(`Sink "${name}" ${how}\n`);
    return delivered ? 0 : 1;
  } finally {
    await Deno.remove(stateDir, { recursive: true }).catch(() => {});
  }
}

/** A report of the recorded plan with drift in it, as if it were an environment. */
async function sample(configured: string[], { env, dryRun }: Omit<SinkHost, "openMs">): Promise<DriftReport> {
  const [{ recordedEnvironment }, { buildReport, newRunId }] = await Promise.all([
    import("./replay.ts"),
    import("../run/run.ts"),
  ]);
  const now = new Date().toISOString();
  const { report } = await recordedEnvironment(SAMPLE, { accept: [], hideText: false, inherited: env, now: Date.now });
  return buildReport({
    runId: newRunId(now),
    startedAt: now,
    finishedAt: now,
    environments: [report],
    configured: [...configured, SAMPLE],
    dryRun,
    host: hostname(),
    toolVersion: project.version,
  });
}
