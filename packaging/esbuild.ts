/**
 * Bundles the program with esbuild, in a process of its own. `deno bundle` does that too, but its bundle loads every module of
 * Node that some part uses before the first line runs, which takes three times as long as Deno's own start (Deno 2.9.6: 53 ms
 * beside 16 ms). Here each is loaded when the part that uses it is.
 *
 *     deno run -A packaging/esbuild.ts OUTPUT [--minify]
 *
 * @module
 */

import { builtinModules } from "node:module";
import { join } from "node:path";
import { build, type Loader, type OnLoadResult, type Plugin, stop } from "esbuild";
import project from "../deno.json" with { type: "json" };
import { ROOT, task } from "./task.ts";

/** The program's first file, which alone runs something by itself. */
const ENTRY = join(ROOT, "drift/check-drift.ts");

/** How esbuild takes what Deno imports raw. */
const RAW: Record<string, Loader> = { text: "text", bytes: "binary" };

const lazyNode: Plugin = {
  name: "modules of Node, when they are first used",
  setup({ onLoad, onResolve }) {
    const names = builtinModules.filter((name) => /^[a-z/]+$/.test(name)).join("|");
    onResolve({ filter: new RegExp(`^(node:.+|${names})$`) }, ({ path }) => {
      return { path: path.replace(/^(?:node:)?/, "node:"), namespace: "node" };
    });
    onLoad({ filter: /./, namespace: "node" }, ({ path }) => {
      return { contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});` };
    });
  },
};

const asDeno: Plugin = {
  name: "imports as Deno takes them",
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /^[^./]/, namespace: "file" }, async ({ path, kind, resolveDir }) => {
      const name = packagePath(path);
      return name === undefined ? undefined : await resolve(name, { kind, resolveDir });
    });
    onLoad({ filter: /./, namespace: "file" }, async ({ path, with: { type } }): Promise<OnLoadResult | undefined> => {
      if (type !== undefined && RAW[type]) return { contents: await Deno.readFile(path), loader: RAW[type] };
      if (!path.startsWith(ROOT) || !path.endsWith(".ts") || path === ENTRY) return;
      const text = await Deno.readTextFile(path);
      return { contents: text.replaceAll("import.meta.main", "false"), loader: "ts" };
    });
  },
};

/** Where the import map leads, as a path of the folder of packages; nothing where it does not speak of the import. */
function packagePath(imported: string): string | undefined {
  for (const [name, target] of Object.entries(project.imports)) {
    const isFolder = name.endsWith("/");
    if (isFolder ? !imported.startsWith(name) : imported !== name) continue;
    const path = (isFolder ? target + imported.slice(name.length) : target).replace(
      /^npm:\/?((?:@[^/]+\/)?[^@]+)@[^/]+/,
      "$1",
    );
    return path === imported ? undefined : path;
  }
  return undefined;
}

if (import.meta.main) {
  await task(async ([output, minify]) => {
    try {
      await build({
        ...{ entryPoints: [ENTRY], outfile: output!, absWorkingDir: ROOT, bundle: true, minify: minify === "--minify" },
        ...{ format: "esm", platform: "neutral", mainFields: ["module", "main"], conditions: ["deno", "node"] },
        legalComments: "none",
        logLevel: "warning",
        plugins: [lazyNode, asDeno],
      });
    } finally {
      await stop();
    }
  });
}
