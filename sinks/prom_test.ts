import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { driftReport, environment, report } from "../tests/support/sample_reports.ts";
import { parse } from "./prom/exposition.ts";
import prom, { createProm, type PromOptions } from "./prom.ts";
import { type DriftReport, type SinkContext, type SinkOutcome, StepAside } from "./sink.ts";

const SIGNAL = new AbortController().signal;

interface Place {
  dir: string;
  file: string;
  said: string[];
  run(report: DriftReport, options?: PromOptions & { dryRun?: boolean }, outcomes?: SinkOutcome[]): Promise<void>;
  read(): Promise<string>;
  names(): Promise<string[]>;
}

async function inFolder(test: (place: Place) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const file = join(dir, "pve_drift.prom");
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level}: ${message}`);
  const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  try {
    await test({
      dir,
      file,
      said,
      async run(shown, { dryRun = false, ...options } = { file }, outcomes = []) {
        const context: SinkContext = { dryRun, stateDir: "/nowhere", log };
        const sink = await createProm(options, context, join(dir, "default/pve_drift.prom"));
        await sink.deliver(shown, SIGNAL);
        await sink.settled!(outcomes, shown, SIGNAL);
      },
      read: () => Deno.readTextFile(file),
      names: async () => (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort(),
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("prom settled() writes the metrics and the failures of the others, readable for everybody", () =>
  inFolder(async ({ run, read, file, names, said }) => {
    await run(driftReport(), { file }, [{ sink: "telegram", delivered: false, durationMs: 1 }]);
    const text = await read();
    assert(text.startsWith("# HELP pve_drift_status ") && text.endsWith("\n"), text);
    assertStringIncludes(text, '\npve_drift_sink_failures{sink="telegram"} 1\n');
    assertStringIncludes(text, '\npve_drift_resources_changed{env="prod"} 4\n');
    assertEquals((await Deno.stat(file)).mode! & 0o7777, 0o644);
    assertEquals(await names(), ["pve_drift.prom"]);
    assertEquals(said, []);
    for (const { name, help, type } of parse(text)) assert(help !== "" && type === "gauge", name);
  }));

Deno.test("prom settled() keeps what the old file said of environments that were not checked", () =>
  inFolder(async ({ run, read }) => {
    await run(driftReport());
    await run(report([environment("lab")], { configured: ["prod", "lab"] }));
    const text = await read();
    assertStringIncludes(text, 'pve_drift_resources_changed{env="prod"} 4\n');
    assert(!text.includes("staging"), text);
  }));

for (
  const [what, content] of [
    ["cut off", 'pve_drift_status{env="prod"} 0\npve_drift_last'],
    ["full of zeros", "\0".repeat(4096)],
    ["HTML", "<html>\n"],
  ] as const
) {
  Deno.test(`prom settled() replaces an old file that is ${what}, and says so`, () =>
    inFolder(async ({ run, read, file, said }) => {
      await Deno.writeTextFile(file, content);
      await run(report([environment("lab")], { configured: ["prod", "lab"] }));
      assertEquals(said.length, 1);
      assertStringIncludes(said[0]!, `warn: Replaces "${file}", which is damaged`);
      assertStringIncludes(await read(), 'pve_drift_last_check_timestamp{env="prod"} 0\n');
      await run(report([environment("lab")]));
      assertEquals(said.length, 1);
    }));
}

Deno.test("prom settled() does not hang on a FIFO in the file's place", () =>
  inFolder(async ({ run, read, file, said }) => {
    await new Deno.Command("mkfifo", { args: [file] }).output();
    await run(report([environment("lab")]));
    assertStringIncludes(said[0]!, "it is not a regular file");
    assertStringIncludes(await read(), 'pve_drift_status{env="lab"} 0\n');
  }));

Deno.test("prom settled() leaves the old file as it was when its signal has fired", () =>
  inFolder(async ({ run, read, file, names }) => {
    await run(report([environment("lab")]));
    const before = await read();
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const sink = await createProm({ file }, { dryRun: false, stateDir: "/", log }, file);
    await assertRejects(
      () => Promise.resolve(sink.settled!([], driftReport(), AbortSignal.abort(new Error("too late")))),
      Error,
      "too late",
    );
    assertEquals(await read(), before);
    assertEquals(await names(), ["pve_drift.prom"]);
  }));

Deno.test("prom settled() writes a damaged file never when several write at once", () =>
  inFolder(async ({ run, read, names }) => {
    const runs = Array.from(
      { length: 10 },
      (_, at) => run(report([environment(`e${at}`)], { configured: ["e0", "e1"] })),
    );
    await Promise.all([...runs, ...Array.from({ length: 20 }, async () => parse(await read().catch(() => "")))]);
    assert(parse(await read()).length > 5);
    assertEquals(await names(), ["pve_drift.prom"]);
  }));

Deno.test("prom writes nothing in a dry run, and says what it would", () =>
  inFolder(async ({ run, names, said, file }) => {
    await run(driftReport(), { file, dryRun: true });
    assertEquals(await names(), []);
    assertEquals(said, [`info: Would write 58 series of 3 environments to "${file}"`]);
  }));

Deno.test("prom deliver() names the cure when the folder is missing", () =>
  inFolder(async ({ run, dir }) => {
    const file = join(dir, "none/pve_drift.prom");
    await assertRejects(
      () => run(driftReport(), { file }),
      Error,
      `Cannot write "${file}": "${dir}/none" does not exist; run "mkdir -p`,
    );
    await assertRejects(() => run(driftReport(), { asked: true }), Error, `"${dir}/default" does not exist`);
  }));

Deno.test("prom create() steps aside when nobody asked and the default folder is missing", () =>
  inFolder(async ({ run, dir }) => {
    const aside = await assertRejects(() => run(driftReport(), { asked: false }), StepAside);
    assertEquals(
      aside.message,
      `No metrics file: "${dir}/default" does not exist. Install prometheus-node-exporter, or name a file as "file"`,
    );
    await Deno.mkdir(join(dir, "default"));
    await run(driftReport(), { asked: false });
    assert((await Deno.stat(join(dir, "default/pve_drift.prom"))).isFile);
  }));

Deno.test("prom follows a symbolic link to its folder and resolves a relative file against the base", () =>
  inFolder(async ({ run, dir }) => {
    await Deno.mkdir(join(dir, "real"));
    await new Deno.Command("ln", { args: ["-s", "real", join(dir, "link")] }).output();
    await run(driftReport(), { file: "link/x.prom", base: dir });
    assert((await Deno.lstat(join(dir, "real/x.prom"))).isFile);
    assert((await Deno.lstat(join(dir, "link"))).isSymlink);
  }));

Deno.test("prom options name the wrong one", () => {
  assertEquals(prom.options!.parse({ file: "/x/y.prom" }), { file: "/x/y.prom" });
  for (const file of ["/x/metrics.txt", "/x/.prom", "", 1]) {
    assertThrows(() => prom.options!.parse({ file }), TypeError, '"file" must be a path that ends in ".prom"');
  }
  assertThrows(() => prom.options!.parse({ path: "/x" }), TypeError, 'unknown option "path"');
});

Deno.test("prom probe() says what it writes, or what is wrong with its place, and leaves it as it is", () =>
  inFolder(async ({ dir, file, said, names }) => {
    const say = (message: string) => void said.push(message);
    const context = { dryRun: false, stateDir: "/nowhere", log: { debug: say, info: say, warn: say, error: say } };
    const probe = async (file: string) => await (await createProm({ file }, context, file)).probe!(SIGNAL);
    assertEquals(await probe(file), { summary: `writes "${file}"` });
    const folder = join(dir, "missing");
    await assertRejects(() => probe(join(folder, "x.prom")), Error, `"${folder}" does not exist; run "mkdir -p`);
    assertEquals(await names(), []);
  }));
