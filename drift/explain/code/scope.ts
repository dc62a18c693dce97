/**
 * Where names have their meaning: a module as one call of it sees it, and the blocks in it.
 *
 * @module
 */

import { join } from "node:path";
import { type CodeBase, type ModuleCode, type SourceFile, Withheld } from "./code_base.ts";
import type { Attribute, Block, Body, Expression } from "./syntax.ts";

/** A key of an instance, of a map or of a list. */
export type InstanceKey = string | number;

/** A block or an attribute, and the file that it stands in. */
export interface Found<Node> {
  /** The file. */
  file: SourceFile;
  /** What was found. */
  node: Node;
}

/** A module as one call of it sees it. */
export interface Scope {
  /** Its folder. */
  code: ModuleCode;
  /** What gives the variables of the root module their values; empty in others. */
  inputs: Inputs;
  /** Who calls it; absent in the root module. */
  call?: { block: Found<Block>; context: Context };
}

/** What gives the variables of the root module their values. */
export interface Inputs {
  /** Files of values, those that win last. */
  files: readonly { path: string; file?: SourceFile; json?: Record<string, unknown> }[];
  /** Names of the variables that the environment sets. */
  environment: readonly string[];
}

/** Something that stands for several instances, and the one that is meant. */
export interface Frame {
  /** The `resource`, `module` or `dynamic` block, or the `for`. */
  block: Block | Expression;
  /** What it goes over, with where the names in that have their meaning. */
  repeats: Via;
  /** Whether that is a number, or a collection. */
  by: "count" | "for_each";
  /** The instance. */
  key: InstanceKey;
}

/** An expression, where it stands, and the keys that lead on from its value. */
export interface Via {
  /** The expression. */
  expression: Expression;
  /** Where its names have their meaning. */
  context: Context;
}

/** What a name stands for that a block or a `for` makes: `each`, `count`, the iterator of a dynamic block, `for x in …`. */
export type Bound =
  | { kind: "iterator"; frame: Frame }
  | { kind: "element"; frame: Frame }
  | { kind: "key"; frame: Frame };

/** What the names that a block or a `for` makes are called among the names that are read. */
export function ownSymbol({ path }: SourceFile, { start }: { start: number }): string {
  return `${path}:${start}`;
}

/** Where the names of an expression have their meaning. */
export interface Context {
  /** The module. */
  scope: Scope;
  /** The file that the expression stands in. */
  file: SourceFile;
  /** Names beside `var`, `local` and the like. */
  names: ReadonlyMap<string, Bound>;
  /** The repeated blocks around, the calls of modules included. */
  frames: readonly Frame[];
}

const NO_INPUTS: Inputs = { files: [], environment: [] };

/** Every block of a type at the top of a module's files, in the order in which later ones override earlier ones. */
export function blocksOf({ files }: ModuleCode, type: string, labels: readonly string[] = []): Found<Block>[] {
  return files.flatMap((file) =>
    file.body.items.flatMap((node) => {
      const isIt = node.kind === "block" && node.type === type &&
        labels.every((label, at) => node.labels[at] === label);
      return isIt ? [{ file, node }] : [];
    })
  );
}

/** An attribute of a body; of several bodies, the last one that has it. */
export function attributeIn(bodies: readonly Found<{ body: Body }>[], name: string): Found<Attribute> | undefined {
  for (const { file, node: { body } } of bodies.toReversed()) {
    for (const node of body.items) if (node.kind === "attribute" && node.name === name) return { file, node };
  }
  return undefined;
}

/** The value of a local and the file that has it. */
export function localIn(code: ModuleCode, name: string): Found<Attribute> | undefined {
  return attributeIn(blocksOf(code, "locals"), name);
}

/** The context inside a block of an instance: its frame and `each` or `count` are added where it repeats. */
export function inside(blocks: readonly Found<Block>[], key: InstanceKey | undefined, context: Context): Context {
  const file = blocks[0]!.file;
  const forEach = attributeIn(blocks, "for_each"), count = attributeIn(blocks, "count");
  const repeated = forEach ?? count;
  if (!repeated || key === undefined) return { ...context, file, names: new Map() };
  const outer = { ...context, file: repeated.file, names: new Map<string, Bound>() };
  const frame: Frame = {
    block: blocks[0]!.node,
    repeats: { expression: repeated.node.value, context: outer },
    by: forEach ? "for_each" : "count",
    key,
  };
  return {
    ...context,
    file,
    names: new Map<string, Bound>([[forEach ? "each" : "count", { kind: "iterator", frame }]]),
    frames: [...context.frames, frame],
  };
}

/**
 * The scope that a chain of calls leads to, with the context inside the last call.
 *
 * @param calls Names of the modules, with the key of the instance.
 * @throws {Withheld} where a module is not in the checkout
 */
export async function descend(
  base: CodeBase,
  root: Scope,
  calls: readonly { name: string; key: InstanceKey | undefined }[],
): Promise<Context> {
  let context: Context = { scope: root, file: root.code.files[0]!, names: new Map(), frames: [] };
  for (const { name, key } of calls) {
    const blocks = blocksOf(context.scope.code, "module", [name]);
    if (blocks.length === 0) throw withoutBlock(context.scope.code, `module.${name}`);
    const dir = localSource(blocks, context.scope.code.dir);
    if (dir.folder === undefined) throw new Withheld({ reason: "fetched-module", module: name, source: dir.source });
    const within = inside(blocks, key, context);
    const code = await base.module(dir.folder);
    const scope: Scope = { code, inputs: NO_INPUTS, call: { block: blocks[0]!, context: within } };
    context = { scope, file: scope.code.files[0] ?? blocks[0]!.file, names: new Map(), frames: within.frames };
  }
  return context;
}

/** The folder of a module, where its source is a path. */
export function localSource(
  blocks: readonly Found<Block>[],
  dir: string,
): { source: string; folder?: string | undefined } {
  const written = attributeIn(blocks, "source")?.node.value;
  const source = written?.kind === "literal" ? `${written.value}` : "";
  return { source, folder: /^\.\.?(?:\/|$)/.test(source) ? join(dir, source) : undefined };
}

/** Why there is no block: it may stand in a file that is not read. */
export function withoutBlock({ jsonFiles: [file] }: ModuleCode, address: string): Withheld {
  return new Withheld(file === undefined ? { reason: "no-block", address } : { reason: "json", file });
}
