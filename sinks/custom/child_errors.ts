/**
 * What a user's module threw, as the one line that the operator reads. A module may throw anything, so nothing here
 * trusts what it is given.
 *
 * @module
 */

import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { SinkContractError } from "./contract_error.ts";
import type { Failed } from "./child_protocol.ts";

/** Where the sink runs, which decides how it could get a permission that it lacks. */
export interface Surroundings {
  /** The sink's working directory. */
  stateDir: string;
  /** Nothing may be written or sent. */
  dryRun: boolean;
}

/** What is sent to the main process about an error. */
export function describeError(error: unknown, { stateDir, dryRun }: Surroundings): Failed {
  const denied = deniedPermission(error);
  return {
    kind: error instanceof SinkContractError ? "contract" : "sink",
    message: denied ? permissionText(denied, stateDir, dryRun) : oneLine(error),
    retryable: isRetryable(error),
  };
}

/** Why a module does not load, with the place in it that Deno names. */
export function loadText(error: unknown): string {
  const message = error instanceof Error ? stripVTControlCharacters(error.message) : "";
  const [, host] = /^.*Requires import access to "([^"]*)"/m.exec(message) ?? [];
  const why = host === undefined
    ? oneLine(message || error)
    : `it imports from "${host}", and a sink may import only files and node: modules: keep a copy beside it`;
  const [, place] = /\bat file:\/\/(\S+:\d+:\d+)/.exec(message) ?? [];
  return `it does not load: ${why}${place ? ` (${place})` : ""}`;
}

/** What zod, valibot and others say of wrong values, with the option's name before each. */
export function issuesText(error: unknown): string | undefined {
  const issues = (error as { issues?: unknown } | null)?.issues;
  if (!Array.isArray(issues) || issues.length === 0) return undefined;
  return issues.map(({ path, message }) => {
    const name = Array.isArray(path) ? path.map((part) => safeText(part?.key ?? part)).join(".") : "";
    return name ? `"${name}": ${safeText(message)}` : safeText(message);
  }).join("; ");
}

/** The permission that Deno did not give, as `net=HOST`, however deep the error lies. */
function deniedPermission(error: unknown): { kind: string; what: string } | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at.name !== "NotCapable") continue;
    const [, kind, what] = /Requires (\w+) access(?: to (?:"(.+)"|<\w+>))?(?:,|$)/.exec(at.message) ?? [];
    if (kind) return { kind, what: what ?? "" };
  }
  return undefined;
}

function permissionText({ kind, what }: { kind: string; what: string }, stateDir: string, dryRun: boolean): string {
  if (!["net", "read", "write", "env", "run"].includes(kind)) {
    return `it needs the Deno permission "${kind}", which no file: sink gets: make it an exec: sink`;
  }
  if (what === "") {
    return `it needs the Deno permission "${kind}" for everything, which no file: sink gets: let it ask for what it needs by name`;
  }
  const path = kind === "read" || kind === "write";
  const grant = `${kind}=${path && !what.startsWith("/") ? join(stateDir, what) : what}`;
  if (dryRun && kind !== "read" && kind !== "env") {
    return `it asks in a dry run for "${grant}": a sink that declares "dryRun" sends and writes nothing in one`;
  }
  return `it lacks a permission: add "${grant}" to "allow" in its entry`;
}

function isRetryable(error: unknown): boolean {
  try {
    return (error as { retryable?: unknown } | null)?.retryable === true;
  } catch {
    return false;
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof Error
    ? safeText(error.message) || error.name
    : typeof error === "string"
    ? error
    : `it threw no error but ${safeText(error)}`;
  return text.trim().split("\n")[0]!.slice(0, 500) || "an error without a message";
}

/** Text of whatever a sink gives, which may be an object that refuses to be one. */
export function safeText(value: unknown): string {
  try {
    return typeof value === "object" && value !== null ? JSON.stringify(value) ?? "an object" : String(value);
  } catch {
    return "a value that cannot be shown";
  }
}
