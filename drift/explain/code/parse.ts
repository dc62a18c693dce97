/**
 * Reads HashiCorp's configuration language with tree-sitter's grammar of it, and keeps the place of everything.
 *
 * @module
 */

import grammar from "@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm" with { type: "bytes" };
import { Language, type Node, Parser } from "web-tree-sitter";
import engine from "web-tree-sitter/web-tree-sitter.wasm" with { type: "bytes" };
import { readQuoted } from "../../terraform/template.ts";
import type { Attribute, Block, Body, Entry, Expression, Step } from "./syntax.ts";

/** The text does not follow the language. */
export class CodeUnreadable extends Error {
  /** Tells it from other errors. */
  override name = "CodeUnreadable";
  /** `line` counts from 1. */
  constructor(readonly line: number) {
    super(`Cannot read the code: it breaks off in line ${line}`);
  }
}

/** Reads texts. */
export interface CodeReader {
  /**
   * Reads one text.
   *
   * @throws {CodeUnreadable}
   */
  read(text: string): Body;
}

let started: Promise<Language> | undefined;

/** Starts the engine, once: it takes 70 ms. */
export async function codeReader(): Promise<CodeReader> {
  started ??= Parser.init({ wasmBinary: engine }).then(() => Language.load(grammar));
  const language = await started;
  return { read: (text) => read(text, language) };
}

function read(text: string, language: Language): Body {
  const parser = new Parser();
  try {
    parser.setLanguage(language);
    const tree = parser.parse(text)!;
    try {
      const root = tree.rootNode;
      if (root.hasError) throw new CodeUnreadable(lineOfError(root));
      // A file of values can be one object, which is no body.
      const body = root.namedChildren.find(({ type }) => type === "body");
      const items = body ? itemsOf(body) : [];
      // Whoever reads a value must be known: a file with a name that was not understood is as good as unread.
      const names = root.descendantsOfType("variable_expr").length;
      if (namesIn(items) < names) throw new CodeUnreadable(1);
      return { start: 0, end: text.length, items };
    } finally {
      tree.delete();
    }
  } finally {
    parser.delete();
  }
}

/** How many names stand in what was read. */
function namesIn(node: unknown): number {
  if (typeof node !== "object" || node === null) return 0;
  const own = "kind" in node && node.kind === "variable" ? 1 : 0;
  return Object.values(node).reduce<number>((sum, inner) => sum + namesIn(inner), own);
}

function lineOfError(root: Node): number {
  let at = root;
  for (;;) {
    const inner = at.children.find((one) => one.isError || one.isMissing || one.hasError);
    if (!inner) return at.startPosition.row + 1;
    at = inner;
  }
}

function itemsOf(body: Node): (Attribute | Block)[] {
  return body.namedChildren.flatMap((node): (Attribute | Block)[] => {
    if (node.type === "attribute") return [attributeOf(node)];
    return node.type === "block" ? [blockOf(node)] : [];
  });
}

function attributeOf(node: Node): Attribute {
  const [name, value] = parts(node);
  return { kind: "attribute", ...span(node), name: name!.text, value: expressionOf(value!) };
}

function blockOf(node: Node): Block {
  const [type, ...rest] = parts(node);
  const open = rest.find((one) => one.type === "block_start")!, close = rest.find((one) => one.type === "block_end")!;
  const body = rest.find((one) => one.type === "body");
  const labels = rest.filter((one) => one.type === "identifier" || one.type === "string_lit");
  return {
    kind: "block",
    ...span(node),
    type: type!.text,
    labels: labels.map((label) => label.type === "identifier" ? label.text : quoted(label.text)),
    body: { start: open.endIndex, end: close.startIndex, items: body ? itemsOf(body) : [] },
  };
}

/** A case for each kind of node that the grammar has: short as each is, they are many. */
function expressionOf(node: Node): Expression {
  const children = parts(node);
  if (node.type === "expression" || node.type === "template_interpolation") {
    const inner = children.filter((one) => !/^template_interpolation/.test(one.type));
    const isWrapped = node.type === "expression" && node.child(0)?.type === "(";
    if (isWrapped) return { kind: "parenthesis", ...span(node), inner: sequence(inner)[0]! };
    return sequence(inner)[0] ?? { kind: "other", ...span(node), parts: [] };
  }
  switch (node.type) {
    case "literal_value":
    case "collection_value":
    case "template_expr":
    case "for_expr":
    case "operation":
      return expressionOf(children[0]!);
    case "numeric_lit":
      return { kind: "literal", ...span(node), value: Number(node.text) };
    case "bool_lit":
      return { kind: "literal", ...span(node), value: node.text === "true" };
    case "null_lit":
      return { kind: "literal", ...span(node), value: null };
    case "string_lit":
      return { kind: "literal", ...span(node), value: quoted(node.text) };
    case "heredoc_template":
      return heredocOf(node, children);
    case "quoted_template":
      return { kind: "template", ...span(node), parts: insertions(children) };
    case "variable_expr":
      return { kind: "variable", ...span(node), name: node.text };
    case "tuple":
      return { kind: "list", ...span(node), items: sequence(children.filter((one) => one.type === "expression")) };
    case "object":
      return {
        kind: "object",
        ...span(node),
        entries: children.filter((one) => one.type === "object_elem").map(entryOf),
      };
    case "function_call":
      return {
        kind: "call",
        ...span(node),
        name: children[0]!.text,
        args: children.flatMap((one) => one.type === "function_arguments" ? sequence(parts(one)) : []),
        ...(node.descendantsOfType("ellipsis").length > 0 ? { isExpanded: true as const } : {}),
      };
    case "conditional": {
      const three = sequence(children);
      if (three.length === 3) {
        return { kind: "conditional", ...span(node), parts: three as [Expression, Expression, Expression] };
      }
      return { kind: "other", ...span(node), parts: three };
    }
    case "for_tuple_expr":
    case "for_object_expr":
      return forOf(node, children);
    case "unary_operation":
      return negative(node, sequence(children));
    default:
      return { kind: "other", ...span(node), parts: sequence(children) };
  }
}

/** Expressions that stand side by side. The steps into a value are siblings of it. */
function sequence(nodes: Node[]): Expression[] {
  const found: Expression[] = [];
  for (const node of nodes) {
    const step = stepsOf(node);
    if (step.length === 0) {
      if (!/_(?:start|end)$|^ellipsis$/.test(node.type) && node.type !== "identifier") found.push(expressionOf(node));
      continue;
    }
    const of = found.pop();
    if (!of) continue;
    const before = of.kind === "access" ? of : { of, steps: [] };
    found.push({
      kind: "access",
      start: of.start,
      end: node.endIndex,
      of: before.of,
      steps: [...before.steps, ...step],
    });
  }
  return found;
}

function stepsOf(node: Node): Step[] {
  switch (node.type) {
    case "get_attr":
      return [{ kind: "name", name: parts(node)[0]?.text ?? "" }];
    case "index": {
      const [inner] = parts(node);
      if (inner?.type === "new_index") return [{ kind: "index", index: sequence(parts(inner))[0]! }];
      const index = Number(/\d+/.exec(node.text)?.[0]);
      return [{ kind: "index", index: { kind: "literal", ...span(node), value: index } }];
    }
    case "splat":
      return [{ kind: "splat" }];
    default:
      return [];
  }
}

function forOf(node: Node, children: Node[]): Expression {
  const intro = children.find(({ type }) => type === "for_intro")!;
  const condition = children.find(({ type }) => type === "for_cond");
  const results = sequence(children.filter(({ type }) => type === "expression"));
  const [collection] = sequence(parts(intro));
  const value = results.at(-1);
  if (!collection || !value) return { kind: "other", ...span(node), parts: [...sequence(parts(intro)), ...results] };
  return {
    kind: "for",
    ...span(node),
    names: parts(intro).filter(({ type }) => type === "identifier").map(({ text }) => text),
    collection,
    ...(results.length > 1 ? { key: results[0]! } : {}),
    value,
    ...(condition ? { condition: sequence(parts(condition))[0]! } : {}),
  };
}

function entryOf(node: Node): Entry {
  const keyed = expressionOf(node.childForFieldName("key")!);
  const isText = keyed.kind === "literal" || keyed.kind === "variable";
  return {
    ...span(node),
    key: isText ? String(keyed.kind === "literal" ? keyed.value : keyed.name) : undefined,
    keyed,
    value: expressionOf(node.childForFieldName("val")!),
  };
}

function heredocOf(node: Node, children: Node[]): Expression {
  const inserted = insertions(children);
  if (inserted.length > 0 || children.some(({ type }) => type === "template_directive")) {
    return { kind: "template", ...span(node), parts: inserted };
  }
  return { kind: "literal", ...span(node), value: heredocText(node.text), isHeredoc: true };
}

/** The text of a heredoc, as Terraform reads it; `<<-` takes the least indentation from every line. */
function heredocText(written: string): string {
  const lines = written.split("\n"), body = lines.slice(1, -1);
  const isIndented = /^<<-/.test(written);
  const indents = body.filter((line) => line.trim() !== "").map((line) => /^[ \t]*/.exec(line)![0].length);
  const least = isIndented ? indents.reduce((one, other) => Math.min(one, other), Infinity) : 0;
  const text = body.map((line) => line.slice(Math.min(least, /^[ \t]*/.exec(line)![0].length))).join("\n");
  return body.length === 0 ? "" : `${text}\n`.replace(/([$%])\1(?=\{)/g, "$1");
}

function insertions(children: Node[]): Expression[] {
  return children.flatMap((one) => {
    if (one.type === "template_interpolation") return [expressionOf(one)];
    return one.type === "template_directive" ? expressionsIn(one) : [];
  });
}

/** The outermost expressions at any depth. */
function expressionsIn(node: Node): Expression[] {
  return parts(node).flatMap((one) =>
    one.type === "expression" || one.type === "template_interpolation" ? [expressionOf(one)] : expressionsIn(one)
  );
}

function negative(node: Node, inner: Expression[]): Expression {
  const [only] = inner;
  if (/^-/.test(node.text) && only?.kind === "literal" && typeof only.value === "number") {
    return { kind: "literal", ...span(node), value: -only.value };
  }
  return { kind: "other", ...span(node), parts: inner };
}

function quoted(text: string): string {
  return readQuoted(text, 0).parts.join("");
}

function parts(node: Node): Node[] {
  return node.namedChildren.filter(({ type }) => type !== "comment");
}

function span(node: Node): { start: number; end: number } {
  return { start: node.startIndex, end: node.endIndex };
}
