/** Code in a folder of its own, asked about a finding. */

import { applyPatch, parsePatch } from "diff";
import { dirname, join, relative } from "node:path";
import type { CodeAnswer, CodeFolder } from "../../drift/explain/code/code_answer.ts";
import { codeExplainer } from "../../drift/explain/code/explain_code.ts";
import type { AttributeChange, Change } from "../../drift/report.ts";

/** A finding in few words: attribute path to what the code wants and what is there. */
export interface Question {
  /** Path below the checkout to text. */
  files: Record<string, string>;
  /** Resource address. */
  address: string;
  /** What differs. */
  attributes: Record<string, [expected: unknown, actual: unknown]>;
  /** What Terraform would do; `update` if not given. */
  action?: Change["action"];
  /** What is known of the environment; its folder below the checkout is `dir`. */
  folder?: Partial<Omit<CodeFolder, "dir" | "varFiles">> & { dir?: string; varFiles?: string[] };
  /** Makes what texts cannot, in the checkout. */
  prepare?: (checkout: string) => Promise<void>;
}

/** What was said, with paths from the checkout on, and the files that the edit changes. */
export interface Explained {
  /** The answer itself. */
  answer: CodeAnswer;
  /** `FILE:LINE WHAT NAME` of each place, by attribute. */
  places: Record<string, string[]>;
  /** Why an attribute is not kept. */
  whyNot: Record<string, string>;
  /** The files after the edit, those that it changes. */
  after: Record<string, string>;
}

/** Asks about a finding. */
export async function explained(question: Question): Promise<Explained> {
  const temporary = await Deno.makeTempDir({ prefix: "explained-code-" });
  try {
    const checkout = await Deno.realPath(temporary);
    for (const [path, text] of Object.entries(question.files)) {
      await Deno.mkdir(dirname(join(checkout, path)), { recursive: true });
      await Deno.writeTextFile(join(checkout, path), text);
    }
    await question.prepare?.(checkout);
    const explain = await codeExplainer(folderOf(checkout, question));
    const answer = await explain(changeOf(question));
    const inner = (path: string) => relative(checkout, path);
    const byPath = <T>(value: (one: CodeAnswer["attributes"][number]) => T) =>
      Object.fromEntries(answer.attributes.map((one) => [one.path, value(one)]));
    return {
      answer,
      places: byPath(({ places }) =>
        places.map(({ file, line, what, name }) => [`${inner(file)}:${line}`, what, name].join(" ").trim())
      ),
      whyNot: Object.fromEntries(
        answer.attributes.flatMap(({ path, whyNot }) => whyNot ? [[path, whyNot.reason]] : []),
      ),
      after: await patched(answer, checkout),
    };
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

function folderOf(checkout: string, { folder = {} }: Question): CodeFolder {
  const dir = join(checkout, folder.dir ?? ".");
  return {
    name: "env",
    envVariables: [],
    isTofu: false,
    ...folder,
    dir,
    varFiles: (folder.varFiles ?? []).map((path) => join(dir, path)),
    environments: (folder.environments ?? []).map((one) => ({
      ...one,
      dir: join(checkout, one.dir),
      varFiles: one.varFiles.map((path) => join(checkout, one.dir, path)),
    })),
  };
}

/** A change as a report has it. */
export function changeOf(
  { address, attributes, action = "update" }: Pick<Question, "address" | "attributes" | "action">,
): Change {
  const [module] = /^(?:module\.[^.[]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.?)+(?=\.)/.exec(address) ?? [];
  return {
    address,
    type: address.split(".").at(-2) ?? "",
    provider: "registry.terraform.io/bpg/proxmox",
    ...(module === undefined ? {} : { module }),
    action,
    origin: "outside",
    firstSeenAt: "2026-01-01T00:00:00.000Z",
    isNew: true,
    confirmed: true,
    attributes: Object.entries(attributes).map(([path, [expected, actual]]): AttributeChange => ({
      path,
      sensitive: false,
      origin: "outside",
      expected,
      actual,
      isNew: true,
      firstSeenAt: "2026-01-01T00:00:00.000Z",
    })),
  };
}

async function patched({ edit }: CodeAnswer, checkout: string): Promise<Record<string, string>> {
  const after: Record<string, string> = {};
  for (const patch of edit ? parsePatch(edit.patch) : []) {
    const path = join(edit!.base, patch.newFileName!.replace(/^b\//, ""));
    const text = applyPatch(await Deno.readTextFile(path), patch);
    if (text === false) throw new Error(`The patch does not fit: ${edit!.patch}`);
    after[relative(checkout, path)] = text;
  }
  return after;
}
