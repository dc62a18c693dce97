/**
 * The message stream that `terraform plan -json` and `tofu plan -json` write on stdout: one JSON object a line. Seen
 * with Terraform 1.11 (`ui` 1.2) and OpenTofu 1.12; unknown messages and keys are passed over.
 *
 * @module
 */

import type { Diagnostic } from "../report.ts";

/** What a stream said. An empty or cut stream gives an empty or partial result: look at `summary` and `unparsable`. */
export interface Messages {
  /** Who wrote it, from its first message. */
  tool?: "terraform" | "tofu";
  /** The tool's version, as `1.11.4`. */
  version?: string;
  /** Each once (an interrupted plan repeats one for every resource), without code snippets, which can hold secrets. */
  diagnostics: Diagnostic[];
  /** `resource_drift` messages: objects that changed outside. */
  drifted: StreamChange[];
  /** `planned_change` messages that are no no-op: what the plan would do, moves, imports, forgets and reads included. */
  planned: StreamChange[];
  /** Absent where the stream stops before its end. Not the last word: diagnostics, errors as well, come after it. */
  summary?: ChangeSummary;
  /** Outputs that the plan would change. */
  outputs: { name: string; action: string; sensitive: boolean }[];
  /** The objects whose refreshing began, by address. */
  refreshed: Map<string, StreamObject>;
  /** Lines that are no message: plain text, or one that was cut. */
  unparsable: string[];
}

/** What the stream tells of an object that is refreshed. */
export interface StreamObject {
  /** Resource type. */
  type: string;
  /** The attribute that names it: `id`, or where that is no text, often `name`; absent where the stream has none. */
  idKey?: string;
  /** Its value. */
  idValue?: string;
}

/** What the stream tells of one object: no attribute and no value. */
export interface StreamChange {
  /** Resource address. */
  address: string;
  /** Module address; absent in the root module. */
  module?: string;
  /** Resource type. */
  type: string;
  /** The provider's local name, as `proxmox`. */
  provider: string;
  /** As the stream has it: `create`, `update`, `replace`, `delete`, `move`, `import`, `remove`, `read`. */
  action: string;
  /** As the stream has it: `tainted`, `cannot_update`; shorter than in a plan's JSON. */
  reason?: string;
  /** Address before a move. */
  previous?: string;
}

/** Counts of a `change_summary`. */
export interface ChangeSummary {
  /** Objects to create; a replace counts here and in `remove`. */
  add: number;
  /** Objects to update in place. */
  change: number;
  /** Objects to destroy. */
  remove: number;
  /** Objects to import. */
  import: number;
  /** OpenTofu only; Terraform does not count what it forgets. */
  forget?: number;
  /** `plan`, `apply` or `destroy`. */
  operation: string;
}

/**
 * Reads a stream, whole or cut. Several change summaries of one operation (a wrapper that plans several folders) are
 * added up, so that none hides another; those of a later operation (`apply` after `plan`) are left out.
 */
export function parseMessages(text: string): Messages {
  const messages: Messages = {
    diagnostics: [],
    drifted: [],
    planned: [],
    outputs: [],
    refreshed: new Map(),
    unparsable: [],
  };
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    if (!read(line, messages, seen)) messages.unparsable.push(line.replace(/\r$/, ""));
  }
  return messages;
}

/**
 * A provider's notice that something will be removed one day; it says nothing about what a plan found. A check block that
 * is named so, as `check.deprecated`, is none.
 */
export function isDeprecation({ severity, summary }: Diagnostic): boolean {
  return severity === "warning" && /(?<![.\w])deprecat(?:ed|ion)\b/i.test(summary);
}

/**
 * Whether the plan itself has to be read: not where exit code 0, a complete stream and a change summary of zero agree,
 * something was refreshed, and nothing drifted or warned, deprecations apart.
 */
export function needsPlan(exitCode: number, messages: Messages): boolean {
  const idle = exitCode === 0 && messages.summary !== undefined && messages.version !== undefined &&
    messages.refreshed.size > 0 && !tellsOfChanges(messages) && messages.drifted.length === 0 &&
    messages.diagnostics.every(isDeprecation) && messages.unparsable.length === 0;
  return !idle;
}

/** Whether a stream says that there is something to apply. */
export function tellsOfChanges({ summary, planned, outputs }: Messages): boolean {
  const counts = summary ? [summary.add, summary.change, summary.remove, summary.import, summary.forget ?? 0] : [];
  return planned.length > 0 || outputs.length > 0 || counts.some((count) => count > 0);
}

type Message = Record<string, unknown>;

/** Whether the line was a message that makes sense. */
function read(line: string, messages: Messages, seen: Set<string>): boolean {
  const message = parse(line);
  if (!message) return false;
  if (message.type === "diagnostic") return takeDiagnostic(message, messages, seen);
  if (typeof message.type === "string" && Object.hasOwn(READERS, message.type)) {
    return READERS[message.type]!(message, messages);
  }
  const error = unknownError(message);
  if (error) messages.diagnostics.push(error);
  return typeof message.type === "string";
}

function takeDiagnostic(message: Message, messages: Messages, seen: Set<string>): boolean {
  const diagnostic = toDiagnostic(message.diagnostic) ?? unknownError(message);
  if (!diagnostic) return false;
  const key = JSON.stringify(diagnostic);
  if (!seen.has(key)) messages.diagnostics.push(diagnostic);
  seen.add(key);
  return true;
}

/** What takes each type of message; false where it makes no sense. */
const READERS: Readonly<Record<string, (message: Message, messages: Messages) => boolean>> = {
  version(message, messages) {
    const tool = typeof message.tofu === "string" ? "tofu" : "terraform";
    if (typeof message[tool] !== "string") return false;
    messages.tool ??= tool;
    messages.version ??= message[tool];
    return true;
  },
  resource_drift: (message, messages) => takeChange(message, messages.drifted),
  planned_change: (message, messages) => takeChange(message, messages.planned),
  change_summary(message, messages) {
    const summary = toSummary(message.changes);
    if (!summary) return false;
    if (!messages.summary) messages.summary = summary;
    else if (messages.summary.operation === summary.operation) add(messages.summary, summary);
    return true;
  },
  outputs(message, messages) {
    const outputs = asObject(message.outputs);
    if (!outputs) return false;
    // After an apply the same message has values and no action.
    for (const [name, output] of Object.entries(outputs)) {
      const { action = "noop", sensitive } = asObject(output) ?? {};
      if (action !== "noop") messages.outputs.push({ name, action: String(action), sensitive: sensitive === true });
    }
    return true;
  },
  refresh_start(message, messages) {
    const { resource, id_key: idKey, id_value: idValue } = asObject(message.hook) ?? {};
    const { addr, resource_type: type } = asObject(resource) ?? {};
    if (typeof addr !== "string") return false;
    const isNamed = typeof idKey === "string" && typeof idValue === "string";
    messages.refreshed.set(addr, { type: String(type ?? ""), ...(isNamed ? { idKey, idValue } : {}) });
    return true;
  },
};

function takeChange(message: Message, changes: StreamChange[]): boolean {
  const change = toChange(message.change);
  if (!change) return false;
  if (change.action !== "noop") changes.push(change);
  return true;
}

/** A message of level error that is no diagnostic as we know them: an error all the same. */
function unknownError(message: Record<string, unknown>): Diagnostic | undefined {
  if (!/^(?:error|fatal|panic)$/i.test(`${message["@level"]}`)) return undefined;
  const said = message["@message"];
  const summary = typeof said === "string" && said.trim() !== "" ? said : "Terraform tells of an error without words";
  return { severity: "error", summary: summary.replace(/^Error: /, ""), detail: "" };
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as Record<string, unknown> : undefined;
}

function toChange(value: unknown): StreamChange | undefined {
  const { resource, action, reason, previous_resource: previous } = asObject(value) ?? {};
  const { addr, module, resource_type: type, implied_provider: provider } = asObject(resource) ?? {};
  if (typeof addr !== "string" || typeof action !== "string") return undefined;
  const change: StreamChange = { address: addr, type: String(type ?? ""), provider: String(provider ?? ""), action };
  // OpenTofu 1.12 on `lifecycle { destroy = false }`: it creates anew, forgets the old, and calls that nothing.
  if (action === "noop" && typeof reason === "string") change.action = "replace";
  if (typeof module === "string" && module !== "") change.module = module;
  if (typeof reason === "string") change.reason = reason;
  const before = asObject(previous)?.addr;
  if (typeof before === "string") change.previous = before;
  return change;
}

function toDiagnostic(value: unknown): Diagnostic | undefined {
  const { severity, summary, detail, address, range } = asObject(value) ?? {};
  if (typeof summary !== "string") return undefined;
  // What is neither would be passed over later: in doubt an error.
  const diagnostic: Diagnostic = { severity: severity === "warning" ? "warning" : "error", summary, detail: "" };
  if (typeof detail === "string") diagnostic.detail = detail;
  if (typeof address === "string") diagnostic.address = address;
  const file = asObject(range)?.filename;
  const line = asObject(asObject(range)?.start)?.line;
  // Not of a warning: the same one for many objects is told once, wherever they stand.
  if (typeof file === "string" && typeof line === "number" && diagnostic.severity === "error") {
    diagnostic.detail = `${diagnostic.detail}\n\non ${file} line ${line}`.trim();
  }
  return diagnostic;
}

function toSummary(value: unknown): ChangeSummary | undefined {
  const counts = asObject(value);
  if (!counts || typeof counts.operation !== "string") return undefined;
  const { add, change, remove, import: imported = 0, forget, action_invocation: actions, operation } = counts;
  if (![add, change, remove, imported, forget ?? 0, actions ?? 0].every(isCount)) return undefined;
  return {
    add: add as number,
    change: change as number,
    remove: remove as number,
    import: imported as number,
    ...(forget !== undefined && { forget: forget as number }),
    operation,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function add(total: ChangeSummary, more: ChangeSummary): void {
  for (const key of ["add", "change", "remove", "import"] as const) total[key] += more[key];
  if (more.forget !== undefined) total.forget = (total.forget ?? 0) + more.forget;
}
