/**
 * `deno task bundle` writes the program as one file, `dist/pve-drift.js`, that Deno runs without anything beside it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { writeFileAtomic } from "../lib/atomic_file.ts";
import { licenses, packagesIn } from "./licenses.ts";
import { RUN_BUNDLE } from "./permissions.ts";
import { DIST, must, options, ROOT, say, task, VERSION } from "./task.ts";

/** Where `deno task bundle` puts the file. */
export const BUNDLE: string = join(DIST, "pve-drift.js");

/** The comment that esbuild writes before the code of a module: its path. */
const MODULE = /^ *\/\/ \S+\.[a-z]+$/gm;

/**
 * Writes the bundle, executable, with the licenses of its packages. The same source gives the same bytes wherever the
 * checkout lies.
 *
 * @throws {TaskError} if esbuild fails
 */
export async function bundle(to: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pve-drift-bundle-" });
  try {
    // The small one starts in half the time; only the plain one says which modules are in it.
    const [small, plain] = await Promise.all([["--minify"], []].map(async (flags, at) => {
      const raw = join(folder, `${at}.js`);
      await must(Deno.execPath(), ["run", "-q", "-A", "--no-prompt", "packaging/esbuild.ts", raw, ...flags]);
      return await Deno.readTextFile(raw);
    })) as [string, string];
    const modules = plain.match(MODULE)!.join("\n");
    const text = [
      `#!/usr/bin/env -S deno ${RUN_BUNDLE.join(" ")}`,
      `// pve-drift ${VERSION} in one file, for Deno ${Deno.version.deno}. The licenses of what it holds are at its end.`,
      inAscii(small.trimEnd()),
      `/*\n${licenseComment(await Deno.readTextFile(join(ROOT, "LICENSE")), await licenses(packagesIn(modules)))}\n*/`,
      modules,
    ].join("\n");
    await Deno.mkdir(dirname(to), { recursive: true });
    await writeFileAtomic(to, `${text}\n`, { mode: 0o755 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The same code, which starts 10 ms sooner: V8 copies a text that is not ASCII, whatever part of it, to one of two bytes a character. */
function inAscii(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function licenseComment(own: string, others: string): string {
  const text = `pve-drift ${VERSION}\n\n${own.trim()}\n\n${others}`.replaceAll("*/", "* /");
  return text.replaceAll("\u2013", "-");
}

if (import.meta.main) {
  await task(async (args) => {
    const { output = BUNDLE } = options(args, { output: "value" });
    await bundle(output);
    say(`${output}\nRun it: deno ${RUN_BUNDLE.join(" ")} ${output} --help`);
  });
}
