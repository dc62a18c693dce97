import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { DURATION } from "../../tests/support/durations.ts";
import { namesIn, type SinkTest, withSinks } from "../../tests/support/sinks.ts";
import { type SinkEntry, useText } from "../../sinks/load.ts";
import { runSinks } from "./sinks.ts";
import { UsageError } from "../usage_error.ts";

async function command(
  sinks: SinkTest,
  words: string[],
  entries: SinkEntry[],
): Promise<{ code: number; text: string }> {
  let text = "";
  const print = (more: string) => Promise.resolve(void (text += sinks.short(more)));
  const code = await runSinks(words, {
    config: { sinks: entries, environments: [] },
    // As in a pipe.
    host: { ...sinks.host, view: { ...sinks.host.view, columns: Infinity } },
    world: { env: sinks.host.env, host: "here", version: "0", now: Date.now, print },
  });
  return { code, text };
}

/** An entry as the configuration gives it. */
function entry(sinks: SinkTest, use: string, rest: Partial<SinkEntry> = {}): SinkEntry {
  return { ...sinks.entry(use), from: "configuration", ...rest };
}

Deno.test("runSinks() lists every sink with its origin, its settings and whether it loads", async () => {
  await withSinks(async (sinks) => {
    const entries = [
      entry(sinks, "console", { from: "default" }),
      entry(sinks, "file:good.ts", {
        options: { topic: "t" },
        allow: ["net=a.example"],
        env: ["TOPIC"],
        timeoutMs: 90_000,
      }),
      entry(sinks, "exec:good.sh", { from: "command line" }),
    ];
    const { code, text } = await command(sinks, [], entries);
    assertEquals(
      text,
      `console (default): loads
file:good.ts (configuration): loads
    topic: "t"
    timeout: 1m 30s
    allow: net=a.example
    env: TOPIC
exec:good.sh (command line): loads
`,
    );
    assertEquals(code, 0);
  });
});

Deno.test("runSinks() gives the reason and 1 when a sink does not load", async () => {
  await withSinks(async (sinks) => {
    const { code, text } = await command(sinks, ["check"], [
      entry(sinks, "file:good.ts", { options: { topc: 1 } }),
      entry(sinks, "file:bad_import_throwing.ts"),
      entry(sinks, "console"),
    ]);
    const lines = text.split("\n");
    assertMatch(lines[0]!, /does not load\. Cannot use sink "file:good\.ts": its options are wrong: "topic" must be/);
    assertMatch(lines[2]!, /^file:bad_import_throwing\.ts \(configuration\): fails: it does not load: thrown/);
    assertMatch(lines[3]!, /^console \(configuration\): would deliver: can be opened$/);
    assertEquals(code, 1);
  });
});

Deno.test("runSinks() asks each sink whether it would deliver when it is told to check", async () => {
  await withSinks(async (sinks) => {
    const missing = `${sinks.dir}/missing/logs`;
    const entries = [entry(sinks, "logfile", { options: { dir: missing } }), entry(sinks, "console")];
    const listed = await command(sinks, [], entries);
    assertMatch(listed.text, /^logfile \(configuration\): loads\n/);
    assertEquals(listed.code, 0);
    const asked = await command(sinks, ["check"], entries);
    assertMatch(
      asked.text,
      /^logfile \(configuration\): would not deliver: Cannot write log files: "missing" does not exist/,
    );
    assertEquals(asked.code, 1);
    assertEquals(await Deno.stat(sinks.stateDir).catch(() => "untouched"), "untouched");
  });
});

Deno.test("runSinks() shows no secret that an entry holds", async () => {
  await withSinks(async (sinks) => {
    const { text } = await command(sinks, [], [
      entry(sinks, "exec:good.sh", {
        options: {
          apiKey: "CANARY1",
          url: "https://hooks.example.org/services/CANARY2",
          proxy: "http://user:CANARY3@proxy.example.org",
          server: "https://ntfy.example.org",
          nested: { password: "CANARY4", topic: "shown" },
          tokenFile: "/etc/token",
        },
      }),
    ]);
    assert(!text.includes("CANARY"), text);
    assertStringIncludes(text, '    apiKey: (sensitive)\n    url: "https://hooks.example.org/…"\n');
    assertStringIncludes(
      text,
      '    server: "https://ntfy.example.org"\n    nested: {"password":"(sensitive)","topic":"shown"}\n',
    );
    assertStringIncludes(text, '    tokenFile: "/etc/token"\n');
  });
});

Deno.test("runSinks() says so when a run has no sinks", async () => {
  await withSinks(async (sinks) => {
    const { code, text } = await command(sinks, [], []);
    assertEquals([code, text], [0, "A run has no sinks: name some in the configuration\n"]);
  });
});

Deno.test("runSinks() sends one sink a sample, and touches no state", async () => {
  await withSinks(async (sinks) => {
    const options = { dir: `${sinks.dir}/logs` };
    await Deno.mkdir(options.dir);
    const entries = [
      entry(sinks, "logfile", { options }),
      entry(sinks, "exec:good.sh"),
      entry(sinks, "exec:bad_failing.sh"),
    ];
    const sent = await command(sinks, ["test", "logfile"], entries);
    assertMatch(sent.text, new RegExp(`^Sink "logfile" delivered a sample report in ${DURATION}\n$`));
    const [file, ...others] = await namesIn(options.dir);
    assertEquals([sent.code, others], [0, []]);
    assertMatch(file!, /^drift-\d{4}-\d\d-\d\d-sink-test\.log$/);
    const record = await Deno.readTextFile(`${options.dir}/${file}`);
    assertMatch(record, /^=== Test of this sink, nothing was checked: /);
    assertMatch(record, /\n {4}changed memory · alice@pve, [^\n]+\n/);
    assertStringIncludes(record, '\n    VM 131 "jump-temp" on pve2, running, tags temp, new\n');
    const failed = await command(sinks, ["test", "exec:./bad_failing.sh"], entries);
    assertEquals(failed, {
      code: 1,
      text: 'Sink "exec:./bad_failing.sh" did not deliver: the receiver is closed\n',
    });
    assertEquals(await Deno.stat(sinks.stateDir).catch(() => "untouched"), "untouched");
  });
});

Deno.test("runSinks() refuses a sample for a sink that is not there, is wrong, or is prom", async () => {
  await withSinks(async (sinks) => {
    const entries = [entry(sinks, "console"), entry(sinks, "prom"), entry(sinks, "exec:missing")];
    const refuse = async (name: string, text: string) =>
      void await assertRejects(() => command(sinks, ["test", name], entries), UsageError, text);
    await refuse("consle", 'No sink "consle" in this run: did you mean "console"?');
    await refuse("prom", "it would stand in the metrics");
    await refuse(useText(entries[2]!.use), "there is no such file");
  });
});
