/**
 * Finds the block of a resource, and in it what an attribute of a finding stands for: an expression, a nested block, or
 * the place where one of them would be. Pure but for reading modules.
 *
 * @module
 */

import { instanceKeys, modulePath } from "../../terraform/address.ts";
import { type CodeBase, Withheld } from "./code_base.ts";
import { constant, follow, stopped } from "./follow.ts";
import { type Key, type Origin, placeOf, START, type Trail, via } from "./origin.ts";
import { referencesIn } from "./references.ts";
import {
  attributeIn,
  blocksOf,
  type Bound,
  type Context,
  descend,
  type Found,
  type Frame,
  inside,
  type InstanceKey,
  type Scope,
  withoutBlock,
} from "./scope.ts";
import type { Block, Body } from "./syntax.ts";

/** The block of a resource, as one instance sees it. */
export interface Resource {
  /** Address in its module, as `x_y.this`. */
  name: string;
  /** The instance; undefined where there is one alone. */
  key: InstanceKey | undefined;
  /** Its blocks: one, and those that override it. */
  blocks: Found<Block>[];
  /** Where the names in them have their meaning. */
  context: Context;
}

/** The attributes that tell the entries of a list at a path from each other. */
export type ListKey = (path: string) => readonly string[] | undefined;

/**
 * Finds the block of an object.
 *
 * @throws {Withheld} where it is not there, or its module cannot be read
 */
export async function findResource(
  base: CodeBase,
  root: Scope,
  { address, module }: { address: string; module?: string },
): Promise<Resource> {
  const keys = instanceKeys(address, module).map(instanceOf);
  const calls = modulePath(module).map((name, at) => ({ name, key: keys[at] }));
  const context = await descend(base, root, calls);
  const own = module === undefined ? address : address.slice(module.length + 1);
  const [, type = "", name = ""] = /^([\w-]+)\.([^.[]+)/.exec(own) ?? [];
  const { code } = context.scope;
  const blocks = blocksOf(code, "resource", [type, name]);
  const key = keys.at(-1);
  if (blocks.length === 0) throw withoutBlock(code, `${type}.${name}`);
  const firsts = code.files.slice(0, code.files.length - code.overrides);
  if (blocks.filter(({ file }) => firsts.includes(file)).length !== 1) {
    throw new Withheld({ reason: "unclear-block", block: `${type}.${name}` });
  }
  return { name: `${type}.${name}`, key, blocks, context: inside(blocks, key, context) };
}

function instanceOf(written: string): InstanceKey | undefined {
  if (written === "") return undefined;
  // A key that Terraform's escapes make no JSON is none that anything here would find.
  try {
    return JSON.parse(written)[0];
  } catch {
    return written;
  }
}

/** What an attribute of a resource stands for in the code. */
export function locate({ blocks, context }: Resource, path: string, listKey: ListKey): Origin {
  const keys = keysOf(path);
  return !keys
    ? stopped(START, { reason: "computed", expression: path })
    : within(blocks, keys, context, { ...START, frames: context.frames }, listKey(path.split("[")[0]!));
}

/** `memory[0].dedicated` as keys; undefined where it is no path. */
export function keysOf(path: string): Key[] | undefined {
  const steps = path.match(/(?:^|\.)[A-Za-z_][\w-]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\]/g) ?? [];
  if (steps.length === 0 || steps.join("") !== path) return undefined;
  return steps.map((step): Key => ({
    key: step.startsWith("[") ? JSON.parse(step)[0] : step.replace(/^\./, ""),
    isAsked: true,
    ...(step.startsWith('["') ? { isQuoted: true } : {}),
  }));
}

/** The attributes whose values make the title of a list's entry; undefined where that is not known. */
type TitleKey = readonly string[] | undefined;
type Bodies = readonly Found<{ body: Body }>[];

function within(bodies: Bodies, keys: readonly Key[], context: Context, trail: Trail, titleKey?: TitleKey): Origin {
  const [{ key: name }, ...rest] = keys as [Key, ...Key[]];
  const attribute = attributeIn(bodies, `${name}`);
  if (attribute) {
    const { file, node } = attribute;
    const place = placeOf(file, node.start, "value", `${name}`);
    return follow(node.value, rest, { ...context, file }, via(trail, place));
  }
  const nested = nestedBlocks(bodies, `${name}`);
  return nested.length > 0
    ? inNested(nested, `${name}`, rest, context, trail, titleKey)
    : gap(bodies[0]!, `${name}`, rest, context, trail);
}

/** The nested blocks of a name, dynamic ones included: those of an override stand in place of all others. */
function nestedBlocks(bodies: Bodies, name: string): Found<Block>[] {
  for (const { file, node: { body } } of bodies.toReversed()) {
    const found = body.items.filter((one): one is Block => one.kind === "block" && (isOfName(one, name)));
    if (found.length > 0) return found.map((node) => ({ file, node }));
  }
  return [];
}

function isOfName({ type, labels }: Block, name: string): boolean {
  return type === name || (type === "dynamic" && labels[0] === name);
}

function inNested(
  nested: Found<Block>[],
  name: string,
  keys: Key[],
  context: Context,
  trail: Trail,
  titleKey: TitleKey,
): Origin {
  const [key, ...rest] = keys;
  const unclear = () => stopped(trail, { reason: "unclear-block", block: name });
  if (key === undefined) return unclear();
  const dynamic = nested.find(({ node }) => node.type === "dynamic");
  if (dynamic) {
    const at = nested.indexOf(dynamic), index = typeof key.key === "number" ? key.key - at : -1;
    if (index < 0 && typeof key.key === "number") return inBlock(nested[key.key]!, name, rest, context, trail);
    const isLast = nested.length === at + 1 && index >= 0;
    return isLast ? inDynamic(dynamic, index, rest, context, trail) : withoutItem(dynamic, trail, name);
  }
  // A block that there can be one of alone goes without an index.
  if (typeof key.key === "string" && !key.isQuoted) {
    return nested.length === 1 ? inBlock(nested[0]!, name, keys, context, trail) : unclear();
  }
  const chosen = typeof key.key === "number" ? nested[key.key] : byTitle(nested, key.key, context, trail, titleKey);
  if (chosen === "unclear") return unclear();
  if (chosen) return inBlock(chosen, name, rest, context, trail);
  // A new block comes behind the last one that is like it.
  const isNext = rest.length === 0 && (typeof key.key === "string" || key.key === nested.length);
  return isNext ? gap(enclosing(nested.at(-1)!), name, [key], context, trail) : unclear();
}

function inBlock(block: Found<Block>, name: string, keys: Key[], outer: Context, before: Trail): Origin {
  const trail = via(before, placeOf(block.file, block.node.start, "nested block", name));
  const context = { ...outer, file: block.file };
  return keys.length === 0
    ? { kind: "block", at: block, context, trail, gaps: [] }
    : within([block], keys, context, trail);
}

/** The body that a nested block stands in. */
function enclosing({ file, node }: Found<Block>): Found<{ body: Body }> {
  let body = file.body;
  for (;;) {
    const outer = body.items.find((item): item is Block =>
      item !== node && item.kind === "block" && item.start <= node.start && item.end >= node.end
    );
    if (!outer) return { file, node: { body } };
    body = outer.body;
  }
}

/** The block that goes by a title: what its attributes of the list's key say, or else one of its attributes. */
function byTitle(
  nested: Found<Block>[],
  title: string,
  context: Context,
  trail: Trail,
  key: TitleKey,
): Found<Block> | "unclear" | undefined {
  const says = (one: Found<Block>, name: string) => {
    const found = attributeIn([one], name);
    return found && constant(found.node.value, { ...context, file: found.file }, trail)?.value;
  };
  const matches = nested.filter((one) => {
    const names = one.node.body.items.flatMap((item) => item.kind === "attribute" ? [item.name] : []);
    if (key) return key.flatMap((name) => says(one, name) ?? []).join(" ") === title;
    return names.some((name) => `${says(one, name)}` === title);
  });
  return matches.length > 1 ? "unclear" : matches[0];
}

/** An entry of a dynamic block that goes over a list that stands in the code. */
function inDynamic(
  dynamic: Found<Block>,
  index: number,
  keys: Key[],
  context: Context,
  trail: Trail,
): Origin {
  const { file, node } = dynamic, name = node.labels[0]!;
  const here = { ...context, file };
  const forEach = attributeIn([dynamic], "for_each");
  const content = node.body.items.find((one): one is Block => one.kind === "block" && one.type === "content");
  const list = forEach && follow(forEach.node.value, [], here, START);
  const isList = list?.kind === "value" && list.at.node.kind === "list" && !list.isLoose;
  if (!forEach || !content || !isList) return withoutItem(dynamic, trail, name);
  const inner = via(trail, placeOf(file, node.start, "nested block", name));
  if (keys.length === 0) {
    const element = follow(forEach.node.value, [{ key: index, isAsked: true }], here, inner);
    const isLast = index === (list.at.node as { items: unknown[] }).items.length - 1;
    if (element.kind !== "value" || !isLast) return withoutItem(dynamic, trail, name);
    const own = referencesIn(context.scope.code).filter((one) =>
      one.file === file && one.at.start > node.start && one.at.end < node.end
    );
    const readers = [...element.trail.readers, ...own.map(({ at }) => at)];
    return { ...element, makesBlock: true, trail: { ...element.trail, readers } };
  }
  const frame: Frame = {
    block: node,
    repeats: { expression: forEach.node.value, context: here },
    by: "for_each",
    key: index,
  };
  const own = attributeIn([dynamic], "iterator")?.node.value;
  const iterator = own?.kind === "variable" ? own.name : name;
  const names = new Map<string, Bound>([...context.names, [iterator, { kind: "iterator", frame }]]);
  const body = { file, node: content };
  return within([body], keys, { ...here, names }, { ...inner, frames: [...inner.frames, frame] });
}

function withoutItem({ file, node }: Found<Block>, trail: Trail, name: string): Origin {
  return stopped(via(trail, placeOf(file, node.start, "nested block", name)), { reason: "dynamic-block", block: name });
}

function gap(body: Found<{ body: Body }>, name: string, keys: Key[], context: Context, trail: Trail): Origin {
  const node = { into: { kind: "body" as const, node: body.node }, name, keys };
  return { kind: "gap", at: { file: body.file, node }, context: { ...context, file: body.file }, trail, gaps: [] };
}
