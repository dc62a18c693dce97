/**
 * The schema of pve-drift.json: reads the file, and is what `deno task schema` writes to docs/pve-drift.schema.json.
 * Loaded only where there is a file, because zod costs start-up time. The defaults are in load.ts for that reason.
 *
 * @module
 */

import { parse as parseJsonc } from "@std/jsonc";
import * as z from "zod";
import { environmentNameRule } from "../../lib/names.ts";
import { nearest } from "../../lib/nearest.ts";
import { NOISE_NAMES } from "./noise_names.ts";
import { proxmox, proxmoxKeys } from "./proxmox_schema.ts";
import {
  always,
  choice,
  type Context,
  count,
  day,
  object,
  quotedList,
  refuseNames,
  text,
  texts,
  timeout,
} from "./schema_parts.ts";
import { readSpec, sinkProblems } from "./sink_entries.ts";
import { problemOfPlainVariable } from "./variables.ts";
import { UsageError } from "../usage_error.ts";

const variables = () =>
  z.record(z.string(), z.string({ error: "must be a text" }), object).superRefine(refuseVariables, always);

const environment = z.strictObject({
  dir: text().describe("Its folder, relative to root, or else to this file. Default: its name.").exactOptional(),
  varFiles: texts().describe("Variable files (-var-file), relative to its folder.").exactOptional(),
  backendConfig: texts().superRefine(refuseSecretSettings, always)
    .describe(
      "Backend settings (-backend-config): files relative to its folder, or key=value. Secrets belong in a file.",
    )
    .exactOptional(),
  workspace: text().regex(/^[^-]/, { error: "cannot be the name of a workspace" }).describe(
    "The workspace to check; it must exist. Default: default.",
  ).exactOptional(),
  timeout: timeout().describe("The most time its check may take. Default: the timeout of all.").exactOptional(),
  bin: text().regex(/^(?:\/|[^/]*$)/, { error: "must be a name on the PATH or an absolute path" }).describe(
    "Its own terraform or tofu: a name on PATH or an absolute path. Default: terraform.bin.",
  ).exactOptional(),
  env: variables().describe("Variables for its programs alone, as PROXMOX_VE_ENDPOINT. No secrets.").exactOptional(),
  envFile: text().describe(
    "A file of variables for its programs alone, secrets among them: lines NAME=VALUE, relative to this file.",
  ).exactOptional(),
  proxmox: z.union([text(), z.literal(false)], { error: "must be the name of a cluster, or false" }).describe(
    "The cluster of its guests, by its name under proxmox.clusters, or proxmox where there is one alone; false: none. Default: the one that there is.",
  ).exactOptional(),
}, object);

const terraform = z.strictObject({
  bin: text().describe(
    "terraform or tofu: a name on PATH or a path. Default: terraform, or tofu where PATH has that alone.",
  ).exactOptional(),
  lock: choice("confirm", "none", "always").describe(
    "When a plan takes the state lock. confirm: when it confirms new drift; none: never; always: each plan. Default: confirm.",
  ).exactOptional(),
  lockTimeout: timeout(0).describe("How long such a plan waits for the lock. Default: 60s.").exactOptional(),
  confirmPowerAfter: timeout(0).describe(
    "How long after the first plan the one follows that confirms a difference in power alone, as a backup in stop mode makes one. Default: 2m.",
  ).exactOptional(),
  parallelism: count().describe("Objects that one terraform reads at a time (-parallelism). Default: 10.")
    .exactOptional(),
  env: variables().describe("Variables for terraform besides the inherited ones, as TF_VAR_name. No secrets.")
    .exactOptional(),
}, object);

const accept = z.strictObject({
  env: text().describe("Environment it is for. Default: every one.").exactOptional(),
  address: text().describe("Address of the resource; * stands for anything."),
  path: text().describe("Path of the attribute, as tags or memory[0].dedicated."),
  reason: text().describe("Why this difference is no drift."),
  until: day().describe("The last day it holds. Default: for good.").exactOptional(),
}, object);

const some = { error: "must be a list that is not empty" };

const only = z.strictObject({
  env: z.array(text(), some).min(1, some).describe("Names of environments; * stands for anything. Default: all.")
    .exactOptional(),
  origin: z.array(choice("outside", "pending", "both"), some).min(1, some).describe(
    "Who made the difference: outside (by hand), pending (code that is not applied), both. Default: all.",
  ).exactOptional(),
}, object);

const sink = z.looseObject({
  use: text().describe(
    "console, logfile, prom, telegram, html, heartbeat, file:PATH of a module, or exec:PATH of a program.",
  ),
  timeout: z.string({ error: "must be a text" }).describe("The most time it may take, as 10s.").exactOptional(),
  allow: texts().describe("Deno permissions of a file: sink: net=HOST, read=PATH, write=PATH, env=NAME, run=PROGRAM.")
    .exactOptional(),
  env: texts().describe("Variables that a file: or exec: sink sees.").exactOptional(),
  only: only.describe("Give it only the report of these environments, with these changes. Default: everything.")
    .exactOptional(),
}, object).superRefine(({ use, timeout, allow = [], env = [], only: _, ...options }, context) => {
  for (
    const [key, message] of sinkProblems({ use, ...timeout === undefined ? {} : { timeout }, allow, env, options })
  ) {
    context.addIssue({ code: "custom", path: [key], message });
  }
});

const NOISE = "must be true, false, or a list of rows to leave out";

const config = z.strictObject({
  $schema: text().describe("Where this description is, for editors.").exactOptional(),
  root: text().describe("Folder at and below which the environments are. Default: infrastructure/proxmox/environments.")
    .exactOptional(),
  environments: z.record(
    z.string(),
    z.union([z.literal(false), environment], { error: "must be an object, or false to leave the environment out" }),
    object,
  ).superRefine(refuseNames, always).describe(
    "Environments by name; false leaves one out, by name or path. Default, also where all are false: what is found at and below root.",
  ).exactOptional(),
  terraform: terraform.describe("How terraform is run.").exactOptional(),
  concurrency: count().describe("Environments checked at a time. Default: the number of cores, 2 at least.")
    .exactOptional(),
  timeout: timeout().describe("The most time that the check of an environment may take. Default: 15m.").exactOptional(),
  planAtLeast: timeout().describe(
    "How old a plan may be before a check with --if-changed makes another one, whatever it sees. Default: 26h, so that the daily timer comes first.",
  ).exactOptional(),
  runTimeout: timeout().describe("The most time that all checks may take. Default: 1h.").exactOptional(),
  values: choice("show", "hide").describe("hide: paths and actions alone, in every sink. Default: show.")
    .exactOptional(),
  noise: z.union([z.boolean(), z.array(z.enum(NOISE_NAMES, { error: unknownNoise }), { error: NOISE })], {
    error: NOISE,
  })
    .describe(
      "Whether an update in which nothing but noise differs is no drift; a list: all rows of the catalogue but those. Default: true.",
    ).exactOptional(),
  stateDir: text().describe(
    "Where the program remembers. Default: $STATE_DIRECTORY, /var/lib/pve-drift, or below $XDG_STATE_HOME.",
  ).exactOptional(),
  sinks: z.array(
    z.union([text().superRefine(refuseSpec), sink], { error: 'must be a sink, as "console" or { "use": "console" }' }),
    { error: "must be a list" },
  )
    .describe("Where reports go. Default: console, logfile, prom.").exactOptional(),
  proxmox: proxmox().describe("A second witness: Proxmox itself, asked with a token of its own. Default: none.")
    .exactOptional(),
  accept: z.array(accept, { error: "must be a list" }).describe("Attribute differences that are no drift.")
    .exactOptional(),
}, object);

/**
 * pve-drift.json as it is read: durations are milliseconds, everything else is as it stands there.
 *
 * @internal
 */
export type ConfigFile = z.output<typeof config>;

/**
 * A difference of an attribute that somebody decided to live with.
 *
 * @internal
 */
export type AcceptRule = z.output<typeof accept>;

function unknownNoise({ input }: { input?: unknown }): string {
  if (typeof input !== "string") return "must be the name of a row of noise";
  return `is "${input}", no row of noise: ${nearestOr(input, NOISE_NAMES)}`;
}

/** What somebody may have meant by a word that is not known, or else all that are. */
function nearestOr(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? `known are ${quotedList(known)}` : `did you mean "${meant}"?`;
}

function refuseSecretSettings(settings: unknown[], context: Context): void {
  for (const [index, setting] of settings.entries()) {
    const [, key = ""] = /^([^=]*)=/.exec(String(setting)) ?? [];
    if (!/secret|password|token|access_key|customer_key|encryption_key|conn_str/i.test(key) || /file/i.test(key)) {
      continue;
    }
    const message = `holds a secret, "${key}", which must not stand here: put it in a file of its own and name that`;
    context.addIssue({ code: "custom", path: [index], message });
  }
}

function refuseVariables(variables: Record<string, unknown>, context: Context): void {
  for (const name of Object.keys(variables)) {
    const message = problemOfPlainVariable(name);
    if (message) context.addIssue({ code: "custom", path: [name], message });
  }
}

function refuseSpec(spec: string, context: Context): void {
  try {
    for (const [key, problem] of sinkProblems(readSpec(spec))) {
      context.addIssue({ code: "custom", message: `cannot be used: "${key}" ${problem}` });
    }
  } catch (error) {
    context.addIssue({ code: "custom", message: `cannot be used: ${(error as Error).message}` });
  }
}

/**
 * Reads the text of a configuration file: JSON with comments and trailing commas.
 *
 * @param file Its path, for the message.
 * @throws {UsageError} that lists everything that is wrong with it.
 */
export function parseConfigFile(source: string, file: string): ConfigFile {
  let data: unknown;
  try {
    data = parseJsonc(source.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UsageError(`Cannot read config "${file}": ${place(source, error)}`);
  }
  refuseProto(data, file);
  const result = config.safeParse(data);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, data));
  const listed = problems.length === 1 ? ` ${problems[0]}` : problems.map((problem) => `\n  ${problem}`).join("");
  throw new UsageError(`Cannot read config "${file}":${listed}`);
}

/** zod drops this key of a record without a word. */
function refuseProto(data: unknown, file: string): void {
  const { environments, proxmox } = (data ?? {}) as { environments?: unknown; proxmox?: { clusters?: unknown } };
  for (const [path, named] of Object.entries({ environments, "proxmox.clusters": proxmox?.clusters })) {
    if (typeof named !== "object" || named === null || !Object.hasOwn(named, "__proto__")) continue;
    throw new UsageError(
      `Cannot read config "${file}": "${path}.__proto__" cannot be a name: a name is ${environmentNameRule}`,
    );
  }
}

/** The parser tells a place by counting characters, and quotes what stands there, which may be a secret. */
function place(source: string, error: unknown): string {
  const position = /at position (\d+)/.exec((error as Error).message)?.[1];
  if (position === undefined) return "it ends too early: it is empty, or a bracket or a comment is open";
  const lines = source.slice(0, Number(position)).split(/\r\n|\r|\n/);
  return `it is no JSON from line ${lines.length}, column ${lines.at(-1)!.length + 1} on`;
}

function problemsOf(issue: z.core.$ZodIssue, data: unknown, above: PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  const value = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], data);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(path);
    return issue.keys.map((key) => `"${shownPath([...path, key])}" is unknown: ${nearestOr(key, known)}`);
  }
  if (issue.code === "invalid_union" && typeof value === "object" && value !== null) {
    const inner = issue.errors.at(-1)!;
    // A list where none may be is not looked into.
    const isWanted = !Array.isArray(value) || inner.some(({ path }) => path.length > 0);
    if (isWanted) return inner.flatMap((issue) => problemsOf(issue, data, path));
  }
  const got = issue.message.startsWith("must ") && !issue.message.includes(", got ") &&
    !issue.message.includes("must not");
  const subject = path.length === 0 ? "it" : `"${shownPath(path)}"`;
  return [`${subject} ${issue.message}${got ? `, got ${shown(value)}` : ""}`];
}

function knownKeys([block, ...below]: PropertyKey[]): string[] {
  if (block === "proxmox") return proxmoxKeys(below);
  const blocks: Record<PropertyKey, z.ZodObject> = { terraform, environments: environment, accept, sinks: only };
  return Object.keys((block === undefined ? config : blocks[block]!).shape);
}

function shownPath(path: PropertyKey[]): string {
  return path.map((key, i) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[\w$-]+$/.test(String(key)) ? `${i === 0 ? "" : "."}${String(key)}` : `[${JSON.stringify(key)}]`;
  }).join("");
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}

/** The text of docs/pve-drift.schema.json: JSON Schema draft 7, which editors know best. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(config.describe("Configuration of pve-drift."), { io: "input", target: "draft-7" });
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("../../docs/pve-drift.schema.json", import.meta.url), configJsonSchema());
}
