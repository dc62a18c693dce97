/**
 * Finds where a finding stands in the code, and offers the edit that makes the code say what is there.
 *
 * @module
 */

import { providers } from "../../providers/registry.ts";
import type { AttributeChange, Change } from "../../report.ts";
import type { AttributeAnswer, CodeAnswer, CodeFolder, Edit, WhyNot } from "./code_answer.ts";
import { compareAddresses } from "../../terraform/address.ts";
import { CodeBase, Withheld } from "./code_base.ts";
import { isExclusive } from "./exclusive.ts";
import { saysExpected } from "./expected.ts";
import { inputsOf } from "./inputs.ts";
import { keep } from "./keep.ts";
import { findResource, keysOf, type ListKey, locate, type Resource } from "./locate.ts";
import { type Origin, placeOf } from "./origin.ts";
import { codeReader } from "./parse.ts";
import { patchBase, writePatch } from "./patch.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./syntax.ts";
import { isWritable } from "./write_value.ts";

/** A difference with its place, and where the edit would be. */
interface Candidate {
  attribute: AttributeChange;
  origin: Origin;
  /** How many of the origin's gaps come before the place that is chosen; 0 is the origin itself. */
  choice: number;
  whyNot?: WhyNot;
  outputs: string[];
}

/** Explains the code behind a finding. */
export type ExplainCode = (change: Change) => Promise<CodeAnswer>;

/**
 * Makes what explains the code behind the findings of an environment. It reads files and writes none. Whatever is wrong
 * with the code is a reason not to offer an edit.
 */
export async function codeExplainer(folder: CodeFolder): Promise<ExplainCode> {
  const base = new CodeBase(await codeReader(), folder.isTofu, new Map());
  return async (change) => {
    try {
      return await explain(base, folder, change);
    } catch (error) {
      if (error instanceof Withheld) return withheld(change, error.whyNot);
      // Expressions nested deeper than our stack.
      if (error instanceof RangeError) return withheld(change, { reason: "unreadable", file: folder.dir });
      throw error;
    }
  };
}

async function explain(base: CodeBase, folder: CodeFolder, change: Change): Promise<CodeAnswer> {
  const find = finder(folder, change);
  const resource = await find(base);
  const block = placeOf(resource.blocks[0]!.file, resource.blocks[0]!.node.start, "block", resource.name);
  if (change.action !== "update" && change.action !== "replace") {
    return { block, ...withheld(change, { reason: "action", action: change.action }) };
  }
  const owned = { type: change.type, provider_name: change.provider };
  const question = { folder, change, listKey: (path: string) => providers.listRule(owned, path)?.key };
  const candidates = await judge(base, resource, question);
  const kept = await keepAll(base, candidates, async (now, path) => locate(await find(now), path, question.listKey));
  return { block, ...await answer(base, kept.base, kept.candidates, folder) };
}

function withheld({ attributes }: Change, whyNot: WhyNot): CodeAnswer {
  return { attributes: attributes.map(({ path }) => ({ path, places: [], whyNot })), whyNot };
}

/** Finds the block of the finding in the code as it is, or as an edit would make it. */
function finder(folder: CodeFolder, { address, module }: Change): (base: CodeBase) => Promise<Resource> {
  return async (base) => {
    const code = await base.module(folder.dir);
    if (code.files.length === 0 && code.jsonFiles.length === 0) throw new Withheld({ reason: "no-block", address });
    const root: Scope = { code, inputs: await inputsOf(base, folder) };
    return await findResource(base, root, { address, ...(module === undefined ? {} : { module }) });
  };
}

interface Question {
  folder: CodeFolder;
  change: Change;
  listKey: ListKey;
}

async function judge(
  base: CodeBase,
  resource: Resource,
  { folder, change, listKey }: Question,
): Promise<Candidate[]> {
  const located = change.attributes.map((attribute): Candidate => {
    const origin = locate(resource, attribute.path, listKey);
    const whyNot = reasonAgainst(attribute, origin);
    return { attribute, origin, choice: 0, outputs: [], ...(whyNot ? { whyNot } : {}) };
  });
  return await Promise.all(located.map(async (one): Promise<Candidate> => {
    if (one.whyNot) return one;
    const options = [one.origin, ...one.origin.gaps];
    const keys = keysOf(one.attribute.path) ?? [];
    let first: WhyNot | undefined;
    for (const [choice, option] of options.entries()) {
      const verdict = await isExclusive(option, keys, { base, folder, resource, meant: readersOf(one, located) });
      if (!verdict.whyNot) return { ...one, choice, outputs: verdict.outputs };
      first ??= verdict.whyNot;
    }
    return { ...one, whyNot: first! };
  }));
}

function reasonAgainst({ sensitive, expected, actual }: AttributeChange, origin: Origin): WhyNot | undefined {
  if (sensitive || !isWritable(expected) || !isWritable(actual)) return { reason: "hidden-value" };
  if (origin.kind === "stopped") return origin.whyNot;
  return saysExpected(origin, expected) ? undefined : { reason: "other-value" };
}

/** The expressions that read a place for differences of the finding which want the same value there. */
function readersOf(one: Candidate, all: Candidate[]): Set<Expression> {
  const idOf = (candidate: Candidate) => placeId(candidate.origin, candidate.attribute.actual);
  const alike = all.filter((other) => other === one || (idOf(other) !== undefined && idOf(other) === idOf(one)));
  const origins = alike.flatMap(({ origin }) => [origin, ...origin.gaps]);
  return new Set(origins.flatMap(({ trail }) => trail.readers));
}

/** The same for differences that want the same value at the same place. */
function placeId(origin: Origin, actual: unknown): string | undefined {
  switch (origin.kind) {
    case "value":
      return JSON.stringify([origin.at.file.path, origin.at.node.start, actual]);
    case "gap": {
      const { into, name, keys } = origin.at.node;
      const { start } = into.kind === "object" ? into.node : into.node.body;
      return JSON.stringify([origin.at.file.path, start, name, keys, actual]);
    }
    default:
      return undefined;
  }
}

function chosen(origin: Origin, choice: number): Origin | undefined {
  return choice === 0 ? origin : origin.gaps[choice - 1];
}

/** What goes comes last, the last first: the indices of what stays are those of the finding until then. */
function inOrder(candidates: Candidate[]): Candidate[] {
  const goes = ({ attribute: { actual } }: Candidate) => actual === null;
  return [
    ...candidates.filter((one) => !goes(one)),
    ...candidates.filter(goes).toSorted((one, other) => compareAddresses(other.attribute.path, one.attribute.path)),
  ];
}

async function keepAll(
  base: CodeBase,
  candidates: Candidate[],
  found: (base: CodeBase, path: string) => Promise<Origin>,
): Promise<{ base: CodeBase; candidates: Candidate[] }> {
  let now = base;
  const done: Candidate[] = [];
  for (const one of inOrder(candidates)) {
    if (one.whyNot) {
      done.push(one);
      continue;
    }
    const { path, expected, actual } = one.attribute;
    const place = (origin: Origin) => chosen(origin, one.choice);
    const isNamed = keysOf(path)?.some(({ isQuoted }) => isQuoted) ?? false;
    const result = await keep(now, { expected, actual, isNamed, found: (base) => found(base, path), place });
    if (result instanceof CodeBase) now = result;
    done.push(result instanceof CodeBase ? one : { ...one, whyNot: result });
  }
  const order = (one: Candidate) => candidates.findIndex(({ attribute }) => attribute === one.attribute);
  return { base: now, candidates: done.toSorted((one, other) => order(one) - order(other)) };
}

async function answer(
  before: CodeBase,
  after: CodeBase,
  candidates: Candidate[],
  folder: CodeFolder,
): Promise<Omit<CodeAnswer, "block">> {
  const attributes = candidates.map(({ attribute: { path }, origin, choice, whyNot }): AttributeAnswer => ({
    path,
    places: placesOf(chosen(origin, choice)!),
    ...(whyNot ? { whyNot } : {}),
  }));
  const changed = await Promise.all([...after.texts].map(async ([path, text]) => ({
    path,
    before: (await before.file(path)).text,
    after: text,
  })));
  if (changed.length === 0) return { attributes };
  const base = await patchBase(await Deno.realPath(folder.dir), changed.map(({ path }) => path));
  const edit: Edit = {
    base,
    patch: writePatch(base, changed),
    files: changed.map(({ path }) => path).sort(),
    outputs: [...new Set(candidates.flatMap(({ outputs, whyNot }) => whyNot ? [] : outputs))].sort(),
  };
  return { attributes, edit };
}

/** The places on the way, and the value's own where it has none of them. */
function placesOf(origin: Origin): AttributeAnswer["places"] {
  const { places } = origin.trail;
  if (origin.kind !== "value") return [...places];
  const end = placeOf(origin.at.file, origin.at.node.start, "value");
  const isNew = places.every(({ file, line }) => file !== end.file || line !== end.line);
  return isNew ? [...places, end] : [...places];
}
