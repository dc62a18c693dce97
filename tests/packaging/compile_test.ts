import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { bundle } from "../../packaging/bundle.ts";
import { denoDir } from "../../packaging/stub.ts";
import { compile, tryOut } from "../../packaging/compile.ts";
import { cachePath, findStub, type Search, TARGETS, whatToPlace } from "../../packaging/stub.ts";
import { sha256, TaskError } from "../../packaging/task.ts";
import { builtInSinks } from "../../sinks/load.ts";
import { endToEnd, tellsOfThisMachine } from "./shipped_program.ts";
import { ROOT, run } from "../support/programs.ts";

const [x86, arm] = TARGETS as [typeof TARGETS[0], typeof TARGETS[0]];
const own = TARGETS.find(({ arch }) => arch === Deno.build.arch)!;

async function inFolder(act: (search: Search, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "compile-test-" });
  try {
    await act({ denort: undefined, denoDir: join(folder, "deno"), version: "2.9.6" }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The first bytes of a program for a machine. */
async function program(path: string, machine: number): Promise<string> {
  await Deno.writeFile(path, new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, ...Array(12), machine, 0]));
  return path;
}

Deno.test("findStub() takes what DENORT_BIN names for its own machine alone", async () => {
  await inFolder(async (search, folder) => {
    const denort = await program(join(folder, "denort"), arm.machine);
    assertEquals(await findStub(arm, { ...search, denort }), { denort });
    assertEquals(await findStub(x86, { ...search, denort }), undefined);
    assertStringIncludes(
      whatToPlace([x86], { ...search, denort }),
      `is not here (DENORT_BIN names "${denort}", which is no x86_64 program).`,
    );
    for (const text of ["", "#!/bin/sh\n", "\x7fELF"]) {
      await Deno.writeTextFile(denort, text);
      assertEquals(await findStub(arm, { ...search, denort }), undefined);
    }
    assertEquals(await findStub(arm, { ...search, denort: folder }), undefined);
  });
});

Deno.test("findStub() takes the archive in Deno's cache, unless its checksum is another", async () => {
  await inFolder(async (search) => {
    const zip = cachePath(x86, search);
    assert(zip.endsWith("/deno/dl/release/v2.9.6/denort-x86_64-unknown-linux-gnu.zip"), zip);
    await Deno.mkdir(join(zip, ".."), { recursive: true });
    await Deno.writeTextFile(zip, "the archive");
    assertEquals(await findStub(x86, search), { zip });
    const sum = await sha256(new TextEncoder().encode("the archive"));
    await Deno.writeTextFile(`${zip}.sha256sum`, `${sum}  denort-x86_64-unknown-linux-gnu.zip\n`);
    assertEquals(await findStub(x86, search), { zip });
    await Deno.writeTextFile(zip, "the archi");
    await assertRejects(() => findStub(x86, search), TaskError, `its SHA-256 must be ${sum}, is `);
    await Deno.writeTextFile(`${zip}.sha256sum`, "404: Not Found");
    await assertRejects(() => findStub(x86, search), TaskError, "its SHA-256 must be in the .sha256sum file, is ");
  });
});

Deno.test("deno task compile says what to place where when the stubs are missing", async () => {
  await inFolder(async (search, folder) => {
    await Deno.mkdir(search.denoDir);
    const { code, stdout, stderr } = await run(Deno.execPath(), [
      ...["run", "-q", "-A", "--cached-only", join(ROOT, "packaging/compile.ts")],
    ], { cwd: folder, env: { DENO_DIR: search.denoDir, DENORT_BIN: "" } });
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, "Cannot compile for x86_64 and aarch64: ");
    for (const once of ["Cannot compile", "Place it here", "deno task bundle", " install -D -m 0644 -t"]) {
      assertEquals(stderr.split(once).length, 2, `"${once}" is not said exactly once:\n${stderr}`);
    }
    assertStringIncludes(stderr, `install -D -m 0644 -t '${join(cachePath(x86, search), "..")}' `);
    for (const { triple } of TARGETS) {
      const file = `denort-${triple}.zip`;
      assertStringIncludes(stderr, `/releases/download/v2.9.6/${file}.sha256sum\n`);
      assertStringIncludes(stderr, `https://dl.deno.land/release/v2.9.6/${file}.sha256sum | sha256sum -c\n`);
    }
    assert(!/^ +at |backtrace/im.test(stderr), stderr);
    const unknown = await run(Deno.execPath(), ["task", "-q", "compile", "--arch", "sparc"], { cwd: ROOT });
    assertEquals([unknown.code, unknown.stderr], [1, 'Unknown machine "sparc": known are x86_64, aarch64\n']);
  });
});

Deno.test("compile() embeds the bundle and nothing of the machine; a whole deno is no stub, and tryOut() says so", async () => {
  await inFolder(async (_, folder) => {
    const bundled = join(folder, "pve-drift.js"), to = join(folder, "pve-drift");
    await bundle(bundled);
    // In place of denort: it takes the program, and ignores it when it is started.
    await compile(bundled, own, { denort: Deno.execPath() }, to);
    const text = new TextDecoder("latin1").decode(await Deno.readFile(to));
    for (const name of builtInSinks) assertStringIncludes(text, `\n// sinks/${name}.ts\n`);
    for (const name of ["clean", "drifted", "failing"]) {
      assertStringIncludes(text, `// drift/run/recorded/${name}.json`);
    }
    assertEquals((await tellsOfThisMachine(to)).filter((one) => one !== Deno.execPath()), []);
    assert(!text.includes(folder), "the folder that it was built in is inside");
    const error = await assertRejects(() => tryOut(to), TaskError);
    assertMatch(error.message, /^Cannot use the stub: .* says "deno 2.*DENORT_BIN must name denort, not deno$/);
    await assertRejects(() => Deno.stat(to), Deno.errors.NotFound);
  });
});

const search = {
  denort: Deno.env.get("DENORT_BIN") || undefined,
  denoDir: await denoDir(),
  version: Deno.version.deno,
};
const stub = await findStub(own, search);
const reason = stub === undefined ? ` (skipped: no denort for ${own.arch} here, see deno task compile)` : "";

Deno.test({
  name: `the compiled binary runs as the source does, with nothing beside it${reason}`,
  ignore: stub === undefined,
  fn: async (test) => {
    await inFolder(async (_, folder) => {
      const bundled = join(folder, "pve-drift.js"), to = join(folder, "pve-drift");
      await bundle(bundled);
      await compile(bundled, own, stub!, to);
      await Deno.remove(bundled);
      await tryOut(to);
      assertEquals(await tellsOfThisMachine(to), []);
      await endToEnd(test, to, { narrow: false });
    });
  },
});
