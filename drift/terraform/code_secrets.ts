/**
 * The secrets that stand in files: in the code of an environment and its modules, and in files of values. Errors quote them
 * before there is a plan that marks them.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { isSecretName } from "../../lib/secret_names.ts";
import type { Secrets } from "../../lib/secrets.ts";
import { type Literal, literalsIn, type Place } from "./literals.ts";
import { splitTemplate } from "./template.ts";

/** More folders of modules than any environment has: links can lead round in circles. */
const MOST_FOLDERS = 1000;
/** A shorter part of a template may stand anywhere. */
const SHORTEST_PART = 8;
/** `password: hunter22`, as in a file for cloud-init. */
const NAMED_LINE = /^[ \t-]*"?([\w-]+)"?[ \t]*[=:][ \t]*["']?(.*?)["']?,?[ \t]*$/gm;

/**
 * Teaches `secrets` what the code in a folder and in the modules that it uses sets to a secret name, marks as sensitive or
 * passes to `sensitive()`, and the credentials of URLs. Reads every file, so it is for checks that have something to tell.
 *
 * @param dataDir Terraform's data directory, which knows the modules that were fetched.
 */
export async function learnCode(dir: string, dataDir: string, secrets: Secrets): Promise<void> {
  const folders = new Set([dir, ...await fetchedModules(dir, dataDir)]);
  for (const folder of folders) {
    for (const file of await codeFiles(folder)) {
      const literals = learnText(file, await readRegularFile(file), secrets);
      for (const source of localModules(literals)) {
        if (folders.size < MOST_FOLDERS) folders.add(join(folder, source));
      }
    }
  }
}

/** Teaches `secrets` those of a file of code or values, and gives its literals. */
export function learnText(file: string, text: string, secrets: Secrets): Literal[] {
  const flags: Place[] = [];
  const flagged = (flag: Place) => flags.push(flag);
  const literals = [...file.endsWith(".json") ? literalsInJson(text, flagged) : literalsIn(text, flagged)];
  const marked = new Set(
    flags.filter(({ names }) => names.join() === "sensitive").map(({ block }) => block.join("\n")),
  );
  for (const literal of literals) {
    const isMarked = literal.isSensitive || (isDeclared(literal) && marked.has(literal.block.join("\n")));
    if (isMarked || namesOf(literal).some(isSecretName)) learnParts(literal.parts, secrets);
    else learnWithin(literal.parts, secrets);
  }
  return literals;
}

/** Whether a literal is the value of a variable or an output. */
function isDeclared({ block: [type], names: [name] }: Literal): boolean {
  return (type === "variable" && name === "default") || (type === "output" && name === "value");
}

function namesOf(literal: Literal): string[] {
  return isDeclared(literal) ? [...literal.names, literal.block[1] ?? ""] : literal.names;
}

function learnParts(parts: string[], secrets: Secrets) {
  secrets.addUrl(parts.join("x"));
  secrets.add(parts.length === 1 ? parts : parts.filter((part) => part.length >= SHORTEST_PART));
}

/** A text that is no secret can hold some: the password of a URL, the lines of a configuration file. */
function learnWithin(parts: string[], secrets: Secrets) {
  secrets.addUrl(parts.join("x"));
  for (const part of parts.filter((one) => one.includes("\n"))) {
    for (const [, name = "", value] of part.matchAll(NAMED_LINE)) if (isSecretName(name)) secrets.add(value);
  }
}

async function codeFiles(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return entries.filter((name) => /\.(?:tf|tofu)(?:\.json)?$/.test(name)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function localModules(literals: Literal[]): string[] {
  return literals.filter(({ block, names, parts }) =>
    block[0] === "module" && names.join() === "source" && /^\.\.?\//.test(parts[0]!)
  ).map(({ parts }) => parts[0]!);
}

/** The folders of modules that an init fetched. */
async function fetchedModules(dir: string, dataDir: string): Promise<string[]> {
  try {
    const { Modules } = JSON.parse(await readRegularFile(join(dataDir, "modules", "modules.json")));
    return Modules.map(({ Dir }: { Dir: string }) => resolve(dir, Dir));
  } catch {
    return [];
  }
}

/** How many keys of JSON are labels of a block, by its type. */
const LABELS: Record<string, number> = {
  resource: 2,
  data: 2,
  ephemeral: 2,
  variable: 1,
  output: 1,
  module: 1,
  provider: 1,
};

/** Literals of Terraform's JSON syntax; what is no JSON has none. */
function* literalsInJson(text: string, flagged: (flag: Place) => void): Generator<Literal> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return;
  }
  for (const [path, value] of leavesOf(json)) {
    const labels = Object.hasOwn(LABELS, path[0] ?? "") ? 1 + LABELS[path[0]!]! : 0;
    const place = { block: path.slice(0, labels), names: path.slice(labels) };
    if (value === true) flagged(place);
    else if (typeof value === "string") yield { ...place, parts: splitTemplate(value), isSensitive: false };
  }
}

function* leavesOf(value: unknown, path: string[] = []): Generator<[path: string[], value: unknown]> {
  if (typeof value !== "object" || value === null) return yield [path, value];
  for (const [key, item] of Object.entries(value)) {
    yield* leavesOf(item, Array.isArray(value) ? path : [...path, key]);
  }
}
