/**
 * Reports without a check: of a recorded plan that the user gives (`replay`), or of the ones that come with the program
 * (`--dry-run`). The same judgement as in a check; no terraform, no memory.
 *
 * @module
 */

import { learnEnvironment } from "../terraform/credentials.ts";
import { basename } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { type Messages, parseMessages } from "../terraform/stream.ts";
import { Secrets } from "../../lib/secrets.ts";
import { acceptedBy } from "../config/accept.ts";
import type { AcceptRule } from "../config/load.ts";
import { providers } from "../providers/registry.ts";
import { environmentReport } from "../run/environment_report.ts";
import type { EnvironmentReport } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import { type Evidence, hideError, judge } from "../verdict/verdict.ts";

/** What a recorded plan is judged with. */
export interface ReplayContext {
  /** Differences that the operator lives with. */
  accept: AcceptRule[];
  /** Leave out what Terraform and providers say. */
  hideText: boolean;
  /** Credentials of our own environment are scrubbed here too. */
  inherited: Record<string, string>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The names of the recorded environments, in the order of a report. */
export const RECORDED: readonly string[] = ["clean", "drifted", "failing"];

/** Reads files and the standard input for `replay`. */
export interface ReplayInput {
  /** A file, whole. */
  readFile: (path: string) => Promise<string>;
  /** Standard input, to its end. */
  readStdin: () => Promise<string>;
}

/**
 * Reads the output of `terraform show -json`, of `terraform plan -json`, or both, told apart by their first line.
 *
 * @throws {UsageError} where a file cannot be read, or two of them are of the same kind
 */
export async function readReplay(words: string[], input: ReplayInput): Promise<Evidence> {
  const evidence: Evidence = {};
  for (const word of words) {
    const name = word === "-" ? "the standard input" : `"${word}"`;
    let text: string;
    try {
      text = (word === "-" ? await input.readStdin() : await input.readFile(word)).replace(/^\uFEFF/, "");
    } catch (error) {
      throw new UsageError(`Cannot read ${name}: ${messageOf(error)}`);
    }
    if (text.trim() === "") {
      throw new UsageError(
        `Cannot replay ${name}: it is empty, wanted the output of "terraform show -json PLANFILE" or "terraform plan -json"`,
      );
    }
    if (/^\s*\{"@level"/.test(text) || isMessage(text)) {
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

/** A stream begins with its version, which is short; a plan is one line, which would be read twice here. */
const LONGEST_FIRST_MESSAGE = 65_536;

function isMessage(text: string): boolean {
  const end = text.indexOf("\n");
  const line = end < 0 ? text : text.slice(0, end);
  if (line.length > LONGEST_FIRST_MESSAGE) return false;
  try {
    const first = JSON.parse(line);
    return typeof first === "object" && first !== null && "@level" in first && "type" in first;
  } catch {
    return false;
  }
}

function parseShown(text: string, name: string): NonNullable<Evidence["shown"]> {
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    return {
      error: `Cannot read the plan in ${name}: ${text.length} characters that are no JSON (${
        (error as Error).message
      })`,
    };
  }
}

/** The environment report of a replayed plan. */
export function replayEnvironment(
  name: string,
  dir: string,
  evidence: Evidence,
  context: ReplayContext,
): EnvironmentReport {
  const startedAt = new Date(context.now()).toISOString();
  const secrets = new Secrets();
  learnEnvironment(context.inherited, secrets);
  const verdict = judge(evidence, {
    secrets,
    providers,
    recall: () => ({ isNew: true, firstSeenAt: startedAt }),
    accepts: (address, path) => acceptedBy(context.accept, name, address, path, context.now()) !== undefined,
    hideText: context.hideText,
  });
  if (verdict.error && context.hideText) verdict.error = hideError(verdict.error);
  const durationMs = Math.max(0, Math.round(context.now() - Date.parse(startedAt)));
  return environmentReport(verdict, { name, dir, startedAt, durationMs });
}

/** The environment's name for a replayed file: the file's, without its endings, as far as names allow. */
export function replayName(file: string): string {
  const name = basename(file).replace(/\.(json|jsonl|txt|log)$/, "").replace(/[^A-Za-z0-9._-]/g, "-").replace(
    /^[^A-Za-z0-9]+/,
    "",
  );
  return file === "-" || name === "" ? "replay" : name.slice(0, 64);
}

/** One of the recorded plans that come with the program: bpg/proxmox 0.111.1 on a small estate. */
export async function recordedEnvironment(
  name: string,
  context: ReplayContext,
): Promise<{ report: EnvironmentReport; version?: string }> {
  const recorded = await loadRecorded(name);
  const messages: Messages = parseMessages(recorded.stream);
  const evidence: Evidence = {
    plan: { exitCode: recorded.exitCode, stderr: "" },
    messages,
    shown: { json: recorded.show },
  };
  return {
    report: replayEnvironment(name, `(recorded plan "${name}")`, evidence, context),
    ...(messages.version ? { version: messages.version } : {}),
  };
}

type Recorded = { exitCode: number; stream: string; show: unknown };

async function loadRecorded(name: string): Promise<Recorded> {
  switch (name) {
    case "clean":
      return (await import("./recorded/clean.json", { with: { type: "json" } })).default;
    case "drifted":
      return (await import("./recorded/drifted.json", { with: { type: "json" } })).default;
    default:
      return (await import("./recorded/failing.json", { with: { type: "json" } })).default;
  }
}
