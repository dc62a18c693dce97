/**
 * The secrets that stand in files: in the code of an environment and its modules, and in files of values. Errors quote them
 * before there is a plan that marks them.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { namedValues } from "../../lib/named_values.ts";
import { readRegularFile } from "../../lib/read_regular_file.ts";
import { isSecretName } from "../../lib/secret_names.ts";
import type { Secrets } from "../../lib/secrets.ts";
import { type Found, type Literal, literalsIn } from "./literals.ts";
import { splitTemplate } from "./template.ts";

/** More folders of modules than any environment has: links can lead round in circles. */
const MOST_FOLDERS = 1000;
const DATA_FILE =
  /\bfile\(\s*"(?:\$\{path\.(module|root)\}\/)?([^"$\n]+\.(?:ya?ml|json|env|ini|toml|cfg|conf|properties))"/g;
/** A shorter part of a template may stand anywhere. */
const SHORTEST_PART = 8;

/** Where code and values are. */
export interface CodePlace {
  /** The folder of the code. */
  dir: string;
  /** Terraform's data directory, which knows the modules that were fetched. */
  dataDir: string;
  /** Files of values. */
  valueFiles: string[];
  /** Environment variables, values as `TF_VAR_name` among them. */
  env: Record<string, string>;
}

/**
 * Teaches `secrets` what the code in a folder and in the modules that it uses sets to a secret name, marks as sensitive or
 * passes to `sensitive()`, the values of the variables that it marks or uses so, what files of settings that it reads have
 * under a secret name, and the credentials of URLs. Reads every file, so it is for checks that have something to tell.
 */
export async function learnCode({ dir, dataDir, valueFiles, env }: CodePlace, secrets: Secrets): Promise<void> {
  const folders = new Set([dir, ...await fetchedModules(dir, dataDir)]);
  const variables = new Set<string>();
  for (const folder of folders) {
    for (const file of await codeFiles(folder)) {
      const text = await readRegularFile(file);
      const found = learnText(file, text, secrets);
      for (const data of dataFiles(text, folder, dir)) learnData(data, await readRegularFile(data), secrets);
      if (folder === dir) secretVariables(found).forEach((name) => variables.add(name));
      for (const source of localModules(found)) {
        if (folders.size < MOST_FOLDERS) folders.add(join(folder, source));
      }
    }
  }
  for (const file of valueFiles) learnText(file, await readRegularFile(file), secrets, variables);
  for (const name of variables) {
    const value = env[`TF_VAR_${name}`];
    if (value === undefined) continue;
    secrets.add(value);
    learnText("", `${name} = ${value}`, secrets, variables);
  }
}

/**
 * Teaches `secrets` those of a file of code or values.
 *
 * @param variables Names of variables that hold secrets, in a file of values.
 * @returns Everything of interest in it.
 */
export function learnText(file: string, text: string, secrets: Secrets, variables?: Set<string>): Found[] {
  const found = [...file.endsWith(".json") ? literalsInJson(text) : literalsIn(text)];
  const marked = markedBlocks(found);
  for (const literal of found) {
    if (literal.kind !== "text") continue;
    const isMarked = literal.isSensitive || (isDeclared(literal) && marked.has(literal.block.join("\n"))) ||
      (literal.block.length === 0 && variables?.has(literal.names[0] ?? ""));
    if (isMarked || namesOf(literal).some(isSecretName)) learnParts(literal.parts, secrets);
    else learnWithin(literal.parts, secrets);
  }
  return found;
}

/** The variables and outputs that are declared as sensitive. */
function markedBlocks(found: Found[]): Set<string> {
  const flags = found.filter(({ kind, names }) => kind === "true" && names.join() === "sensitive");
  return new Set(flags.map(({ block }) => block.join("\n")));
}

/** The variables that are declared as sensitive, or that a secret name is set to. */
function secretVariables(found: Found[]): string[] {
  const used = found.flatMap((one) => one.kind === "variable" && one.names.some(isSecretName) ? [one.name] : []);
  const declared = [...markedBlocks(found)].map((header) => header.split("\n"));
  return [...used, ...declared.flatMap(([type, name = ""]) => type === "variable" ? [name] : [])];
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

/** A text that is no secret can hold some: the password of a URL, a line of a settings file. */
function learnWithin(parts: string[], secrets: Secrets) {
  secrets.addUrl(parts.join("x"));
  for (const [name, value] of parts.flatMap(namedValues)) if (isSecretName(name)) secrets.add(value);
}

async function codeFiles(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return entries.filter((name) => /\.(?:tf|tofu)(?:\.json)?$/.test(name)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The files of settings that code reads, as in `yamldecode(file("${path.module}/secrets.yaml"))`. */
function dataFiles(text: string, module: string, root: string): string[] {
  return [...text.matchAll(DATA_FILE)].map(([, base, path = ""]) => resolve(base === "module" ? module : root, path));
}

function learnData(file: string, text: string, secrets: Secrets) {
  if (file.endsWith(".json")) learnText(file, text, secrets);
  else learnWithin([text], secrets);
}

function localModules(found: Found[]): string[] {
  return found.flatMap((one) => {
    const isSource = one.kind === "text" && one.block[0] === "module" && one.names.join() === "source";
    return isSource && /^\.\.?\//.test(one.parts[0]!) ? [one.parts[0]!] : [];
  });
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
function* literalsInJson(text: string): Generator<Found> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return;
  }
  for (const [path, value] of leavesOf(json)) {
    const labels = Object.hasOwn(LABELS, path[0] ?? "") ? 1 + LABELS[path[0]!]! : 0;
    const place = { block: path.slice(0, labels), names: path.slice(labels) };
    if (value === true) yield { kind: "true", ...place };
    else if (typeof value === "string") {
      yield { kind: "text", ...place, parts: splitTemplate(value), isSensitive: false };
      for (const [, name = ""] of value.matchAll(/\bvar\.([\w-]+)/g)) yield { kind: "variable", ...place, name };
    }
  }
}

function* leavesOf(value: unknown, path: string[] = []): Generator<[path: string[], value: unknown]> {
  if (typeof value !== "object" || value === null) return yield [path, value];
  for (const [key, item] of Object.entries(value)) {
    yield* leavesOf(item, Array.isArray(value) ? path : [...path, key]);
  }
}
