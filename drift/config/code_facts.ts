/**
 * What a file of Terraform code says that matters for finding environments: whether it is the root of something, and
 * which folders it calls as modules.
 *
 * @module
 */

import { hclBlocks } from "../../lib/hcl_blocks.ts";

/** A block that only the root of an environment should have. */
export type RootBlock = "backend" | "cloud" | "provider";

/** What one file says. */
export interface CodeFacts {
  /** The root blocks in it. */
  rootBlocks: Set<RootBlock>;
  /** Types of backends, as `s3`; of HCP, `cloud`. */
  backends: string[];
  /** Sources of modules that are paths, as they are written: `./x`, `../x` or `/x`. */
  localSources: string[];
}

const ROOT_BLOCKS: RootBlock[] = ["backend", "cloud", "provider"];
// OpenTofu knows this one in a source.
const OWN_FOLDER = /^\$\{\s*path\.module\s*\}/;
const LOCAL = /^(?:\.\.?(?:\/|$)|\/)/;

/**
 * Reads one file of code. Of one that is damaged, all that looks like such a block counts: an environment with a
 * slip of the pen in it is one all the same.
 *
 * @param isJson The file's name ends in `.json`.
 */
export function codeFacts(text: string, isJson: boolean): CodeFacts {
  // Most files hold resources alone, and are not worth the scan.
  if (!/\b(?:backend|cloud|provider|module)\b/.test(text)) return facts([], []);
  try {
    return isJson ? factsOfJson(JSON.parse(text)) : factsOfHcl(text);
  } catch {
    return factsOfLines(text);
  }
}

function factsOfHcl(text: string): CodeFacts {
  const blocks = hclBlocks(text);
  const inner = blocks.filter(({ type }) => type === "terraform").flatMap(({ blocks }) => blocks);
  const types = [
    ...blocks.map(({ type }) => type).filter((type) => type === "provider"),
    ...inner.map(({ type }) => type).filter((type) => type === "backend" || type === "cloud"),
  ];
  const sources = blocks.filter(({ type }) => type === "module").map(({ texts }) => texts.source);
  const backends = inner.flatMap(({ type, labels }) => type === "backend" ? labels.slice(0, 1) : []);
  return facts(types, sources, backends);
}

/** In JSON, a block is an object, or a list of objects, below its type and its labels. */
function factsOfJson(file: unknown): CodeFacts {
  const settings = objects(objects(file).flatMap((one) => one.terraform));
  const types = [
    ...objects(file).some(({ provider }) => objects(provider).some((one) => Object.keys(one).length > 0))
      ? ["provider"]
      : [],
    ...settings.flatMap((one) => Object.keys(one)).filter((key) => key === "backend" || key === "cloud"),
  ];
  const modules = objects(objects(file).flatMap((one) => one.module)).flatMap((one) => objects(Object.values(one)));
  const backends = objects(settings.flatMap(({ backend }) => backend)).flatMap((one) => Object.keys(one));
  return facts(types, modules.map(({ source }) => source), backends);
}

function objects(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objects);
  return typeof value === "object" && value !== null ? [value as Record<string, unknown>] : [];
}

function factsOfLines(text: string): CodeFacts {
  const types = text.matchAll(/(?:^|[{}[,])[ \t]*"?(backend|cloud|provider)"?[ \t]*["{:]/gm);
  const sources = text.matchAll(/(?:^|[{}[,])[ \t]*"?source"?[ \t]*[=:][ \t]*"([^"\n]*)"/gm);
  return facts([...types].map(([, type]) => type!), [...sources].map(([, source]) => source));
}

function facts(types: string[], sources: unknown[], backends: string[] = []): CodeFacts {
  return {
    backends: types.includes("cloud") ? [...backends, "cloud"] : backends,
    rootBlocks: new Set(ROOT_BLOCKS.filter((block) => types.includes(block))),
    localSources: sources.filter((source) => typeof source === "string").map((source) =>
      source.replace(OWN_FOLDER, ".")
    )
      .filter((source) => LOCAL.test(source)),
  };
}
