/**
 * The code of an environment as Terraform reads it: which files of a folder count, and what stands in them. Files are read
 * once; a text can be put in place of what a file says, which is how an edit is tried without writing it.
 *
 * @module
 */

import { join } from "node:path";
import type { WhyNot } from "./code_answer.ts";
import { type CodeReader, CodeUnreadable } from "./parse.ts";
import type { Body } from "./syntax.ts";

/** More than any file of code has; a larger one is data. */
const MOST_BYTES = 4_000_000;
const CODE = /\.(?:tf|tofu)(?:\.json)?$/;
const OVERRIDE = /(?:^|_)override\.[^.]+(?:\.json)?$/;
/** What editors leave behind, which Terraform passes over. */
const PASSED_OVER = /^\.|~$|^#.*#$/;

/** Something about the code cannot be told. */
export class Withheld extends Error {
  /** Tells it from other errors. */
  override name = "Withheld";
  /** Keeps the reason as it is, for whoever words it. */
  constructor(readonly whyNot: WhyNot) {
    super(`Cannot explain the code: ${whyNot.reason}`);
  }
}

/** One file in HashiCorp's language. */
export interface SourceFile {
  /** Absolute path, links on the way to its folder resolved. */
  path: string;
  /** What it says, or shall say. */
  text: string;
  /** What stands in it. */
  body: Body;
}

/** One folder of code. */
export interface ModuleCode {
  /** Absolute path without links. */
  dir: string;
  /** Files that declare things, by name; those that override them come last. */
  files: SourceFile[];
  /** How many of the files, from the end, are overrides. */
  overrides: number;
  /** Absolute paths of files in JSON, which are not read. */
  jsonFiles: string[];
}

/** The text of a file, which is not the one on disk where an edit is tried. */
export type Texts = ReadonlyMap<string, string>;

/** Reads and remembers code. */
export class CodeBase {
  readonly #files = new Map<string, Promise<SourceFile>>();
  readonly #modules = new Map<string, Promise<ModuleCode>>();

  readonly #origin: CodeBase | undefined;

  /**
   * Reads code where nobody has yet.
   *
   * @param texts What stands in place of what files say, by path.
   * @param origin Has read the other files.
   */
  constructor(readonly reader: CodeReader, readonly isTofu: boolean, readonly texts: Texts, origin?: CodeBase) {
    this.#origin = origin;
  }

  /** The same code with other texts. */
  with(texts: Texts): CodeBase {
    return new CodeBase(this.reader, this.isTofu, new Map([...this.texts, ...texts]), this);
  }

  /**
   * The code in a folder.
   *
   * @throws {Withheld} where it cannot be read
   */
  module(dir: string): Promise<ModuleCode> {
    return remembered(this.#modules, dir, async () => {
      const real = await Deno.realPath(dir).catch(() => {
        throw new Withheld({ reason: "unreadable", file: dir });
      });
      const names = effectiveNames(await namesIn(real), this.isTofu);
      const hcl = names.filter((name) => !name.endsWith(".json"));
      const overrides = hcl.filter((name) => OVERRIDE.test(name));
      const ordered = [...hcl.filter((name) => !OVERRIDE.test(name)), ...overrides];
      return {
        dir: real,
        files: await Promise.all(ordered.map((name) => this.file(join(real, name)))),
        overrides: overrides.length,
        jsonFiles: names.filter((name) => name.endsWith(".json")).map((name) => join(real, name)),
      };
    });
  }

  /**
   * One file of code or values.
   *
   * @throws {Withheld} where it cannot be read
   */
  file(path: string): Promise<SourceFile> {
    return remembered(this.#files, path, async () => {
      if (this.#origin && this.#origin.texts.get(path) === this.texts.get(path)) return await this.#origin.file(path);
      const text = this.texts.get(path) ?? await readText(path);
      try {
        return { path, text, body: this.reader.read(text) };
      } catch (error) {
        if (error instanceof CodeUnreadable) throw new Withheld({ reason: "unreadable", file: path, line: error.line });
        // Code nested deeper than our stack.
        if (error instanceof RangeError) throw new Withheld({ reason: "unreadable", file: path });
        throw error;
      }
    });
  }
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let found = known.get(key);
  if (!found) known.set(key, found = make());
  return found;
}

/** Names of the files that count: OpenTofu passes over `x.tf` beside `x.tofu`, Terraform does not know the latter. */
function effectiveNames(names: string[], isTofu: boolean): string[] {
  const code = names.filter((name) => CODE.test(name) && !PASSED_OVER.test(name)).sort();
  if (!isTofu) return code.filter((name) => !/\.tofu(?:\.json)?$/.test(name));
  return code.filter((name) => !code.includes(name.replace(/\.tf(?=$|\.json$)/, ".tofu")) || name.includes(".tofu"));
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(dir));
    return entries.flatMap(({ name, isDirectory }) => isDirectory ? [] : [name]);
  } catch {
    throw new Withheld({ reason: "unreadable", file: dir });
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MOST_BYTES) throw new Withheld({ reason: "unreadable", file: path });
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await Deno.readFile(path));
  } catch (error) {
    throw error instanceof Withheld ? error : new Withheld({ reason: "unreadable", file: path });
  }
}
