import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PLAIN } from "../tests/record/console_golden.ts";
import { driftReport, errorReport, okReport, strangeReport } from "../tests/support/sample_reports.ts";
import consoleSink, { type ConsoleOptions } from "./console.ts";
import type { Sink, SinkContext, SinkOutcome } from "./sink.ts";

const SIGNAL = new AbortController().signal;
const CONTEXT: SinkContext = {
  dryRun: false,
  stateDir: "/nowhere",
  log: { debug() {}, info() {}, warn() {}, error() {} },
};

async function sink(options: ConsoleOptions): Promise<{ sink: Sink; written: string[] }> {
  const written: string[] = [];
  const given = { write: (text: string) => void written.push(text), view: PLAIN, ...options };
  return { sink: await consoleSink.create(consoleSink.options!.parse(given), CONTEXT), written };
}

const FAILED: SinkOutcome = { sink: "exec:/x\u001b[2J", delivered: false, durationMs: 1, reason: "exit\ncode 1" };

Deno.test("console deliver() writes the report in one piece", async () => {
  const { sink: console, written } = await sink({});
  await console.deliver(driftReport(), SIGNAL);
  assertEquals(written.length, 1);
  assert(written[0]!.startsWith("ENVIRONMENT") && written[0]!.endsWith("terraform 1.11.4\n"), written[0]);
});

Deno.test("console deliver() writes nothing when quiet and all is ok", async () => {
  const { sink: console, written } = await sink({ view: { ...PLAIN, detail: "quiet" } });
  await console.deliver(okReport(), SIGNAL);
  assertEquals(written, []);
});

Deno.test("console deliver() gives each line its priority when it writes to the journal", async () => {
  const { sink: console, written } = await sink({ view: { ...PLAIN, journal: true } });
  await console.deliver(errorReport(), SIGNAL);
  const lines = written[0]!.trimEnd().split("\n");
  for (const line of lines) assert(/^<[346]>./.test(line), line);
  assert(lines.includes("<6>prod         OK      0                  no difference for 12d"), lines.join("\n"));
  assert(lines.some((line) => line.startsWith("<3>staging      ERROR")), lines.join("\n"));
});

Deno.test("console deliver() aligns wide characters", async () => {
  const { sink: console, written } = await sink({});
  const shown = strangeReport();
  shown.environments[1]!.name = "数据库";
  await console.deliver(shown, SIGNAL);
  assert(written[0]!.includes("\n数据库                      OK "), written[0]);
});

Deno.test("console settled() names each sink that failed with its reason, harmless", async () => {
  const { sink: console, written } = await sink({});
  await console.settled!([{ sink: "logfile", delivered: true, durationMs: 1 }, FAILED], okReport(), SIGNAL);
  assertEquals(written, ['Sink "exec:/x\\u001b[2J" did not deliver: exit\\ncode 1\n']);
});

Deno.test("console settled() writes nothing when all delivered", async () => {
  const { sink: console, written } = await sink({});
  await console.settled!([{ sink: "logfile", delivered: true, durationMs: 1 }], okReport(), SIGNAL);
  assertEquals(written, []);
});

Deno.test("console deliver() fails when its writer does", async () => {
  const { sink: console } = await sink({ write: () => Promise.reject(new Error("Broken pipe")) });
  await assertRejects(() => Promise.resolve(console.deliver(driftReport(), SIGNAL)), Error, "Broken pipe");
});

Deno.test("console takes no options of a user and needs the loader's", () => {
  assertThrows(() => consoleSink.options!.parse({ colour: "no" }), TypeError, 'it takes no options, got "colour"');
  assertThrows(() => consoleSink.create({}, CONTEXT), TypeError, '"view" or no "write"');
});
