/**
 * A failure in sentences: summary, detail and cure, written once, when a report is made. Pure.
 *
 * @module
 */

import { shorten } from "../../lib/shorten.ts";
import type { CheckError, Diagnostic, Lock } from "../report.ts";
import { adviceFor } from "../terraform/tool.ts";
import { diagnosticText, patternsOf } from "./classify.ts";
import {
  CLASSES,
  type Failure,
  type FailureKnowledge,
  type Named,
  type OwnFailure,
  type ToldFailure,
} from "./failures.ts";
import { FREE_SPACE } from "./cure_texts.ts";
import { REASONS } from "./reasons.ts";

/** Stands where `"values": "hide"` leaves something out. */
export const HIDDEN = "(hidden)";

/** What is needed to write. */
export interface FailureTextOptions {
  /** What is known besides: see {@link FailureKnowledge}. */
  knowledge: readonly FailureKnowledge[];
  /** Erases the secrets that are known. */
  scrub: (text: string) => string;
  /** Leave out what Terraform and providers say. */
  hideText: boolean;
  /** The program that the check runs, by name or path. Default: terraform. */
  bin?: string;
}

const SUMMARY_LENGTH = 200;
const DETAIL_LENGTH = 4000;

/**
 * Writes an error for the report. Summary and detail are bounded: one line of 200 characters, and 4000. The cure takes up
 * what the facts name; where texts are hidden it names nothing that comes from them.
 */
export function failureText(failure: Failure, options: FailureTextOptions): CheckError {
  const { scrub, bin = "terraform" } = options;
  const error = failure.reason === "told" ? toldText(failure, options) : ownText(failure, options);
  // What was put together and unwrapped here can show a secret that its parts did not.
  const [summary, detail, cure] = [withoutCalls(error.summary), withoutCalls(error.detail), adviceFor(bin, error.cure)]
    .map(scrub) as [
      string,
      string,
      string,
    ];
  const line = shorten(summary.replace(/\s+/g, " ").trim(), SUMMARY_LENGTH);
  return {
    ...error,
    summary: line,
    detail: detail.trim() === line ? "" : shorten(detail.trim(), DETAIL_LENGTH),
    cure,
  };
}

/** What a failure for one of our own reasons reads. The reason's texts are typed by its facts, which TypeScript cannot pair here. */
function ownText(failure: OwnFailure, { knowledge, hideText }: FailureTextOptions): CheckError {
  const { class: cls, reason } = failure;
  const facts = hideText ? withoutQuotes(failure.facts) : failure.facts;
  const text = REASONS[reason] as Record<"summary" | "detail" | "cure", ((facts: unknown) => string) | undefined>;
  return {
    class: cls,
    summary: text.summary!(facts),
    detail: text.detail?.(facts) ?? "",
    cure: knownCure(reason, facts, knowledge) ?? text.cure?.(facts) ?? CLASSES[cls].cure,
    reason,
  };
}

function toldText({ class: cls, facts }: ToldFailure, { knowledge, hideText }: FailureTextOptions): CheckError {
  const { pattern: name, diagnostics, said, lock, isDiskFull } = facts;
  const pattern = patternsOf(knowledge).find(({ reason }) => reason === name);
  const named: Named = hideText ? {} : { ...facts.named, ...probe(facts.named.endpoint) };
  const own = typeof pattern?.cure === "function" ? pattern.cure(named) : pattern?.cure;
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
  const summary = lock || pattern?.tellsOfAsker
    ? `State is locked by ${lock?.who ?? "somebody unknown"}${lock?.since ? ` since ${shortTime(lock.since)}` : ""}`
    : hideText
    ? `The check ended in an error of class ${cls}`
    : headline(diagnostics[0]!, SUMMARY_LENGTH - more.length, pattern?.pattern) + more;
  return {
    class: cls,
    summary,
    detail: hideText
      ? HIDDEN
      : [...diagnostics.map(diagnosticText), said].filter((part) => part.trim() !== "").join("\n\n"),
    cure: isDiskFull ? FREE_SPACE : knownCure(name, named, knowledge) ?? own ?? lockCure(lock) ?? CLASSES[cls].cure,
    ...(name === undefined ? {} : { reason: name }),
    ...(named.endpoint === undefined ? {} : { endpoint: named.endpoint }),
    ...(lock ? { lock } : {}),
  };
}

function knownCure(
  reason: string | undefined,
  facts: object,
  knowledge: readonly FailureKnowledge[],
): string | undefined {
  if (reason === undefined) return undefined;
  for (const { cures } of knowledge) {
    const cure = cures?.[reason]?.(facts as Record<string, unknown>);
    if (cure !== undefined) return cure;
  }
  return undefined;
}

/** The command that asks a server whether it answers. */
function probe(endpoint: string | undefined): Named {
  if (endpoint === undefined) return {};
  const command = endpoint.includes("://") ? `curl -v ${endpoint}` : `nc -vz ${endpoint.replace(/:(\d+)$/, " $1")}`;
  return { probe: ` (\`${command}\`)` };
}

function lockCure(lock: Lock | undefined): string | undefined {
  return lock?.id && CLASSES["state-locked"].cure.replace("LOCK_ID", lock.id);
}

/** Facts with `(hidden)` in place of what others said. */
function withoutQuotes<T>(facts: T): T {
  const hide = (_key: string, value: unknown) =>
    typeof value === "object" && value !== null && "quoted" in value ? { quoted: HIDDEN } : value;
  return JSON.parse(JSON.stringify(facts, hide));
}

/** `2026-05-04T03:02:01.123Z` → `2026-05-04 03:02:01 UTC`. */
function shortTime(iso: string): string {
  return iso.replace("T", " ").replace(/(?:\.\d+)?Z$/, " UTC");
}

/** The summary with the sentence of the detail that says what it is about, in `length` characters with what told the class. */
function headline({ summary, detail }: Diagnostic, length: number, rule?: RegExp): string {
  const [first = "", second = ""] = summary.split(/\n\s*\n/);
  // The one diagnostic that OpenTofu and Terraform print as a Go value.
  const head = (first.endsWith(":") ? `${first} ${second}` : first).replace(/\[?\{%!s\(\S+\) /g, "").replace(
    /\s+/g,
    " ",
  ).trim();
  const sentences = detail.replace(/^Error message: /, "").split(/(?<=[.!?])\s+(?=[A-Z])|(?<!:)\n+/)
    .filter((one) => !/^\s*(?:$|on .* line \d+|Please see|Refer to|for more information)/.test(one));
  const telling = (rule && !rule.test(head) ? sentences.find((one) => rule.test(one)) : undefined) ?? sentences[0];
  const text = withoutIds(
    telling === undefined || head.length > length / 2
      ? head
      : `${head.replace(/[.:]$/, "")}: ${telling.replace(/\s+/g, " ").trim()}`,
  );
  const told = rule ? [...text.matchAll(new RegExp(rule.source, `${rule.flags}g`))].at(-1) : undefined;
  const isInSight = !told || told.index + told[0].length < length;
  return shorten(isInSight ? text : withoutMiddle(text, told.index, length), length);
}

/**
 * The first clause of a text, and as many as fit of those that lead to what stands at `told`: Go programs put the cause
 * last, behind everything that handed it on.
 */
function withoutMiddle(text: string, told: number, length: number): string {
  // A number behind a colon belongs to what it is of: `StatusCode: 0`.
  const clauses = text.split(/(?<=: )(?!\d)/);
  let end = 0;
  const at = clauses.findIndex((clause) => (end += clause.length) > told);
  const cause = clauses.slice(at).join("");
  const first = clauses[0]!.length <= length / 2 ? clauses[0]! : "";
  let from = at;
  let left = length - first.length - cause.length;
  while (from > 1 && clauses[from - 1]!.length <= left) left -= clauses[--from]!.length;
  return `${first}${clauses.slice(from).join("")}`;
}

/** Without the names of system calls that Go programs put before a path: `lstat gone: no such file or directory`. */
function withoutCalls(text: string): string {
  return text.replace(
    /\b(?:f?stat(?:at|fs)?|lstat|open(?:at)?|readlink|mkdir(?:at)?|unlink(?:at)?|chdir|fork\/exec) (?=\S+: [a-z])/g,
    "",
  );
}

/** Without what a server counts its answers by, which is another each time and says nothing to the reader. */
function withoutIds(text: string): string {
  return text.replace(
    /[,;]?\s*\(?\b(?:x-[a-z]+-)?(?:request|host|correlation)[ _-]?id\b\s*[:=]\s*"?[\w+/=.-]*"?\)?/gi,
    "",
  );
}
