/**
 * The references of a module's code: which names its expressions read, and how far into their values. Pure.
 *
 * @module
 */

import type { ModuleCode, SourceFile } from "./code_base.ts";
import { type InstanceKey, ownSymbol } from "./scope.ts";
import type { Block, Body, Expression } from "./syntax.ts";

/** One place that reads a name. */
export interface Reference {
  /** As `var.vms`, `local.sizes`, `module.vm` or `x_y.this`. */
  symbol: string;
  /** From the value of the name on; `*` for any key. */
  path: readonly (InstanceKey | typeof ANY)[];
  /** It reads which keys there are, and none of the values below them. */
  isShallow: boolean;
  /** The expression that reads. */
  at: Expression;
  /** Where it stands. */
  file: SourceFile;
  /** The block at the top of the file that it stands in. */
  block: Block;
}

/** Stands for any key. */
export const ANY: unique symbol = Symbol("any key");

type Path = Reference["path"];
/** What a name that a block or a `for` makes stands for; undefined for a key, which reads no value. */
interface Element {
  /** The name that it is an element of, where it is of one. */
  base: Base | undefined;
  /** What it is called itself. */
  own: string;
  /** Its value is behind `.value`. */
  isIterator: boolean;
}
type Names = ReadonlyMap<string, Element | undefined>;
interface Base {
  symbol: string;
  path: Path;
}

/** Blocks whose addresses read no value. */
const ADDRESSES = ["moved", "import", "removed"];
/** A variable's own checks do not change with the value that it hands on. */
const PASSED_OVER = [...ADDRESSES, "variable", "terraform"];
/** Arguments that name objects and read nothing of them. */
const NAMING = ["depends_on", "ignore_changes", "provider", "providers"];
const KEYS_ALONE = ["length", "keys"];

/** The references of each module: a finding asks for them once for each name on its way. */
const referencesOf = new WeakMap<ModuleCode, Reference[]>();

/** Every reference in a module's code. */
export function referencesIn(code: ModuleCode): Reference[] {
  let known = referencesOf.get(code);
  if (!known) referencesOf.set(code, known = gather(code));
  return known;
}

function gather({ files }: ModuleCode): Reference[] {
  const found: Reference[] = [];
  for (const file of files) {
    for (const block of file.body.items) {
      if (block.kind !== "block" || PASSED_OVER.includes(block.type)) continue;
      const walk = new Walk(file, (one) => found.push({ ...one, file, block }));
      walk.body(block.body, walk.iterators(block, new Map(), "each"));
    }
  }
  return found;
}

/** Whether what a reference reads takes in what stands behind keys. */
export function takesIn({ path, isShallow }: Reference, keys: readonly (InstanceKey | typeof ANY)[]): boolean {
  if (isShallow && keys.length > path.length) return false;
  return path.every((one, at) =>
    at >= keys.length || one === ANY || keys[at] === ANY || `${String(one)}` === `${String(keys[at])}`
  );
}

class Walk {
  constructor(
    readonly file: SourceFile,
    readonly emit: (one: Pick<Reference, "symbol" | "path" | "isShallow" | "at">) => void,
  ) {}

  body({ items }: Body, names: Names) {
    for (const item of items) {
      if (item.kind === "attribute") {
        if (!NAMING.includes(item.name)) this.expression(item.value, names, item.name === "for_each");
        continue;
      }
      const isDynamic = item.type === "dynamic";
      this.body(item.body, isDynamic ? this.iterators(item, names, iteratorOf(item)) : names);
    }
  }

  /** The names inside a block that repeats. */
  iterators(block: Block, names: Names, name: string): Names {
    const forEach = block.body.items.find((one) => one.kind === "attribute" && one.name === "for_each");
    if (forEach?.kind !== "attribute") return names;
    const [base] = this.#bases(forEach.value, names);
    return new Map([...names, [name, { base, own: ownSymbol(this.file, block), isIterator: true }]]);
  }

  /** @param isShallow Its keys alone count. */
  expression(at: Expression, names: Names, isShallow = false): void {
    if (at.kind === "access") {
      for (const step of at.steps) if (step.kind === "index") this.expression(step.index, names);
    }
    if (at.kind === "variable" || at.kind === "access") {
      for (const base of this.#bases(at, names)) this.emit({ ...base, isShallow, at });
      if (at.kind === "access" && at.of.kind !== "variable") this.expression(at.of, names);
      return;
    }
    if (at.kind === "for") return this.#for(at, names);
    if (at.kind === "call") return this.#call(at, names);
    for (const part of partsOf(at)) this.expression(part, names);
  }

  #for(at: Expression & { kind: "for" }, names: Names) {
    const [base] = this.#bases(at.collection, names);
    this.expression(at.collection, names, base !== undefined);
    const inner = new Map(names);
    for (const name of at.names) inner.set(name, undefined);
    inner.set(at.names.at(-1)!, { base, own: ownSymbol(this.file, at), isIterator: false });
    for (const part of [at.key, at.value, at.condition]) if (part) this.expression(part, inner);
  }

  #call({ name, args }: Expression & { kind: "call" }, names: Names) {
    const [first, second, ...rest] = args;
    if (first && KEYS_ALONE.includes(name)) return this.expression(first, names, true);
    const bases = name === "lookup" && first && second?.kind === "literal" ? this.#bases(first, names) : [];
    for (const base of bases) {
      this.emit({
        ...base,
        path: [...base.path, `${(second as { value: unknown }).value}`],
        isShallow: false,
        at: first!,
      });
    }
    for (const part of bases.length > 0 ? rest : args) this.expression(part, names);
  }

  /** The names that an expression reads, and how far into them: an element's own, and what it is an element of. */
  #bases(at: Expression, names: Names): Base[] {
    const root = at.kind === "access" ? at.of : at;
    if (root.kind !== "variable") return [];
    const path = at.kind === "access" ? at.steps.map(keyOf) : [];
    if (!names.has(root.name)) {
      const [name, ...rest] = path;
      return typeof name === "string" ? [{ symbol: `${root.name}.${name}`, path: rest }] : [];
    }
    const element = names.get(root.name);
    if (!element || (element.isIterator && path[0] !== "value")) return [];
    const rest: Path = path.slice(element.isIterator ? 1 : 0);
    const below: Base = { symbol: element.own, path: rest };
    const { base } = element;
    return base ? [{ symbol: base.symbol, path: [...base.path, ANY, ...rest] as Path }, below] : [below];
  }
}

function keyOf(step: (Expression & { kind: "access" })["steps"][number]): InstanceKey | typeof ANY {
  if (step.kind === "name") return step.name;
  const isKnown = step.kind === "index" && step.index.kind === "literal";
  return isKnown ? (step.index as { value: InstanceKey }).value : ANY;
}

function iteratorOf({ labels, body }: Block): string {
  const own = body.items.find((one) => one.kind === "attribute" && one.name === "iterator");
  return own?.kind === "attribute" && own.value.kind === "variable" ? own.value.name : labels[0]!;
}

/** The expressions in one, but for what has names of its own. */
function partsOf(at: Expression): readonly Expression[] {
  switch (at.kind) {
    case "list":
      return at.items;
    case "object":
      // A key that is a bare word is a text.
      return at.entries.flatMap(({ keyed, value }) => keyed.kind === "variable" ? [value] : [keyed, value]);
    case "parenthesis":
      return [at.inner];
    case "conditional":
    case "template":
    case "other":
      return at.parts;
    default:
      return [];
  }
}
