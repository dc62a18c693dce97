import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { driftReport, environment, errorReport, report } from "../tests/support/sample_reports.ts";
import { textOf } from "../tests/support/html_text.ts";
import { UTC } from "../tests/support/utc.ts";
import html, { createHtml, type HtmlOptions } from "./html.ts";
import type { DriftReport, SinkOutcome } from "./sink.ts";

const SIGNAL = new AbortController().signal;

interface Place {
  dir: string;
  stateDir: string;
  file: string;
  said: string[];
  run(report: DriftReport, options?: HtmlOptions & { dryRun?: boolean }, outcomes?: SinkOutcome[]): Promise<void>;
  read(): Promise<string>;
  names(): Promise<string[]>;
}

async function inFolder(test: (place: Place) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const [dir, stateDir] = [join(root, "www"), join(root, "state")];
  await Deno.mkdir(dir);
  await Deno.mkdir(stateDir);
  const file = join(dir, "index.html");
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level}: ${message}`);
  const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  try {
    await test({
      dir,
      stateDir,
      file,
      said,
      async run(shown, { dryRun = false, ...options } = {}, outcomes = []) {
        const sink = createHtml({ file, ...options }, { dryRun, stateDir, log }, { local: UTC, now: () => 7 });
        await sink.deliver(shown, SIGNAL);
        await sink.settled!(outcomes, shown, SIGNAL);
      },
      read: () => Deno.readTextFile(file),
      names: async () => (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort(),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("html settled() writes one page for its group, which no script and no foreign style can enter", () =>
  inFolder(async ({ run, read, file, names, said }) => {
    await run(driftReport());
    const page = await read();
    const style = /<style>([^]*?)<\/style>/.exec(page)![1]!;
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1];
    const hash = createHash("sha256").update(style).digest("base64");
    assertEquals(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
    assert(!/<script|\sstyle=|\son\w+=|src=|<link|<img|<iframe/i.test(page), page);
    assertEquals((await Deno.stat(file)).mode! & 0o7777, 0o640);
    assertEquals(await names(), ["index.html"]);
    assertEquals(said, []);
  }));

Deno.test("html settled() shows both values, who is said to have done it, and an error's cure", () =>
  inFolder(async ({ run, read }) => {
    await run(driftReport());
    const text = textOf(await read());
    assertStringIncludes(text, "2 environments drift");
    assertStringIncludes(text, "memory[0].dedicated expected 2048 actual 4096");
    assertStringIncludes(text, "an apply would DESTROY it and create it anew");
    assertStringIncludes(text, "moved from pve1 to pve2; applying this plan would destroy the VM");
    assertStringIncludes(text, "known since 2026-11-21 05:00 (3d)");
    await run(errorReport());
    const failed = textOf(await read());
    assertStringIncludes(failed, "2 checks failed");
    assertStringIncludes(failed, "What to do: Give the token's user the privilege VM.Audit");
  }));

Deno.test("html settled() keeps on the page what a run of another environment did not look at", () =>
  inFolder(async ({ run, read }) => {
    await run(driftReport());
    await run(report([environment("lab")], { configured: ["prod", "staging", "lab"] }));
    const text = textOf(await read());
    assertStringIncludes(text, "this run checked 1 of 3 environments");
    assertStringIncludes(text, "memory[0].dedicated expected 2048 actual 4096");
  }));

Deno.test("html settled() marks what the last verdict found while the check fails", () =>
  inFolder(async ({ run, read }) => {
    await run(driftReport());
    const error = { class: "network", summary: "no route to host", detail: "", cure: "Look at the network" } as const;
    const startedAt = "2026-11-25T05:00:00.000Z";
    await run(report([environment("prod", { error, startedAt })], { startedAt, configured: ["prod"] }));
    const text = textOf(await read());
    assertStringIncludes(text, "Known from 2026-11-24 05:00 ; this check could not look at it");
    assertStringIncludes(text, "memory[0].dedicated expected 2048 actual 4096");
    assert(!text.includes('"web" on pve1 new'), text);
  }));

Deno.test("html settled() tells whose report did not arrive", () =>
  inFolder(async ({ run, read }) => {
    await run(report([environment("lab")]), {}, [
      { sink: "telegram", delivered: false, durationMs: 1, reason: "the bot was removed" },
      { sink: "prom", delivered: true, durationMs: 1 },
    ]);
    const text = textOf(await read());
    assertStringIncludes(text, 'Sink "telegram": the bot was removed');
    assert(!text.includes('"prom"'));
  }));

Deno.test("html settled() shows no value that was kept before values were hidden", () =>
  inFolder(async ({ run, read }) => {
    await run(driftReport());
    await run(report([environment("lab")], { configured: ["prod", "lab"] }), { hidesValues: true });
    const page = await read();
    assert(!page.includes("4096") && !page.includes("memory[0].dedicated"), page);
    assertStringIncludes(page, 'title="2026-11-24: DRIFT, 4 resources, 1 check"');
    // From then on there are no values that could be shown, and reports are kept again.
    await run(driftReport(), { hidesValues: true });
    await run(report([environment("lab")], { configured: ["prod", "lab"] }), { hidesValues: true });
    assertStringIncludes(await read(), "memory[0].dedicated");
  }));

Deno.test("html settled() sets a damaged memory aside, says so, and writes the page all the same", () =>
  inFolder(async ({ run, read, stateDir, said }) => {
    await run(driftReport());
    const kept = join(stateDir, "kept.json");
    assertEquals((await Deno.stat(kept)).mode! & 0o7777, 0o600);
    const whole = await Deno.readTextFile(kept);
    for (const [at, text] of [whole.slice(0, -40), whole.replace("4096", "4097"), "", "{}"].entries()) {
      await Deno.writeTextFile(kept, text);
      await run(report([environment("lab")], { configured: ["prod", "lab"] }));
      assertMatch(
        said[at]!,
        /^warn: What earlier runs left for the page was damaged and is set aside as ".*damaged-7"/,
      );
      assertEquals(await Deno.readTextFile(`${kept}.damaged-7`), text);
      assertStringIncludes(textOf(await read()), "1 not checked");
    }
  }));

Deno.test("html settled() replaces a link in the page's place and leaves what it leads to as it was", () =>
  inFolder(async ({ run, dir, file }) => {
    await Deno.writeTextFile(join(dir, "other"), "mine");
    await new Deno.Command("ln", { args: ["-s", "other", file] }).output();
    await run(driftReport());
    assert((await Deno.lstat(file)).isFile);
    assertEquals(await Deno.readTextFile(join(dir, "other")), "mine");
  }));

Deno.test("html settled() leaves the old page where it cannot read what it has kept, and says which file", () =>
  inFolder(async ({ run, read, stateDir }) => {
    await run(report([environment("prod")]));
    const before = await read();
    // A folder in the file's place is no file to read, and it cannot be set aside either.
    await Deno.remove(join(stateDir, "kept.json"));
    await Deno.mkdir(join(stateDir, "kept.json.damaged-7"));
    await Deno.writeTextFile(join(stateDir, "kept.json.damaged-7/full"), "");
    await Deno.mkdir(join(stateDir, "kept.json"));
    await assertRejects(() => run(driftReport()), Error, `for the page in "${join(stateDir, "kept.json")}"`);
    assertEquals(await read(), before);
  }));

Deno.test("html settled() loses no environment to another run that writes at the same time", () =>
  inFolder(async ({ run, read }) => {
    const configured = Array.from({ length: 6 }, (_, at) => `e${at}`);
    await Promise.all(configured.map((name) => run(report([environment(name)], { configured }))));
    assertStringIncludes(textOf(await read()), "Nothing differs in 6 environments");
  }));

Deno.test("html settled() leaves the old page as it was when its signal has fired", () =>
  inFolder(async ({ run, read, file, stateDir, names }) => {
    await run(driftReport());
    const before = await read();
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const sink = createHtml({ file }, { dryRun: false, stateDir, log }, { local: UTC, now: () => 7 });
    const late = AbortSignal.abort(new Error("too late"));
    await assertRejects(() => Promise.resolve(sink.settled!([], errorReport(), late)), Error, "too late");
    assertEquals(await read(), before);
    assertEquals(await names(), ["index.html"]);
  }));

Deno.test("html gives a sample a page of its own, and never the place of a page of checks", () =>
  inFolder(async ({ run, read, stateDir }) => {
    const sample: DriftReport = { ...driftReport(), test: true };
    await run(sample);
    await run(sample);
    assertStringIncludes(textOf(await read()), "Test of this sink: nothing was checked.");
    assertEquals(await Array.fromAsync(Deno.readDir(stateDir)), []);
    await run(errorReport());
    const page = await read();
    await assertRejects(() => run(sample), Error, "a page of checks is there; name another file");
    const replayed = report([environment("prod", { replayed: true })]);
    await assertRejects(() => run(replayed), Error, "a page of checks is there; name another file");
    assertEquals(await read(), page);
  }));

Deno.test("html writes nothing in a dry run, and says what it would", () =>
  inFolder(async ({ run, names, stateDir, said, file }) => {
    await run(driftReport(), { dryRun: true });
    assertEquals(await names(), []);
    assertEquals(await Array.fromAsync(Deno.readDir(stateDir)), []);
    assertEquals(said, [`info: Would write a page of 3 environments to "${file}"`]);
  }));

Deno.test("html deliver() and probe() name the cure when the folder is missing or the file is a folder", () =>
  inFolder(async ({ run, dir, stateDir, file }) => {
    await assertRejects(
      () => run(driftReport(), { file: join(dir, "none/x.html") }),
      Error,
      `"${dir}/none" does not exist; run "mkdir -p`,
    );
    await assertRejects(() => run(driftReport(), { file: dir }), Error, "it is a folder; name a file in it");
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const probe = (options: HtmlOptions) =>
      createHtml(options, { dryRun: false, stateDir, log }, { local: UTC, now: () => 7 }).probe!(SIGNAL);
    assertEquals(await probe({ file }), { summary: `writes "${file}"` });
    assertEquals(await probe({ file, url: "https://drift.example.org/" }), {
      summary: `writes "${file}", which messages call https://drift.example.org/`,
    });
    await assertRejects(() => Promise.resolve(probe({ file: dir })), Error, "it is a folder");
  }));

Deno.test("html options name the wrong one, and take those of a query", () => {
  const parse = (input: unknown) => html.options!.parse(input);
  assertEquals(parse({ file: "x.html", url: "https://a.example", days: "14" }), {
    file: "x.html",
    url: "https://a.example/",
    days: 14,
  });
  for (const days of [0, 91, 1.5, "x", "", true]) {
    assertThrows(() => parse({ days }), TypeError, '"days" must be a number of days from 1 to 90');
  }
  for (const url of ["javascript:alert(1)", "a.example", "https://u:p@a.example", "file:///etc/passwd"]) {
    assertThrows(() => parse({ url }), TypeError, '"url" must be the page\'s address');
  }
  assertThrows(() => parse({ path: "/x" }), TypeError, 'unknown option "path"');
  const context = { dryRun: false, stateDir: "/nowhere", log: { debug() {}, info() {}, warn() {}, error() {} } };
  assertThrows(() => createHtml({}, context, { local: UTC, now: () => 7 }), TypeError, '"file" must be a path');
});
