/**
 * Whether a place in the code belongs to one instance alone, so that an edit there changes nothing else: what else reads
 * it, how many instances it stands for, and who else uses the file.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { CodeFolder, Place, WhyNot } from "./code_answer.ts";
import type { CodeBase, ModuleCode } from "./code_base.ts";
import { constant, follow } from "./follow.ts";
import type { Resource } from "./locate.ts";
import { type Hop, type Key, type Origin, placeOf, START } from "./origin.ts";
import { ANY, type Reference, referencesIn, takesIn } from "./references.ts";
import { blocksOf, type Frame, localSource, type Scope } from "./scope.ts";
import type { Expression } from "./syntax.ts";

/** What may be done at a place: nothing, for a reason, or an edit, with what changes along with it. */
export type Verdict = { whyNot: WhyNot } | { whyNot?: undefined; outputs: string[] };

/** What is asked about each place of one finding. */
export interface Surroundings {
  /** Reads the code. */
  base: CodeBase;
  /** The environment. */
  folder: CodeFolder;
  /** The block of the finding. */
  resource: Resource;
  /** The expressions that may read the place, since the edit is meant for them too. */
  meant: ReadonlySet<Expression>;
}

/** Judges a place for a value behind `keys` of the resource. */
export async function isExclusive(origin: Origin, keys: readonly Key[], around: Surroundings): Promise<Verdict> {
  if (origin.kind === "stopped") return { whyNot: origin.whyNot };
  const { base, folder, resource, meant } = around;
  const whyNot = await sharedFile(origin.at.file.path, base, folder) ??
    await severalInstances(origin, base, rootOf(origin.context.scope).code);
  if (whyNot) return { whyNot };
  const own: Hop = {
    scope: resource.context.scope,
    symbol: resource.name,
    keys: [...resource.key === undefined ? [] : [{ key: resource.key, isAsked: true }], ...keys],
  };
  const read = new Readers();
  for (const hop of [own, ...origin.trail.hops]) {
    const wanted = hop.keys.map(({ key, isQuoted }) => isQuoted && hop === own ? ANY : key);
    // Where an element goes, whoever counts the elements sees it.
    if (origin.kind === "value" && origin.makesBlock && hop !== own) wanted.pop();
    await read.gather(hop.scope, hop.symbol, wanted, meant);
  }
  return read.readers.length > 0
    ? { whyNot: { reason: "shared-value", readers: read.readers } }
    : { outputs: [...read.outputs].sort() };
}

class Readers {
  readonly readers: Place[] = [];
  readonly outputs = new Set<string>();

  /** What reads a name of a module, but for expressions that are meant to. An output hands it on to the caller. */
  async gather(
    scope: Scope,
    symbol: string,
    keys: readonly Reference["path"][number][],
    meant: ReadonlySet<Expression>,
  ) {
    await this.#gatherJson(scope.code, symbol);
    for (const one of referencesIn(scope.code)) {
      if (one.symbol !== symbol || meant.has(one.at) || !takesIn(one, keys)) continue;
      const [name = ""] = one.block.labels;
      if (one.block.type !== "output") this.readers.push(placeOf(one.file, one.at.start, "value", headerOf(one)));
      else if (!scope.call) this.outputs.add(name);
      else {
        const { block, context } = scope.call;
        const frame = context.frames.find((one) => one.block === block.node);
        const output = frame ? [frame.key, name] : [name];
        await this.gather(context.scope, `module.${block.node.labels[0]}`, output, meant);
      }
    }
  }

  async #gatherJson({ jsonFiles }: ModuleCode, symbol: string) {
    for (const file of jsonFiles) {
      const text = await Deno.readTextFile(file).catch(() => symbol);
      if (text.includes(symbol)) this.readers.push({ file, line: 1, what: "block" });
    }
  }
}

function headerOf({ block }: Reference): string {
  return block.type === "resource" ? block.labels.join(".") : [block.type, ...block.labels].join(".");
}

async function severalInstances(
  { trail, context }: Origin & { kind: "value" | "block" | "gap" },
  base: CodeBase,
  root: ModuleCode,
): Promise<WhyNot | undefined> {
  const open = trail.frames.filter((frame) => !trail.told.includes(frame.block) && !isSingle(frame));
  if (open.length > 0) return { reason: "several-instances" };
  for (let { scope } = context; scope.call; scope = scope.call.context.scope) {
    if (await callsOf(scope.code.dir, base, root) > 1) return { reason: "several-instances" };
  }
  return undefined;
}

/** Whether a repeated block has one instance at most. */
function isSingle({ by, repeats: { expression, context } }: Frame): boolean {
  if (by === "count") {
    const branches = expression.kind === "conditional" ? expression.parts.slice(1) : [expression];
    return branches.every((one) => {
      const count = constant(one, context, START)?.value;
      return count === 0 || count === 1;
    });
  }
  const found = follow(expression, [], context, START);
  if (found.kind !== "value") return false;
  const { node } = found.at;
  return (node.kind === "object" && node.entries.length === 1) || (node.kind === "list" && node.items.length === 1);
}

function rootOf(scope: Scope): Scope {
  return scope.call ? rootOf(scope.call.context.scope) : scope;
}

/** How many calls lead to a folder, in all modules of an environment that are in the checkout. */
async function callsOf(dir: string, base: CodeBase, root: ModuleCode): Promise<number> {
  let calls = 0;
  const seen = new Set([root.dir]);
  const modules = [root];
  for (const code of modules) {
    for (const block of blocksOf(code, "module")) {
      const { folder } = localSource([block], code.dir);
      const called = folder === undefined ? undefined : await base.module(folder).catch(() => undefined);
      if (called?.dir === dir) calls++;
      if (called && !seen.has(called.dir)) {
        seen.add(called.dir);
        modules.push(called);
      }
    }
  }
  return calls;
}

/** Why a file is not this environment's own. */
async function sharedFile(file: string, base: CodeBase, folder: CodeFolder): Promise<WhyNot | undefined> {
  const others = await Promise.all(
    folder.environments.filter(({ name }) => name !== folder.name).map(async ({ name, dir, varFiles }) => ({
      name,
      dir: await real(dir),
      varFiles: await Promise.all(varFiles.map(real)),
    })),
  );
  const dir = await real(folder.dir);
  const isOwnValues = (await Promise.all(folder.varFiles.map(real))).includes(file);
  if (await real(file) !== file) return { reason: "shared-file", file };
  if (!isOwnValues && !file.startsWith(`${dir}/`)) return { reason: "shared-file", file };
  const users: string[] = [];
  for (const one of others) {
    if (one.varFiles.includes(file) || (!isOwnValues && await uses(one.dir, dirname(file), dir, base))) {
      users.push(one.name);
    }
  }
  return users.length > 0 ? { reason: "shared-folder", environments: users } : undefined;
}

/** Whether another environment's code lies in a folder or, where that is a module of this one, calls it too. */
async function uses(other: string, wanted: string, own: string, base: CodeBase): Promise<boolean> {
  if (other === wanted || wanted === own) return other === wanted;
  try {
    return await callsOf(wanted, base, await base.module(other)) > 0;
  } catch {
    // Code that cannot be read may call it.
    return true;
  }
}

function real(path: string): Promise<string> {
  return Deno.realPath(path).catch(() => join(path));
}
