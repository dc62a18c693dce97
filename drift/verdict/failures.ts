/**
 * What went wrong: from a failed run's diagnostics, exit code and stderr to one error class with its cure.
 *
 * The phrases are those of terraform 1.11, OpenTofu 1.12 and bpg/proxmox 0.94 to 0.111, recorded in
 * `tests/fixtures/errors` and `tests/fixtures/bpg`.
 *
 * @module
 */

import { cure } from "./cures.ts";
import type { CheckError, Diagnostic, ErrorClass } from "../report.ts";
import { parseTextDiagnostics, withoutColours } from "../terraform/text_diagnostics.ts";

export type { CheckError, Diagnostic, ErrorClass } from "../report.ts";
export { parseTextDiagnostics } from "../terraform/text_diagnostics.ts";

/**
 * What a failed run of Terraform left behind. Scrub it first, because what is cut here could cut a secret beyond recognition,
 * and the result again: text is unwrapped here.
 */
export interface Evidence {
  /** The command that failed. */
  phase: "init" | "workspace" | "plan" | "show";
  /** As the child's, or 128 and the signal's number. */
  exitCode: number;
  /** Name of the signal that ended it, as `SIGKILL`. A signal of our own is no evidence: use `timeout` or `interrupted`. */
  signal?: string;
  /** From the `-json` stream; warnings are passed over. */
  diagnostics: Diagnostic[];
  /** As it came, colours and all. */
  stderr: string;
  /** What of stdout is no JSON. */
  stdoutTail?: string;
}

const SUMMARY_LENGTH = 200;
const DETAIL_LENGTH = 4000;

const UNREACHABLE = new RegExp(
  [
    "connection (?:refused|reset)|no such host|i/o timeout|(?:network|host) is unreachable|no route to host|broken pipe",
    "deadline exceeded|Client\\.Timeout|handshake timeout|connection timed out|operation timed out|[Cc]ould(?:n't| not) connect",
    "Could not resolve host|Temporary failure in name resolution|server misbehaving|proxyconnect",
    "unexpected EOF|: EOF\\b|gave HTTP response to HTTPS client|invalid character '<'|Bad Gateway|Service Unavailable",
    "Gateway Time-?out|exceeded maximum number of attempts|giving up after \\d+ attempt|StatusCode: (?:0|429|5\\d\\d)\\b",
    "HTTP (?:408|429|502|503|504|52\\d|59\\d)\\b|HTTP 5\\d\\d response - Reason: .*(?:time(?:d )?out|not online|quorum|not ready|connect)",
    "remote state internal server error|Unexpected HTTP response code 5\\d\\d",
  ].join("|"),
  "i",
);

// Tried in this order on one diagnostic's summary and detail; the first that fits tells its class. Those whose text
// is the user's own (conditions, validations) come before those that look for a phrase anywhere.
const RULES: [ErrorClass, RegExp][] = [
  [
    "condition-failed",
    /^(?:Resource (?:pre|post)condition|Module output value precondition|Check block assertion) failed/,
  ],
  ["condition-failed", /^(?:Resource i|I)nstance cannot be destroyed/],
  ["config-invalid", /^Invalid value for (?:input )?variable/],
  [
    "state-locked",
    /Lock Info:|state lock.*temporarily unavailable|(?:state|workspace)\b.* (?:is )?already locked|^Error locking state: .*is locked/i,
  ],
  [
    "version-mismatch",
    /^Unsupported (?:Terraform|OpenTofu) Core version|newer provider version|Remote workspace Terraform version/,
  ],
  ["workspace-missing", /workspace \S+ (?:doesn't|does not) exist|^No existing workspaces/i],
  ["tls", /x509:|\btls: (?!handshake timeout)|SSL certificate problem|certificate (?:has expired|verify failed)/],
  [
    "backend-missing",
    /bucket\b.* (?:does not|doesn't) exist|NoSuchBucket|ContainerNotFound|organization "[^"]*" at host \S+ not found|database "[^"]*" does not exist/,
  ],
  [
    "auth",
    /HTTP 401|StatusCode: 401|401 Unauthorized|authentication fail(?:ure|ed)|token expired|invalid PVE ticket|No ticket\b|Unable to create Proxmox VE API credentials|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|XAdminUserNotFound|No valid credential sources|could not find default credentials|invalid_grant|state endpoint (?:requires|invalid) auth|Required token could not be found|unable to authenticate|\(publickey/i,
  ],
  [
    "permission",
    /HTTP 403|Permission check failed|AccessDenied|AuthorizationFailed|is not authorized to perform|StatusCode: 403|403 Forbidden|permission denied|insufficient (?:privileges|permissions)|read-only file system|operation not permitted/i,
  ],
  [
    "state-invalid",
    /Unsupported state file format|Failed to read state file|Invalid .{1,60} in (?:the )?state\b|Duplicate resource instance in state|state data in \S+ does not have the expected content|does not match the expected hash|decryption failed|unencrypted payload|encrypted metadata/,
  ],
  // In OpenTofu an error of the provider's start.
  ["lockfile-mismatch", /checksums (?:previously )?recorded in the dependency lock file/],
  [
    "provider-error",
    /^Plugin (?:did not respond|error)|^Unsupported plugin method|failed to instantiate provider|Unrecognized remote plugin|^Provider (?:produced|returned) /,
  ],
  // What a function was given can look like an answer that was cut off.
  ["config-invalid", /^(?:Error in function call|Invalid function argument)/],
  ["network", UNREACHABLE],
  [
    "lockfile-mismatch",
    /\bany of the checksums\b|\bchecksums?\b.* lock file|checksum list|locked provider .* does not match|dependency lock file (?:is|The)|^Provider dependency changes detected|^Inconsistent dependency lock file/,
  ],
  [
    "provider-missing",
    /^(?:Failed to (?:query available|resolve) provider|Required plugins are not installed|Failed to install provider|Missing required provider$|Invalid provider registry host|Incompatible provider version)/,
  ],
  ["init-failed", /initialization (?:required|failed)|^Backend configuration changed|the backend configuration:/],
  ["interrupted", /^execution halted|^Request cancelled|operation cancell?ed|context cancell?ed/],
  [
    "config-invalid",
    /^(?:Invalid|Unsupported|Missing|Duplicate|Undeclared|Unsuitable|Unterminated|Unclosed|Unbalanced|Mismatched|Incorrect|Insufficient|Inconsistent|Conflicting|Ambiguous|Extra|Reserved|Nested|Wrong number|Too (?:many|few)|Not enough function)\b/,
  ],
  [
    "config-invalid",
    /^(?:Reference to|Self-referenc|Cycle: |Argument |Attribute |Attempt to|Call to unknown|Function calls not|Operation failed|Iteration over|Condition is null|Variables not allowed|Sensitive value|Ephemeral |Output refers|Error message refers|Unexpected (?:end|attribute|block)|Unknown (?:variable|module)|Splat |Null (?:value|condition)|Trailing comma)/,
  ],
  [
    "config-invalid",
    /^(?:No value for required variable|No configuration files|Failed to read (?:variables |module |directory|file)|Failed to (?:download|decode) |Unreadable module|Module |Provider (?:configuration not present|type mismatch)|Root module |Cannot (?:override|resolve) |expected "?\S+"? to be )|specify a secure endpoint|workspace name .* is not allowed/,
  ],
];

// Which of several diagnostics tells the most. What only a person can mend comes before what mends itself (one missing
// privilege among refused connections is what to look at), the cause before its consequence, the named before the unnamed.
const PRECEDENCE: ErrorClass[] = [
  "version-mismatch",
  "lockfile-mismatch",
  "provider-missing",
  "workspace-missing",
  "backend-missing",
  "state-locked",
  "state-invalid",
  "auth",
  "permission",
  "tls",
  "config-invalid",
  "condition-failed",
  "backend-unreachable",
  "network",
  "init-failed",
  "interrupted",
  "provider-error",
  "unknown",
];

/** What an object of the code says of its own buckets and workspaces is none of these. */
const OF_NO_RESOURCE = new Set<ErrorClass>(["backend-missing", "workspace-missing"]);

/**
 * The one class that a failed run is told as. All error diagnostics are looked at, of the stream and of stderr; of several
 * classes the most telling one is taken (what a person must mend before what passes by itself). A signal, an exit
 * code from 128 on, or one that Terraform does not have is `killed`, whatever else was said; 126 and 127 are
 * `terraform-missing`. A failure that nothing explains is `unknown`, in `init` `init-failed`.
 */
export function classify(evidence: Evidence): CheckError {
  const { phase, exitCode, signal } = evidence;
  const complaint = withoutColours(evidence.stderr).trim();
  const said = `${complaint}\n${withoutColours(evidence.stdoutTail ?? "")}`.trim();
  if (exitCode === 126 || exitCode === 127) {
    return checkError("terraform-missing", firstLine(complaint) || "Terraform could not be started", said);
  }
  const crash = /^(?:panic|fatal error): .*|TERRAFORM CRASH|OPENTOFU CRASH/m.exec(evidence.stderr);
  if (signal !== undefined || exitCode > 2 || exitCode < 0 || (crash && !/plugin/.test(said))) {
    const how = signal ?? (exitCode > 128 ? SIGNALS[exitCode - 128] ?? `signal ${exitCode - 128}` : undefined);
    const summary = how
      ? `Terraform ${phase} was killed by ${how}`
      : `Terraform ${phase} crashed with exit code ${exitCode}`;
    return checkError("killed", crash ? `${summary}: ${crash[0]}` : summary, story(evidence.diagnostics, said));
  }
  const errors = distinct([...evidence.diagnostics, ...parseTextDiagnostics(said)]);
  if (errors.length === 0 && complaint !== "" && exitCode === 1) {
    errors.push({ severity: "error", summary: firstLine(complaint), detail: rest(complaint) });
  }
  if (errors.length === 0) {
    const summary = exitCode === 1
      ? `Terraform ${phase} failed without saying why`
      : `Terraform ${phase} ended with exit code ${exitCode}, but its output is incomplete`;
    return checkError(phase === "init" ? "init-failed" : "unknown", summary, said);
  }
  const judged = errors.map((diagnostic) => ({ diagnostic, ...judge(diagnostic, phase) }))
    .sort((a, b) => PRECEDENCE.indexOf(a.cls) - PRECEDENCE.indexOf(b.cls));
  const best = judged[0];
  if (best === undefined) throw new TypeError("Cannot classify a failure: no diagnostic is left");
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return checkError(
    best.cls,
    headline(best.diagnostic, SUMMARY_LENGTH - more.length, best.rule) + more,
    story(judged.map((one) => one.diagnostic), evidence.diagnostics.length === 0 ? "" : said),
  );
}

/**
 * A failure of this class with its cure, which takes up what `summary` and `detail` name. Both are bounded: one line of 200
 * characters, and 4000. Of a `state-locked` the holder is read from Terraform's `Lock Info` block in `detail`.
 */
export function checkError(cls: ErrorClass, summary: string, detail = ""): CheckError {
  const text = `${summary}\n${detail}`;
  const lock = cls === "state-locked" ? lockOf(detail) : undefined;
  const line = lock
    ? `State is locked by ${lock.who || "somebody unknown"}${
      lock.since && ` since ${lock.since.replace(/\.\d+ \+0000/, "")}`
    }`
    : summary.replace(/\s+/g, " ").trim();
  return {
    class: cls,
    summary: cut(line, SUMMARY_LENGTH),
    detail: detail.trim() === line ? "" : cut(detail.trim(), DETAIL_LENGTH),
    cure: cure(cls, text),
    ...(lock ? { lock } : {}),
  };
}

/** Whether a plan failed for the state's lock alone, be it held by another or not permitted: one without it may still succeed. */
export function isLockFailure(error: CheckError): boolean {
  return error.class === "state-locked" ||
    /^Error (?:acquiring the state lock|locking state)/m.test(`${error.summary}\n${error.detail}`);
}

/** Whether trying again later can help by itself. */
export function isTransient(cls: ErrorClass): boolean {
  return cls === "network" || cls === "backend-unreachable" || cls === "state-locked";
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

/** Errors only, each once, without the line that just says that others follow. */
function distinct(diagnostics: Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const one of diagnostics) {
    if (one.severity !== "error" || /^\S+ encountered problems during initiali[sz]ation/.test(one.summary)) continue;
    const key = `${one.summary}\0${one.detail}\0${one.address ?? ""}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

function judge(diagnostic: Diagnostic, phase: Evidence["phase"]): { cls: ErrorClass; rule?: RegExp } {
  const text = `${diagnostic.summary} ${diagnostic.detail}`.replace(/\s+/g, " ").slice(0, 2 * DETAIL_LENGTH);
  for (const [cls, rule] of RULES) {
    if (diagnostic.address !== undefined && OF_NO_RESOURCE.has(cls)) continue;
    if (rule.test(text)) {
      return { cls: cls === "network" && ofBackend(diagnostic, phase) ? "backend-unreachable" : cls, rule };
    }
  }
  if (diagnostic.address !== undefined) return { cls: "provider-error" };
  // What has a place in the code and no object is about the code.
  if (/(?:^|\n)on .+ line \d+$/.test(diagnostic.detail.trimEnd())) return { cls: "config-invalid" };
  return { cls: phase === "init" ? "init-failed" : "unknown" };
}

/** Whether it is the state that cannot be reached, rather than a registry, a module's source or the provider's API. */
function ofBackend({ address, summary }: Diagnostic, phase: Evidence["phase"]): boolean {
  if (address !== undefined) return false;
  if (phase === "plan" || phase === "show") return /\bstate\b|workspaces|backend|bucket/i.test(summary);
  return !/^Failed to (?:query|resolve|install|download)|registry|\bmodule\b/i.test(summary);
}

/** The summary with the sentence of the detail that says what it is about, in `length` characters around what told the class. */
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
  const text = telling === undefined || head.length > length / 2
    ? head
    : `${head.replace(/[.:]$/, "")}: ${telling.replace(/\s+/g, " ").trim()}`;
  // Go programs put the cause last: keep the beginning, and what told the class with a little after it.
  const told = rule ? [...text.matchAll(new RegExp(rule.source, `${rule.flags}g`))].at(-1) : undefined;
  const end = Math.min(text.length, (told ? told.index + told[0].length : 0) + 60);
  if (end < length || text.length <= length) return cut(text, length);
  const start = text.slice(0, Math.floor(length / 3));
  const after = end < text.length ? "…" : "";
  return `${start} … ${text.slice(end - length + start.length + 3 + after.length, end)}${after}`;
}

function story(diagnostics: Diagnostic[], said: string): string {
  const told = diagnostics.map(({ summary, detail, address }) =>
    [summary, ...(address === undefined ? [] : [`  with ${address}`]), detail].filter((part) => part !== "").join("\n")
  );
  return [...told, said].filter((part) => part.trim() !== "").join("\n\n");
}

function lockOf(text: string): CheckError["lock"] {
  const field = (name: string) => new RegExp(`^[ \\t]*${name}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(text)?.[1] ?? "";
  const lock = { id: field("ID"), who: field("Who"), since: field("Created") };
  return lock.id === "" && lock.who === "" ? undefined : lock;
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "")?.trim() ?? "";
}

function rest(text: string): string {
  return text.slice(text.indexOf(firstLine(text)) + firstLine(text).length).trim();
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "") + "…";
}
