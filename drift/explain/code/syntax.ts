/**
 * The parts of a file in HashiCorp's configuration language, each with its place in the text. Types alone.
 *
 * @module
 */

/** A stretch of a text: indices of JavaScript's strings, the end excluded. */
export interface Span {
  /** Where it begins. */
  start: number;
  /** The first index behind it. */
  end: number;
}

/** What stands between the brackets of a block, or in a whole file. */
export interface Body extends Span {
  /** In the order of the text. */
  items: (Attribute | Block)[];
}

/** `name = value` in a body. */
export interface Attribute extends Span {
  /** Tells it from a block. */
  kind: "attribute";
  /** What is set. */
  name: string;
  /** What it is set to. */
  value: Expression;
}

/** `type "label" { … }`. */
export interface Block extends Span {
  /** Tells it from an attribute. */
  kind: "block";
  /** Its first word. */
  type: string;
  /** The words behind it, without quotes. */
  labels: string[];
  /** What it holds. */
  body: Body;
}

/** An element of an object: `key = value`. */
export interface Entry extends Span {
  /** Undefined where the key is computed. */
  key: string | undefined;
  /** The key's own expression. */
  keyed: Expression;
  /** What stands behind it. */
  value: Expression;
}

/** One step from a value into it: `.name`, `[index]`, or a splat. */
export type Step = { kind: "name"; name: string } | { kind: "index"; index: Expression } | { kind: "splat" };

/** An expression. What no case of it names is `other`, with the expressions in it. */
export type Expression =
  & Span
  & (
    /** A text without insertions, a number, true, false or null. A heredoc keeps its first and last line. */
    | { kind: "literal"; value: string | number | boolean | null; isHeredoc?: true }
    | { kind: "list"; items: Expression[] }
    | { kind: "object"; entries: Entry[] }
    /** A name that stands for something: `var`, `local`, `each`, a resource type, the variable of a `for`. */
    | { kind: "variable"; name: string }
    | { kind: "access"; of: Expression; steps: Step[] }
    /** With `isExpanded`, the last argument is a list of arguments: `f(list...)`. */
    | { kind: "call"; name: string; args: Expression[]; isExpanded?: true }
    | { kind: "conditional"; parts: [Expression, Expression, Expression] }
    | { kind: "parenthesis"; inner: Expression }
    /** A text with insertions. */
    | { kind: "template"; parts: Expression[] }
    /** `[for names in collection : value if condition]`, with a `key` in front of the value in an object. */
    | {
      kind: "for";
      names: string[];
      collection: Expression;
      key?: Expression;
      value: Expression;
      condition?: Expression;
    }
    | { kind: "other"; parts: Expression[] }
  );
