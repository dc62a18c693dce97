import { assert, assertEquals, assertThrows } from "@std/assert";
import { defaultSinks, type SinkEntry, useText } from "../../sinks/load.ts";
import { chooseSinks, readSpec, sinkEntry, sinkProblems, type SinkWords, unconfigured } from "./sink_entries.ts";
import { UsageError } from "../usage_error.ts";

const bare: SinkWords = { use: "console", allow: [], env: [], options: {} };

Deno.test("readSpec() reads a name, a path and a query", () => {
  assertEquals(readSpec("console"), bare);
  assertEquals(readSpec("telegram?chatId=-100&topic=a%26b%3Dc+d&bare"), {
    ...bare,
    use: "telegram",
    options: { chatId: "-100", topic: "a&b=c+d", bare: "" },
  });
  assertEquals(readSpec("file:./what%3f.ts?url=https://x/?a=b"), {
    ...bare,
    use: "file:./what?.ts",
    options: { url: "https://x/?a=b" },
  });
  assertEquals(readSpec("exec:/a%20b/100%25").use, "exec:/a%20b/100%");
});

Deno.test("readSpec() keeps the reserved words apart and collects allow and env", () => {
  assertEquals(readSpec("file:x.ts?allow=net=a,read=/b&timeout=10s&allow=env=C&env=A&env=B,C&x=1"), {
    use: "file:x.ts",
    timeout: "10s",
    allow: ["net=a", "read=/b", "env=C"],
    env: ["A", "B", "C"],
    options: { x: "1" },
  });
});

Deno.test("readSpec() refuses a query that says nothing clear", () => {
  assertThrows(() => readSpec("prom?"), RangeError, "must be key=value&key=value");
  assertThrows(() => readSpec("prom?=x"), RangeError, "must be key=value&key=value");
  assertThrows(() => readSpec("prom?use=x"), RangeError, "must be key=value&key=value");
  assertThrows(() => readSpec("prom?file=a&file=b"), RangeError, '"file" is given twice');
  assertThrows(() => readSpec("prom?file=100%"), RangeError, '"%" must be written "%25"');
  assertEquals(Object.keys(readSpec("prom?__proto__=x").options), ["__proto__"]);
});

Deno.test("sinkProblems() finds none in what the contract shows", () => {
  const right: Partial<SinkWords>[] = [
    { use: "telegram", options: { chatId: -1, tokenFile: "/x" }, timeout: "10s" },
    { use: "file:./my_sink.ts", allow: ["net=ntfy.example.org", "read=/x", "write=/x", "env=A", "run=ls"] },
    { use: "exec:/usr/local/lib/pve-drift/ntfy", env: ["NTFY_TOPIC"] },
  ];
  for (const words of right) assertEquals(sinkProblems({ ...bare, ...words }), []);
});

Deno.test("sinkProblems() names each wrong key, and never shows a secret", () => {
  const wrong: [Partial<SinkWords>, string][] = [
    [{ use: "" }, "use"],
    [{ use: "+telegram" }, "use"],
    [{ use: "Telegram" }, "use"],
    [{ use: "file:" }, "use"],
    [{ use: "http:x" }, "use"],
    [{ use: "../x" }, "use"],
    [{ timeout: "soon" }, "timeout"],
    [{ timeout: "0s" }, "timeout"],
    [{ options: { token: "hunter2" } }, "token"],
    [{ options: { botToken: "hunter2" } }, "botToken"],
    [{ options: { bot_token: "hunter2" } }, "bot_token"],
    [{ use: "file:x", allow: ["all"] }, "allow"],
    [{ use: "file:x", allow: ["net="] }, "allow"],
    [{ use: "file:x", allow: ["ffi=x"] }, "allow"],
    [{ use: "exec:x", allow: ["net=x"] }, "allow"],
    [{ use: "exec:x", env: ["A B"] }, "env"],
    [{ use: "prom", env: ["A"] }, "env"],
  ];
  for (const [words, key] of wrong) {
    const problems = sinkProblems({ ...bare, ...words });
    assertEquals(problems.map(([key]) => key), [key], JSON.stringify(words));
    assert(!problems[0]![1].includes("hunter2"));
  }
});

const configured: SinkEntry[] = [
  sinkEntry({ ...bare, use: "console" }, "configuration", "/etc/pve-drift"),
  sinkEntry({ ...bare, use: "logfile", options: { dir: "logs", keep: "7d" } }, "configuration", "/etc/pve-drift"),
  sinkEntry({ ...bare, use: "file:./ntfy.ts", timeout: "10s", allow: ["net=a"] }, "configuration", "/etc/pve-drift"),
];
const choose = (sinks: string[], more: { json?: boolean; command?: "check" | "replay" } = {}, from = configured) =>
  chooseSinks(from.length === 0 ? unconfigured(defaultSinks, "/home/me") : from, {
    specs: sinks,
    isConsoleUsual: more.command === "replay",
    json: more.json ?? false,
  }, "/home/me");
const uses = (...given: Parameters<typeof choose>) => choose(...given).map(({ use }) => useText(use));

Deno.test("chooseSinks() has console, logfile and prom, unasked, when nobody says anything", () => {
  const entries = choose([], {}, []);
  assertEquals(entries.map(({ use, from }) => [useText(use), from]), [
    ["console", "default"],
    ["logfile", "default"],
    ["prom", "default"],
  ]);
  assert(choose([]).every(({ from }) => from === "configuration"));
});

Deno.test("chooseSinks() replaces or adds, in the order given, and reads paths from the working directory", () => {
  assertEquals(uses([]), ["console", "logfile", "file:/etc/pve-drift/ntfy.ts"]);
  assertEquals(uses(["prom", "exec:bin/x"]), ["prom", "exec:/home/me/bin/x"]);
  assertEquals(uses(["+telegram", "+prom"], {}, []), ["console", "logfile", "prom", "telegram"]);
  assertEquals(uses(["+telegram", "console"]), ["console", "telegram"]);
  const [, , prom, telegram] = choose(["+telegram?chatId=1&timeout=5s", "+prom"], {}, []);
  assertEquals(prom, sinkEntry({ ...bare, use: "prom" }, "command line", "/home/me"));
  assertEquals(telegram, {
    use: { kind: "built-in", name: "telegram" },
    options: { chatId: "1" },
    timeoutMs: 5000,
    allow: [],
    env: [],
    from: "command line",
    dir: "/home/me",
  });
});

Deno.test("chooseSinks() merges options when the configuration has the sink, its paths kept right", () => {
  for (const plus of ["", "+"]) {
    const logfile = choose([`${plus}logfile?dir=logs&keep=30d&other=./x`]).find(({ use }) =>
      useText(use) === "logfile"
    )!;
    assertEquals(logfile.options, { dir: "/home/me/logs", keep: "30d", other: "/home/me/x" });
    assertEquals(logfile.dir, "/etc/pve-drift");
    assertEquals(logfile.from, "configuration");
  }
  assertEquals(choose(["+logfile"]), configured);
  const spec = "+file:../../etc/pve-drift/ntfy.ts?timeout=3s&allow=net=b,net=a&topic=t";
  const [ntfy] = choose([spec]).slice(2);
  assertEquals(ntfy, { ...configured[2]!, timeoutMs: 3000, allow: ["net=a", "net=b"], options: { topic: "t" } });
  assertEquals(configured[2]!.options, {});
  assertEquals(choose(["prom", "+prom?b=2"]).map(({ options }) => options), [{ b: "2" }]);
});

Deno.test("chooseSinks() takes a second SPEC with a query of its own for a second sink", () => {
  const options = (...specs: string[]) => choose(specs).map(({ use, options }) => [useText(use), options]);
  assertEquals(options("prom?file=a", "prom?file=b", "prom?file=a"), [["prom", { file: "a" }], ["prom", {
    file: "b",
  }]]);
  assertEquals(options("prom?file=a", "+prom?file=b").length, 2);
  assertEquals(options("logfile?keep=1d", "logfile?keep=2d", "logfile"), [
    ["logfile", { dir: "logs", keep: "1d" }],
    ["logfile", { dir: "logs", keep: "2d" }],
  ]);
});

Deno.test("chooseSinks() takes both when the configuration has two of a name, but cannot tell whose options are meant", () => {
  const two = [1, 2].map((chatId) =>
    sinkEntry({ ...bare, use: "telegram", options: { chatId } }, "configuration", "/")
  );
  for (const spec of ["telegram", "+telegram"]) assertEquals(choose([spec], {}, two), two);
  for (const spec of ["telegram?silent=1", "+telegram?timeout=3s"]) {
    assertThrows(() => choose([spec], {}, two), UsageError, "the configuration has it 2 times");
  }
});

Deno.test("chooseSinks() silences the console alone when the report goes to stdout", () => {
  assertEquals(uses([], { json: true }), ["logfile", "file:/etc/pve-drift/ntfy.ts"]);
  assertEquals(uses(["console", "+prom"], { json: true }), ["prom"]);
});

Deno.test("chooseSinks() gives a replay the console alone unless a SPEC says otherwise", () => {
  assertEquals(uses([], { command: "replay" }), ["console"]);
  assertEquals(uses([], { command: "replay" }, []), ["console"]);
  assertEquals(uses([], { command: "replay" }, configured.slice(1)), ["console"]);
  assertEquals(uses([], { command: "replay", json: true }), []);
  assertEquals(uses(["+logfile"], { command: "replay" }), ["console", "logfile"]);
  assertEquals(uses(["logfile"], { command: "replay" }), ["logfile"]);
});

Deno.test("chooseSinks() names the SPEC without its query when it is wrong", () => {
  const error = assertThrows(() => choose(["+telegram?token=hunter2&timeout=x"]), UsageError);
  assert(error.message.startsWith('Cannot use sink "telegram": "timeout" must be a duration'), error.message);
  assert(error.message.includes('"token" is a secret') && !error.message.includes("hunter2"), error.message);
  assertThrows(() => choose(["+"]), UsageError, 'Cannot use sink "": "use" must be');
  assertThrows(() => choose(["++telegram"]), UsageError, 'Cannot use sink "+telegram"');
});

Deno.test("chooseSinks() keeps the part that the configuration gives to a sink, and takes none from a SPEC", () => {
  const only = { env: ["prod"] };
  const telegram = sinkEntry({ ...bare, use: "telegram", only }, "configuration", "/");
  for (const spec of ["telegram", "+telegram?silent=true"]) {
    assertEquals(choose([spec], {}, [telegram]).at(-1)!.only, only);
  }
  assertThrows(() => choose(["telegram?only=prod"]), UsageError, '"only" can stand in the configuration file alone');
});
