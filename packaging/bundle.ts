/**
 * `deno task bundle` writes the program as one file, `dist/pve-drift.js`, that Deno runs without anything beside it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { writeFileAtomic } from "../lib/atomic_file.ts";
import { ensureBundler } from "./bundler.ts";
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
 * @throws {TaskError} if `deno bundle` fails
 */
export async function bundle(to: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pve-drift-bundle-" });
  try {
    await ensureBundler();
    // The small one starts in half the time; only the plain one says which modules are in it.
    const [small, plain] = await Promise.all([["--minify"], []].map(async (flags, at) => {
      const raw = join(folder, `${at}.js`);
      await must(Deno.execPath(), ["bundle", "-q", ...flags, "--output", raw, "drift/check-drift.ts"]);
      return await Deno.readTextFile(raw);
    })) as [string, string];
    const modules = plain.match(MODULE)!.join("\n");
    const text = [
      `#!/usr/bin/env -S deno ${RUN_BUNDLE.join(" ")}`,
      `// pve-drift ${VERSION} in one file, for Deno ${Deno.version.deno}. The licenses of what it holds are at its end.`,
      small.trimEnd(),
      `/*\n${licenseComment(await Deno.readTextFile(join(ROOT, "LICENSE")), await licenses(packagesIn(modules)))}\n*/`,
      modules,
    ].join("\n");
    await Deno.mkdir(dirname(to), { recursive: true });
    await writeFileAtomic(to, `${text}\n`, { mode: 0o755 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function licenseComment(own: string, others: string): string {
  return `pve-drift ${VERSION}\n\n${own.trim()}\n\n${others}`.replaceAll("*/", "* /");
}

if (import.meta.main) {
  await task(async (args) => {
    const { output = BUNDLE } = options(args, { output: "value" });
    await bundle(output);
    say(`${output}\nRun it: deno ${RUN_BUNDLE.join(" ")} ${output} --help`);
  });
}
