import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { bundle } from "../../packaging/bundle.ts";
import { packagesIn } from "../../packaging/licenses.ts";
import { RUN_BUNDLE } from "../../packaging/permissions.ts";
import { builtInSinks } from "../../sinks/load.ts";
import { endToEnd, tellsOfThisMachine } from "./shipped_program.ts";
import { ROOT, run, testTerraform } from "../support/programs.ts";

/** Makes a bundle in a folder of its own. */
async function withBundle(act: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bundle-test-" });
  try {
    const path = join(folder, "pve-drift.js");
    await bundle(path);
    await act(path, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testTerraform("bundle() makes one file that runs as the source does, with nothing beside it", async (test) => {
  await withBundle(async (path, folder) => {
    const program = join(folder, "pve-drift");
    const command = [Deno.execPath(), ...RUN_BUNDLE, path].map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(program, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
    await endToEnd(test, program, { narrow: true });
  });
});

Deno.test("bundle() puts in every module that the source may load, and every license", async () => {
  await withBundle(async (path) => {
    const code = await Deno.readTextFile(path);
    const { stdout } = await run(Deno.execPath(), ["info", "--json", "drift/check-drift.ts"], { cwd: ROOT });
    const graph = JSON.parse(stdout) as { modules: { specifier: string; dependencies?: Dependency[] }[] };
    const all = new Set(graph.modules.map(({ specifier }) => specifier));
    const running = new Set([`file://${ROOT}/drift/check-drift.ts`]);
    for (const one of running) {
      const { dependencies = [] } = graph.modules.find(({ specifier }) => specifier === one) ?? {};
      for (const { code } of dependencies) if (code?.specifier && all.has(code.specifier)) running.add(code.specifier);
    }
    const modules = [...running].filter((one) => one.startsWith("file:")).map((one) =>
      one.slice(`file://${ROOT}/`.length)
    );
    for (const name of builtInSinks) {
      assert(modules.includes(`sinks/${name}.ts`), `sinks/${name}.ts is not in the graph`);
    }
    for (const file of ["child_main", "exec_sink", "file_sink"]) {
      assert(modules.includes(`sinks/custom/${file}.ts`), file);
    }
    // A module of types alone leaves no code behind.
    const missing = modules.filter((one) => !new RegExp(`^ *// ${one.replaceAll(".", "\\.")}$`, "m").test(code));
    assertEquals(missing, []);

    const packages = packagesIn(code);
    assert(packages.length > 5);
    for (const { name, version } of packages) assertStringIncludes(code, `== ${name} ${version} ==\n\n`);
    assertEquals(packages.filter(({ name }) => /grafana|promql|uplot/.test(name)), [], "what only tests need is in it");
  });
});

interface Dependency {
  code?: { specifier?: string };
}

Deno.test("bundle() tells nothing of the machine, and gives the same bytes from another folder", async () => {
  await withBundle(async (path, folder) => {
    assertEquals(await tellsOfThisMachine(path), []);
    assertEquals(/[^\0-\x7f]+/.exec(await Deno.readTextFile(path))?.[0], undefined, "not ASCII: starts slower");
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o755);
    const parts = ["deno.json", "deno.lock", "LICENSE", "drift", "lib", "sinks", "types", "packaging", "node_modules"];
    const other = join(folder, "elsewhere/checkout");
    await Deno.mkdir(other, { recursive: true });
    assertEquals((await run("cp", ["-a", ...parts, other], { cwd: ROOT })).code, 0);
    const again = join(folder, "again.js");
    const args = ["task", "-q", "bundle", "--output", again];
    const { code, stderr } = await run(Deno.execPath(), args, { cwd: other, env: { TZ: "Asia/Tokyo", LC_ALL: "C" } });
    assertEquals(code, 0, stderr);
    assertEquals(await Deno.readTextFile(again) === await Deno.readTextFile(path), true, "the bytes differ");
  });
});

Deno.test("RUN_BUNDLE grants what the permission set drift grants, and the bundle's first line says it", async () => {
  const set = Object.entries(project.permissions.drift);
  assertEquals(set.filter(([, value]) => typeof value !== "boolean"), []);
  assertEquals(
    RUN_BUNDLE.filter((flag) => /^--(allow|deny)-/.test(flag)).sort(),
    set.map(([kind, value]) => `--${value ? "allow" : "deny"}-${kind}`).sort(),
  );
  await withBundle(async (path) => {
    assertMatch(await Deno.readTextFile(path), new RegExp(`^#!/usr/bin/env -S deno ${RUN_BUNDLE.join(" ")}\n`));
  });
});
