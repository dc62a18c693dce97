/**
 * From what a failed command left behind to the one failure that it is told as. Pure.
 *
 * @module
 */

import type { Diagnostic, ErrorClass, Lock } from "../report.ts";
import { outsideOfDiagnostics, parseTextDiagnostics, withoutColors } from "../terraform/text_diagnostics.ts";
import { CLASSES, type Failure, failure, type FailureKnowledge, type FailurePattern, type Named } from "./failures.ts";
import { FOREIGN_PATTERNS, QUOTING_PATTERNS } from "./foreign_failures.ts";

/**
 * What a command of Terraform that failed left behind, without the secrets that are known: what is cut out of it here could
 * cut a secret beyond recognition.
 */
export interface FailedCommand {
  /** Which command. */
  phase: "init" | "workspace" | "plan" | "show";
  /** As the child's, or 128 and the signal's number. */
  exitCode: number;
  /** Name of the signal that ended it, as `SIGKILL`. A signal of our own is no failure of the command. */
  signal?: string;
  /** From the `-json` stream. Warnings in it are no failure. */
  diagnostics: Diagnostic[];
  /** As it came, colors and all. */
  stderr: string;
  /** What of stdout is no JSON. */
  stdoutTail?: string;
}

/** So much of a diagnostic is looked at, in characters. */
const LONGEST_TEXT = 8000;

/**
 * The one failure that a failed command is told as. All error diagnostics are looked at, of the stream and of stderr; of
 * several classes the one of the smallest rank is taken. A signal, an exit code from 128 on, or one that Terraform does not
 * have is `killed`, whatever else was said but for a wrapper's missing login; 126 and 127 are `terraform-missing`. A failure that nothing explains is
 * `unknown`, in `init` `init-failed`.
 */
export function classify(command: FailedCommand, knowledge: readonly FailureKnowledge[]): Failure {
  const { phase, exitCode, diagnostics } = command;
  const isStreamSilent = !diagnostics.some(isError);
  const complaint = withoutColors(command.stderr).trim();
  const said = `${complaint}\n${withoutColors(command.stdoutTail ?? "")}`.trim();
  if (exitCode === 126 || exitCode === 127) return failure("program-not-started", { exitCode, said: { quoted: said } });
  const patterns = patternsOf(knowledge);
  const isOfWrapper = isWrappersOwn(command, complaint, patterns);
  const ended = isOfWrapper ? undefined : unnaturalEnd(command, said);
  if (ended) return ended;
  const errors = withoutToldWarnings(distinct([...diagnostics, ...parseTextDiagnostics(said)]), diagnostics);
  const complaining = exitCode === 1 || isOfWrapper
    ? complaint
    : /^(?:panic|fatal error|Error): .*/ms.exec(complaint)?.[0] ?? "";
  if (errors.length === 0 && complaining !== "") errors.push(asDiagnostic(complaining));
  if (errors.length === 0) {
    return phase === "init"
      ? failure("init-silent", { exitCode, said: { quoted: said } })
      : failure("command-silent", { phase, exitCode, said: { quoted: said } });
  }
  const sorted = errors.map((diagnostic) => ({ diagnostic, ...recognize(diagnostic, phase, patterns) }))
    .sort((a, b) => weight(a) - weight(b));
  const best = sorted[0]!;
  const text = sorted.map(({ diagnostic }) => `${diagnostic.summary}\n${diagnostic.detail}`).join("\n");
  const lock = best.class === "state-locked" ? lockOf(best.pattern, text) : undefined;
  const alike = sorted.filter(({ pattern }) => pattern === best.pattern).map(({ diagnostic }) => oneLine(diagnostic));
  const endpoint = endpointIn(best.diagnostic);
  return {
    class: best.class,
    reason: "told",
    facts: {
      ...(best.pattern ? { pattern: best.pattern.reason } : {}),
      diagnostics: sorted.map(({ diagnostic }) => diagnostic),
      said: isStreamSilent ? "" : outsideOfDiagnostics(said),
      named: {
        ...(endpoint === undefined ? {} : { endpoint }),
        ...crashIn(said, best.diagnostic),
        ...namedIn(alike, best.pattern),
      },
      ...(lock ? { lock } : {}),
      isLocking: /^Error (?:acquiring the state lock|locking state)/m.test(text),
      isDiskFull: /no space left on device|disk quota exceeded/i.test(`${text}\n${said}`),
    },
  };
}

/** What a provider's process said when it crashed, and the object that was being read. */
function crashIn(said: string, { address }: Diagnostic): Named {
  const panic = /^panic: .*(?:\n(?!Error: ).*){0,6}/m.exec(said)?.[0];
  return { ...(address === undefined ? {} : { object: address }), ...(panic === undefined ? {} : { panic }) };
}

/** Whether a wrapper ended before Terraform began, for want of a login: its exit code is its own, and no sign of a crash. */
function isWrappersOwn(
  { signal, exitCode, diagnostics }: FailedCommand,
  complaint: string,
  patterns: FailurePattern[],
): boolean {
  if (signal !== undefined || exitCode > 128 || diagnostics.some(isError)) return false;
  const text = oneLine(asDiagnostic(complaint));
  return patterns.some(({ isOfWrapper, pattern }) => isOfWrapper && pattern.test(text));
}

/** Every pattern, in the order in which they are tried. */
export function patternsOf(knowledge: readonly FailureKnowledge[]): FailurePattern[] {
  return [...QUOTING_PATTERNS, ...knowledge.flatMap(({ patterns }) => patterns), ...FOREIGN_PATTERNS];
}

/** Text in which something is looked for: a diagnostic's summary and detail in one line. */
export function oneLine({ summary, detail }: Diagnostic): string {
  return `${summary} ${detail}`.replace(/\s+/g, " ").slice(0, LONGEST_TEXT);
}

/** The failure of a command that did not end by itself. */
function unnaturalEnd(
  { phase, exitCode, signal, stderr, diagnostics }: FailedCommand,
  said: string,
): Failure | undefined {
  const crash = /^(?:panic|fatal error|runtime\/cgo): .*|TERRAFORM CRASH|OPENTOFU CRASH/m.exec(stderr)?.[0];
  const isOfPlugin = /plugin/.test(said);
  if (signal === undefined && exitCode >= 0 && exitCode <= 2 && (crash === undefined || isOfPlugin)) return undefined;
  const facts = {
    phase,
    ...(crash === undefined ? {} : { crash: { quoted: crash } }),
    isOutOfMemory: /out of memory/i.test(crash ?? ""),
    said: { quoted: [...distinct(diagnostics).map(diagnosticText), said].filter((part) => part !== "").join("\n\n") },
  };
  const name = signal ?? (exitCode > 128 ? SIGNALS[exitCode - 128] ?? `signal ${exitCode - 128}` : undefined);
  return name === undefined
    ? failure("crashed", { ...facts, exitCode })
    : failure("killed-by-signal", { ...facts, signal: name });
}

const SIGNALS: Record<number, string> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  6: "SIGABRT",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  15: "SIGTERM",
};

/** A diagnostic with its address, as text. */
export function diagnosticText({ summary, detail, address }: Diagnostic): string {
  return [summary, ...(address === undefined ? [] : [`  with ${address}`]), detail].filter((part) => part !== "")
    .join("\n");
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** Errors only, each once, without the line that just says that others follow. */
function distinct(diagnostics: Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const one of diagnostics) {
    if (!isError(one) || /^\S+ encountered problems during initiali[sz]ation/.test(one.summary)) continue;
    const key = `${one.summary}\0${one.detail}\0${one.address ?? ""}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/** Where something else failed, without what stands beside it as a warning: trouble with the CLI configuration is both. */
function withoutToldWarnings(errors: Diagnostic[], diagnostics: Diagnostic[]): Diagnostic[] {
  const warnings = diagnostics.filter((one) => !isError(one));
  const others = errors.filter((one) =>
    !warnings.some(({ summary, detail }) => summary === one.summary && detail === one.detail)
  );
  return others.length > 0 ? others : errors;
}

/** What a diagnostic is about. */
interface Recognized {
  class: ErrorClass;
  pattern?: FailurePattern;
}

/** The smallest is told: causes before consequences, then by the rank of their class. */
function weight({ class: cls, pattern }: Recognized): number {
  return (pattern?.isConsequence ? 1000 : 0) + CLASSES[cls].rank;
}

function recognize(diagnostic: Diagnostic, phase: FailedCommand["phase"], patterns: FailurePattern[]): Recognized {
  const text = oneLine(diagnostic);
  for (const pattern of patterns) {
    if (pattern.only === "no-object" && diagnostic.address !== undefined) continue;
    if (pattern.only === "backend" && !isOfBackend(diagnostic, phase)) continue;
    if (pattern.pattern.test(text)) return { class: pattern.class, pattern };
  }
  if (diagnostic.address !== undefined) return { class: "provider-error" };
  // What has a place in the code and no object is about the code.
  if (/(?:^|\n)on .+ line \d+$/.test(diagnostic.detail.trimEnd())) return { class: "config-invalid" };
  return { class: phase === "init" ? "init-failed" : "unknown" };
}

/** What the texts that a pattern matches name, the first of them first. */
function namedIn(texts: string[], pattern?: FailurePattern): Named {
  const groups = Object.entries(pattern?.pattern.exec(texts[0] ?? "")?.groups ?? {});
  const named = groups.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(named), ...pattern?.named?.(texts.join("\n")) };
}

/** Whether it is the state that cannot be reached, rather than a registry, a module's source or the provider's API. */
function isOfBackend({ address, summary }: Diagnostic, phase: FailedCommand["phase"]): boolean {
  if (address !== undefined) return false;
  if (phase === "plan" || phase === "show") return /\bstate\b|workspaces|backend|bucket/i.test(summary);
  return !/^Failed to (?:query|resolve|install|download)|registry|\bmodule\b/i.test(summary);
}

/** The server that a diagnostic names, without what a URL may carry of secrets. */
function endpointIn({ summary, detail }: Diagnostic): string | undefined {
  const text = `${summary}\n${detail}`;
  const url = /\b(https?):\/\/(?:[^\s/"'@]*@)?(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?/.exec(text);
  if (url) return `${url[1]}://${url[2]}${url[3] ?? ""}/`;
  return /dial tcp:? (?:lookup )?([\w.:[\]-]*\w)/.exec(text)?.[1];
}

/** Who holds the lock, as far as the text tells. */
function lockOf(pattern: FailurePattern | undefined, text: string): Lock | undefined {
  if (!pattern?.tellsOfAsker) return lockIn(text);
  const id = pattern.pattern.exec(text.replace(/\s+/g, " "))?.groups?.lock;
  return id === undefined ? undefined : { id };
}

/** Terraform's `Lock Info` block. */
function lockIn(text: string): Lock | undefined {
  const field = (name: string) => new RegExp(`^[ \\t]*${name}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(text)?.[1] || undefined;
  const id = field("ID"), who = field("Who"), since = isoTime(field("Created") ?? "");
  if (id === undefined && who === undefined) return undefined;
  return { ...(id && { id }), ...(who && { who }), ...(since && { since }) };
}

/** Go's `2026-05-04 03:02:01.123456789 +0000 UTC` as ISO 8601 in UTC, to the millisecond. */
function isoTime(text: string): string | undefined {
  const [, day, time, fraction = "", hours, minutes] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?\d*(?:Z| ?([+-]\d\d):?(\d\d))/.exec(text) ?? [];
  const moment = Date.parse(`${day}T${time}${fraction}${hours === undefined ? "Z" : `${hours}:${minutes}`}`);
  return Number.isNaN(moment) ? undefined : new Date(moment).toISOString();
}

function asDiagnostic(complaint: string): Diagnostic {
  const [summary = "", ...rest] = complaint.split("\n");
  return { severity: "error", summary: summary.trim(), detail: rest.join("\n").trim() };
}
