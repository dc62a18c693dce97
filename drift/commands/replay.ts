/**
 * Reports without a check: of a recorded plan that the user gives (`replay`), or of the ones that come with the program
 * (`--dry-run`).
 *
 * @module
 */

import { basename } from "node:path";
import { decodeText } from "../../lib/decode_text.ts";
import { messageOf } from "../../lib/message_of.ts";
import { hintAt } from "../../lib/nearest.ts";
import type { CliOptions } from "../cli/parse.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { DriftReport } from "../report.ts";
import { deliver } from "../run/deliver.ts";
import { openSinks } from "../run/dispatch.ts";
import { RECORDED, recordedEnvironment } from "../run/recorded.ts";
import { replayContext, replayEnvironment, replayReport } from "../run/replay.ts";
import { sinkHost } from "../run/sink_host.ts";
import { parseShown } from "../terraform/shown.ts";
import { parseMessages } from "../terraform/stream.ts";
import { UsageError } from "../usage_error.ts";
import type { Evidence } from "../verdict/evidence.ts";
import type { World } from "../world.ts";

/** Runs the command `replay`, and the check with `--dry-run`; gives the exit code. */
export async function run(cli: CliOptions, world: World): Promise<number> {
  const isReplay = cli.command === "replay";
  const needs = { environments: false, terraform: false, sinks: isReplay ? "console" : "configured" } as const;
  const config = await loadConfig(cli, needs, world);
  if (!isReplay) refuseUnknown(cli.env);
  const report = isReplay ? await replay(cli, config, world) : await dryRun(cli, config, world);
  const sinks = await openSinks(config.sinks, sinkHost(config, world, cli.dryRun));
  return await deliver(report, sinks, world, {
    json: cli.json,
    values: config.values,
    surroundings: { failOn: cli.failOn },
  });
}

function refuseUnknown(names: string[]): void {
  const name = names.find((name) => !RECORDED.includes(name));
  if (name === undefined) return;
  throw new UsageError(
    `Unknown environment "${name}": ${hintAt(name, RECORDED)}A dry run has the recorded ones: ${RECORDED.join(", ")}`,
  );
}

/** Recorded plans on the same way: nothing is run, written or sent. */
async function dryRun(cli: CliOptions, config: Config, world: World): Promise<DriftReport> {
  const started = world.now();
  const { shard } = config;
  const ours = shard ? (await import("../config/shard.ts")).namesOf(shard, RECORDED) : RECORDED;
  const asked = (cli.env.length > 0 ? cli.env : RECORDED).filter((name) => ours.includes(name));
  const recorded = await Promise.all(asked.map((name) => recordedEnvironment(name, replayContext(config, world))));
  return replayReport({
    started,
    environments: recorded.map(({ report }) => report),
    configured: ours,
    dryRun: true,
    failOn: cli.failOn,
    version: recorded.find(({ version }) => version)?.version,
    shard,
  }, world);
}

/** A plan that the user recorded. */
async function replay(cli: CliOptions, config: Config, world: World): Promise<DriftReport> {
  const started = world.now();
  const evidence = await readReplay(cli.words, {
    readFile: Deno.readFile,
    readStdin: () => new Response(Deno.stdin.readable).bytes(),
  });
  const name = cli.env[0] ?? replayName(cli.words[0]!);
  const environment = replayEnvironment(name, world.cwd, evidence, replayContext(config, world));
  return replayReport({
    started,
    environments: [environment],
    configured: [name],
    dryRun: cli.dryRun,
    failOn: cli.failOn,
    version: evidence.messages?.version,
  }, world);
}

/** Reads files and the standard input for `replay`. */
export interface ReplayInput {
  /** A file, whole. */
  readFile: (path: string) => Promise<Uint8Array>;
  /** Standard input, to its end. */
  readStdin: () => Promise<Uint8Array>;
}

/**
 * Reads the output of `terraform show -json`, of `terraform plan -json`, or both, told apart by their first object.
 *
 * @throws {UsageError} where a file cannot be read, or two of them are of the same kind
 */
export async function readReplay(words: string[], input: ReplayInput): Promise<Evidence> {
  const evidence: Evidence = {};
  for (const word of words) {
    const name = word === "-" ? "the standard input" : `"${word}"`;
    let text: string;
    try {
      text = decodeText(await (word === "-" ? input.readStdin() : input.readFile(word)));
    } catch (error) {
      throw new UsageError(`Cannot read ${name}: ${messageOf(error)}`);
    }
    if (text.trim() === "") {
      throw new UsageError(
        `Cannot replay ${name}: it is empty, wanted what "terraform show -json PLANFILE > FILE" or "terraform plan -json" writes`,
      );
    }
    if (isStream(text)) {
      if (evidence.messages) {
        throw new UsageError(
          `Cannot replay ${name}: it is a second message stream, wanted the output of "terraform show -json PLANFILE"`,
        );
      }
      evidence.messages = parseMessages(text);
    } else {
      if (evidence.shown) {
        throw new UsageError(`Cannot replay ${name}: it is a second plan, wanted the output of "terraform plan -json"`);
      }
      evidence.shown = parseShown(text, name);
    }
  }
  return evidence;
}

/** A message that a stream begins with is short; a plan is one long line, which would be read twice here. */
const LONGEST_FIRST_MESSAGE = 65_536;

/** Whether the first object is a message. Before it, a wrapper or `init` may have printed lines of text. */
function isStream(text: string): boolean {
  for (const [line] of text.matchAll(/^[ \t]*\{.*$/gm)) {
    if (line.length > LONGEST_FIRST_MESSAGE) return false;
    try {
      const first = JSON.parse(line);
      return "@level" in first && "type" in first;
    } catch { /* a line of somebody else's, or a plan of many lines */ }
  }
  return false;
}

/** The environment's name for a replayed file: the file's, without its endings, as far as names allow. */
export function replayName(file: string): string {
  const name = basename(file).replace(/\.(json|jsonl|txt|log)$/, "").replace(/[^A-Za-z0-9._-]/g, "-").replace(
    /^[^A-Za-z0-9]+/,
    "",
  );
  return file === "-" || name === "" ? "replay" : name.slice(0, 64);
}
