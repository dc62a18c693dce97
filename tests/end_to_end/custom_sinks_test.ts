import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { closeSinks, dispatch, probeSink } from "../../drift/run/dispatch.ts";
import { plainNotice } from "../../sinks/text/plain_notice.ts";
import { run } from "../support/programs.ts";
import { driftReport, report } from "../support/sample_reports.ts";
import { processesOf } from "../support/processes.ts";
import { LEFT_SECONDS, namesIn, type SinkTest, withSinks } from "../support/sinks.ts";
import { until } from "../support/until.ts";

const DENO_PERMISSION = "which no file: sink gets: make it an exec: sink";

/** Opens the sinks that the entries name, delivers, and gives each one's reason, or "delivered". */
async function fates(sinks: SinkTest, entries: Parameters<SinkTest["open"]>): Promise<Record<string, string>> {
  const outcomes = await dispatch(driftReport(), await sinks.open(...entries));
  return Object.fromEntries(
    outcomes.map(({ sink, delivered, reason }) => [sinks.short(sink), delivered ? "delivered" : sinks.short(reason!)]),
  );
}

Deno.test("file: sinks that misbehave are named, harm no other sink, and leave nothing behind", async () => {
  await withSinks(async (sinks) => {
    const { entry } = sinks;
    const umask = await umaskAndFolder();
    const leaving = { options: { seconds: LEFT_SECONDS }, allow: ["run=sleep"] };
    const found = await fates(sinks, [
      entry("console"),
      entry("file:bad_throwing.ts"),
      entry("file:bad_hanging.ts", { timeoutMs: 3000 }),
      entry("file:bad_looping.ts", { timeoutMs: 3000 }),
      entry("file:bad_exiting.ts"),
      entry("file:bad_heap.ts"),
      entry("file:bad_buffers.ts"),
      entry("file:bad_printing.ts"),
      entry("file:bad_leaving.ts", leaving),
      entry("file:bad_umask.ts"),
      entry("file:bad_folder.ts"),
      entry("file:good.ts", { options: { topic: "t" } }),
    ]);
    assertEquals(found, {
      "console": "delivered",
      "file:bad_throwing.ts": "the receiver is closed",
      "file:bad_hanging.ts": "it did not end within 3s",
      "file:bad_looping.ts": "it did not end within 3s",
      "file:bad_exiting.ts": "it ended too early: exit code 0",
      "file:bad_heap.ts": "it ended too early: out of the memory that a sink may have",
      "file:bad_buffers.ts": "Array buffer allocation failed",
      // Harmless: the output went nowhere, the process was ended.
      "file:bad_printing.ts": "delivered",
      "file:bad_leaving.ts": "delivered",
      "file:bad_umask.ts": `it needs the Deno permission "sys", ${DENO_PERMISSION}`,
      "file:bad_folder.ts": 'it lacks a permission: add "read=/" to "allow" in its entry',
      "file:good.ts": "delivered",
    });
    assertStringIncludes(sinks.printed.join(""), "module.vm");
    assertEquals(await umaskAndFolder(), umask);
  });
});

Deno.test("a file: sink gets the run as plain text, besides the report", async () => {
  await withSinks(async (sinks) => {
    const module = `export default { apiVersion: 1, name: "text", create: (_, { stateDir }) => ({
      deliver: (report, signal, text) => Deno.writeTextFile(stateDir + "/text.json", JSON.stringify(text)),
    }) };`;
    await Deno.writeTextFile(`${sinks.dir}/text.ts`, module);
    assertEquals(await fates(sinks, [sinks.entry("file:text.ts")]), { "file:text.ts": "delivered" });
    const folder = `${sinks.stateDir}/sinks/${(await namesIn(`${sinks.stateDir}/sinks`))[0]}`;
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/text.json`)), plainNotice(driftReport()));
  });
});

Deno.test("exec: sinks that misbehave are named, harm no other sink, and leave nothing behind", async () => {
  await withSinks(async (sinks) => {
    const { entry } = sinks;
    const umask = await umaskAndFolder();
    const found = await fates(sinks, [
      entry("exec:bad_failing.sh"),
      entry("exec:bad_hanging.sh", { timeoutMs: 1000 }),
      entry("exec:bad_looping.sh", { timeoutMs: 1000 }),
      entry("exec:bad_not_reading.sh"),
      entry("exec:bad_memory.sh"),
      entry("exec:bad_printing.sh"),
      entry("exec:bad_leaving.sh"),
      entry("exec:bad_umask_folder.sh"),
      entry("exec:wrong_options.sh"),
      entry("exec:good.sh"),
      entry("console"),
    ]);
    const memory = found["exec:bad_memory.sh"]!;
    delete found["exec:bad_memory.sh"];
    assertMatch(memory, /memory/i);
    assertEquals(found, {
      "exec:bad_failing.sh": "the receiver is closed",
      "exec:bad_hanging.sh": "it did not end within 1s",
      "exec:bad_looping.sh": "it did not end within 1s",
      "exec:bad_not_reading.sh": "delivered",
      "exec:bad_printing.sh": "delivered",
      "exec:bad_leaving.sh": "delivered",
      "exec:bad_umask_folder.sh": "delivered",
      "exec:wrong_options.sh": 'it refuses its options: no option "topic"',
      "exec:good.sh": "delivered",
      "console": "delivered",
    });
    assertEquals(await umaskAndFolder(), umask);
  });
});

Deno.test("file: sinks that fail in unusual ways are named all the same", async () => {
  await withSinks(async (sinks) => {
    const { dir, entry } = sinks;
    // Not among the fixtures, where it would stop every checker.
    await Deno.writeTextFile(`${dir}/wrong_syntax.ts`, 'export default { apiVersion: 1, name: "syntax" create: 1 };');
    const found = await fates(sinks, [
      entry("file:bad_nothing_thrown.ts"),
      entry("file:bad_unprintable.ts"),
      entry("file:bad_rejecting.ts"),
      entry("file:bad_timer.ts"),
      entry("file:bad_closing.ts"),
      entry("file:bad_talking.ts"),
      entry("file:bad_import_throwing.ts"),
      entry("file:bad_import_exiting.ts"),
      entry("file:bad_import_hanging.ts", { timeoutMs: 1500 }),
      entry("file:wrong_syntax.ts"),
    ]);
    assertEquals(found, {
      "file:bad_nothing_thrown.ts": "it threw no error but undefined",
      "file:bad_unprintable.ts": "it threw no error but a value that cannot be shown",
      "file:bad_rejecting.ts": "it left a rejected promise to nobody: nobody looks here",
      "file:bad_timer.ts": "it threw where nobody could catch: in a timer",
      "file:bad_closing.ts": "delivered",
      "file:bad_talking.ts": "delivered",
      "file:bad_import_throwing.ts": "it does not load: thrown while loading",
      "file:bad_import_exiting.ts": "it ended too early: exit code 7",
      "file:bad_import_hanging.ts": "it did not load within 1.5s",
      "file:wrong_syntax.ts": "it does not load: SyntaxError: Expected ',', got 'create' (wrong_syntax.ts:1:48)",
    });
    const talked = sinks.said.filter((line) => line.startsWith("file:bad_talking.ts"));
    assertEquals([talked.length, talked.at(-1)], [
      258,
      "file:bad_talking.ts warn: it says too much: the rest is dropped",
    ]);
    assertStringIncludes(
      sinks.said.join("\n"),
      "file:wrong_syntax.ts error: cannot take part in this run: it does not",
    );
  });
});

Deno.test("a file: sink is created once, gets its own copy of the report, and hears how all fared", async () => {
  await withSinks(async (sinks) => {
    const { entry, short } = sinks;
    const open = await sinks.open(
      entry("file:good.ts", { options: { topic: "t" } }),
      entry("exec:bad_failing.sh"),
      entry("file:good.ts", { options: { topic: "other" } }),
    );
    const outcomes = await dispatch(driftReport(), open);
    assertEquals(outcomes.map(({ sink }) => short(sink)), ["file:good.ts", "exec:bad_failing.sh", "file:good.ts#2"]);
    const folders = await namesIn(`${sinks.stateDir}/sinks`);
    const [first, second] = folders.filter((name) => name.startsWith("good-"));
    assertEquals([folders.length, second], [3, `${first}-2`]);
    const calls = (folder: string) =>
      Deno.readTextFileSync(`${sinks.stateDir}/sinks/${folder}/calls`).trim().split("\n").map((line) =>
        JSON.parse(line)
      );
    const count = driftReport().environments.length;
    const [create, deliver, settled, close] = calls(first!);
    assertEquals(create, { create: "t", dryRun: false, cwd: `${sinks.stateDir}/sinks/${first}` });
    assertEquals(deliver, { deliver: driftReport().runId, environments: count, aborted: false });
    const told = settled.settled as typeof outcomes;
    assertEquals(told.map(({ sink, delivered, reason }) => [short(sink), delivered, reason]), [
      ["file:good.ts", true, undefined],
      ["exec:bad_failing.sh", false, "the receiver is closed"],
      ["file:good.ts#2", true, undefined],
    ]);
    assertEquals([settled.environments, close], [count, { close: true }]);
    assertEquals(calls(second!)[0].create, "other");
    assertEquals((await Deno.stat(`${sinks.stateDir}/sinks/${first}`)).mode! & 0o777, 0o700);
    assert(sinks.said.includes("file:good.ts warn: delivered to {topic} t"));
    assert(sinks.said.includes("file:good.ts debug: printed\n"));
  });
});

Deno.test("a file: sink is asked whether it would deliver, and ended where it does not answer", async () => {
  await withSinks(async ({ entry, open }) => {
    const sinks = await open(
      entry("file:good_probing.ts", { options: { probe: "finds" } }),
      entry("file:good_probing.ts", { options: { probe: "fails" } }),
      entry("file:good_probing.ts", { options: { probe: "hangs" }, timeoutMs: 3000 }),
      entry("exec:good.sh"),
    );
    const found = await Promise.all(sinks.map((sink) => probeSink(sink).catch(({ message }) => message)));
    await closeSinks(sinks);
    assertEquals(found, [
      { summary: "posts to a.example", theirTime: 5 },
      "the receiver is closed",
      "it did not end within 3s",
      { summary: "can be opened" },
    ]);
  });
});

Deno.test("an exec: sink gets the documented input and environment, and keeps what it must where it runs", async () => {
  await withSinks(async (sinks) => {
    const entries = [sinks.entry("exec:good.sh", { options: { topic: "t" }, env: ["TOPIC", "NOT_SET"] })];
    assertEquals(await fates(sinks, entries), { "exec:good.sh": "delivered" });
    const folder = `${sinks.stateDir}/sinks/${(await namesIn(`${sinks.stateDir}/sinks`))[0]}`;
    const got = JSON.parse(await Deno.readTextFile(`${folder}/got`));
    const text = plainNotice(driftReport());
    assertEquals(got, { protocol: 1, options: { topic: "t" }, report: driftReport(), text });
    const seen = (await Deno.readTextFile(`${folder}/seen`)).trim().split("\n");
    assertEquals(seen, ["HOME", "PATH", "TOPIC"]);
    assert(sinks.said.includes("exec:good.sh debug: kept it\n"));
  });
});

Deno.test("custom sinks are tried again within their time when they ask for it", async () => {
  await withSinks(async (sinks) => {
    const { entry } = sinks;
    const retrying = { timeoutMs: 30_000 };
    assertEquals(
      await fates(sinks, [entry("file:good_retrying.ts", retrying), entry("exec:good_retrying.sh", retrying)]),
      { "file:good_retrying.ts": "delivered", "exec:good_retrying.sh": "delivered" },
    );
  });
  await withSinks(async (sinks) => {
    const { entry } = sinks;
    const late = { timeoutMs: 3400 }; // the fourth attempt would come 3.5 s after the first
    const found = await fates(sinks, [entry("file:good_retrying.ts", late), entry("exec:good_retrying.sh", late)]);
    assertMatch(found["file:good_retrying.ts"]!, /\battempt [123] failed$/);
    assertMatch(found["exec:good_retrying.sh"]!, /\bbusy$/);
  });
});

Deno.test("a file: sink takes its options through the program's own zod", async () => {
  await withSinks(async (sinks) => {
    const found = await fates(sinks, [sinks.entry("file:good_zod.ts", { options: { topic: "t", retries: "5" } })]);
    assertEquals(found, { "file:good_zod.ts": "delivered" });
    assert(sinks.said.includes("file:good_zod.ts info: retries: 5"));
  });
});

Deno.test("a file: sink holds no permission but what its entry grants, and the error names what is missing", async () => {
  using server = serve();
  await withSinks(async (sinks) => {
    const { dir, entry } = sinks;
    await Deno.mkdir(`${dir}/elsewhere`);
    await Deno.writeTextFile(`${dir}/elsewhere/file`, "from elsewhere");
    const outside = await Deno.makeTempFile();
    await Deno.writeTextFile(outside, "from outside");
    const does = async (does: string, what: string, ...allow: string[]) => {
      sinks.said.length = 0;
      const found = await fates(sinks, [entry("file:good_permissions.ts", { options: { does, what }, allow })]);
      const heard = sinks.said.find((line) => line.includes(" info: "))?.split(" info: ")[1];
      return heard ?? found["file:good_permissions.ts"];
    };
    const lacks = (grant: string) => `it lacks a permission: add "${grant}" to "allow" in its entry`;
    const host = `127.0.0.1:${server.port}`;
    assertEquals(await does("net", `http://${host}/`), lacks(`net=${host}`));
    assertEquals(await does("net", `http://${host}/`, `net=${host}`), "from the net");
    assertEquals(await does("read", outside), lacks(`read=${outside}`));
    assertEquals(await does("read", outside, `read=${outside}`), "from outside");
    // Its own folder may be read, and a relative grant starts at the configuration's.
    assertEquals(await does("read", `${dir}/elsewhere/file`), "from elsewhere");
    assertEquals(await does("write", `${dir}/elsewhere/new`), lacks("write=elsewhere/new"));
    assertEquals(await does("write", `${dir}/elsewhere/new`, "write=./elsewhere"), "delivered");
    assertEquals(await does("env", "TOPIC"), lacks("env=TOPIC"));
    assertEquals(await does("env", "TOPIC", "env=TOPIC"), "drift");
    assertEquals(await does("env", "SECRET", "env=TOPIC"), lacks("env=SECRET"));
    assertStringIncludes(
      await does("env all", "") as string,
      "no file: sink gets: let it ask for what it needs by name",
    );
    assertEquals(await does("run", "id"), lacks("run=id"));
    assertEquals(await does("run", "id", "run=true"), lacks("run=id"));
    assertStringIncludes(await does("run", "id", "run=id") as string, "uid=");
    assertStringIncludes(
      await does("read", "x", "read=/srv,/etc").catch((error) => error.message),
      'Deno cannot grant "read=/srv,/etc", for the comma in it',
    );
    assertStringIncludes(await does("kill", `${Deno.pid}`, "run=id") as string, '"run"');
    assertStringIncludes(await does("sys", "") as string, DENO_PERMISSION);
    assertStringIncludes(await does("import", "https://deno.land/x/y.ts") as string, "import");
    assertEquals(await does("fd 3", ""), "open EEXIST");
    assertEquals(
      await does("fd 3 of a program", "", "run=sh"),
      "it wrote to file descriptor 3, which is not its own",
    );
    await Deno.remove(outside);
  });
});

Deno.test("custom sinks send and write nothing in a dry run", async () => {
  await withSinks(async (sinks) => {
    const { entry } = sinks;
    const dry = (cheat: string) =>
      entry("file:good_dry_run.ts", { options: { cheat }, allow: ["net=127.0.0.1", "write=/"] });
    const found = await fates(sinks, [
      entry("exec:good.sh"),
      entry("file:good.ts", { options: { topic: "t" } }),
      dry("no"),
      dry("write"),
      dry("net"),
    ]);
    const state = Object.values(found)[3]!.match(/state\/sinks\/good_dry_run-[0-9a-f]{8}-2/)?.[0];
    const asks = (grant: string) =>
      `it asks in a dry run for "${grant}": a sink that declares "dryRun" sends and writes nothing in one`;
    assertEquals(found, {
      "exec:good.sh": "delivered",
      "file:good.ts": "delivered",
      "file:good_dry_run.ts": "delivered",
      "file:good_dry_run.ts#2": asks(`write=${state}/cheated`),
      "file:good_dry_run.ts#3": asks("net=127.0.0.1:40009"),
    });
    assertEquals(sinks.said.sort(), [
      'exec:good.sh info: would start "good.sh" with a report of status "drift" on "prod", "staging", "lab"',
      'file:good.ts info: "good.ts" is not started in a dry run: it does not declare "dryRun"',
      "file:good_dry_run.ts info: would send drift",
    ]);
    assertEquals(await Deno.stat(sinks.stateDir).catch(() => "missing"), "missing");
  }, { dryRun: true });
});

Deno.test("a file: sink that is wrong is refused before anything runs, with what is missing", async () => {
  await withSinks(async (sinks) => {
    const { entry, short } = sinks;
    const wanted = 'wanted "export default { apiVersion: 1, name: "…", create(options, context) {…} }"';
    const wrong = {
      "wrong_no_default.ts": `it is no sink: it has no default export, ${wanted}`,
      "wrong_no_version.ts": `it is no sink: its default export lacks "apiVersion", ${wanted}`,
      "wrong_version.ts": "it is made for version 2 of the sink contract, this program has version 1",
      "wrong_name.ts": 'it is no sink: "name" must be a text that is not empty, got none',
      "wrong_no_create.ts": 'it is no sink: "create" must be a function, got none',
      "wrong_no_deliver.ts": 'its "create" must give an object with a function "deliver", got none',
      "wrong_options.ts": 'it is no sink: "options" must have a function "parse", got an object',
      "good.ts": 'its options are wrong: "topic" must be a text, got 1',
      "good_zod.ts": 'its options are wrong: "topic": Invalid input: expected string, received number',
    };
    const entries = Object.keys(wrong).map((name) => entry(`file:${name}`, { options: { topic: 1 } }));
    // One that could be opened is closed again.
    const message = await sinks.open(entry("file:bad_looping.ts"), ...entries).then(
      () => "opened",
      (error) => `${error.name}: ${error.message}`,
    );
    assertEquals(
      short(message),
      `UsageError: ${Object.entries(wrong).map(([name, why]) => `Cannot use sink "file:${name}": ${why}`).join("\n")}`,
    );
  });
});

Deno.test("a custom sink is killed at its own deadline, however long the others take", async () => {
  await withSinks(async (sinks) => {
    const { dir, entry } = sinks;
    const bad = ["file:bad_looping.ts", "exec:bad_looping.sh", "exec:bad_hanging.sh"];
    const open = await sinks.open(...bad.map((use) => entry(use, { timeoutMs: 2000 })));
    const left = async () => [...await processesOf(dir), ...await processesOf(`sleep ${LEFT_SECONDS}`)].length;
    const slow = async () => {
      await until(async () => await left() > 0);
      await until(async () => await left() === 0);
    };
    const all = [...open, { name: "slow", timeoutMs: 60_000, sink: { deliver: slow } }];
    assertEquals((await dispatch(driftReport(), all)).at(-1)!.reason, undefined);
  });
});

Deno.test("closeSinks() ends the children of a run that is given up", async () => {
  await withSinks(async (sinks) => {
    const open = await sinks.open(
      sinks.entry("file:bad_looping.ts"),
      sinks.entry("file:good.ts", { options: { topic: "t" } }),
    );
    assertEquals((await processesOf(sinks.dir)).length, 2);
    await closeSinks(open);
  });
});

Deno.test("a file: sink does not mind a SIGTERM to all, and ends when the main process is killed", async () => {
  await withSinks(async (sinks) => {
    const { dir, host } = sinks;
    await Deno.writeTextFile(
      `${dir}/parent.ts`,
      `import { openSinks } from "${import.meta.resolve("../../drift/run/dispatch.ts")}";
       const log = () => ({ debug() {}, info() {}, warn() {}, error() {} });
       const use = { kind: "file", path: "${dir}/good.ts" };
       const entry = { use, options: { topic: "t" }, allow: [], env: [], from: "configuration", dir: "/" };
       await openSinks([entry], { ...${JSON.stringify(host)}, log, write() {} });
       Deno.stdout.writeSync(new Uint8Array([10]));
       setInterval(() => {}, 1000);`,
    );
    const config = fileURLToPath(import.meta.resolve("../../deno.json"));
    const parent = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", "--no-prompt", "--cached-only", "--config", config, `${dir}/parent.ts`],
      stdout: "piped",
    }).spawn();
    for await (const _ of parent.stdout) break;
    const children = async () => (await processesOf("child_entry.ts")).filter(({ command }) => command.includes(dir));
    const [child, ...others] = await children();
    assert(child, "the sink does not run");
    assertEquals(others, []);
    Deno.kill(child.pid, "SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assertEquals((await children()).length, 1);
    parent.kill("SIGKILL");
    await parent.status;
    await until(async () => (await children()).length === 0);
  });
});

Deno.test("a file: sink gets a report of megabytes whole", async () => {
  await withSinks(async (sinks) => {
    const large = report(driftReport().environments, { host: "x".repeat(5_000_000) });
    const open = await sinks.open(
      sinks.entry("file:good.ts", { options: { topic: "t" } }),
      sinks.entry("exec:good.sh"),
    );
    assertEquals((await dispatch(large, open)).map(({ delivered }) => delivered), [true, true]);
  });
});

Deno.test("a run without custom sinks does not load what supervises them", async () => {
  const { stdout } = await run(Deno.execPath(), ["info", "--json", "sinks/load.ts"]);
  const graph = JSON.parse(stdout) as {
    roots: string[];
    modules: { specifier: string; dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[] }[];
  };
  const reached = new Set<string>();
  const visit = (specifier: string) => {
    if (reached.has(specifier)) return;
    reached.add(specifier);
    for (
      const { code, isDynamic } of graph.modules.find((module) => module.specifier === specifier)?.dependencies ?? []
    ) {
      if (code && !isDynamic) visit(code.specifier);
    }
  };
  visit(graph.roots[0]!);
  const own = [...reached].map((specifier) => specifier.replace(/^.*\/(?=(sinks|lib)\/)/, "")).filter((path) =>
    !/^(node|npm):/.test(path)
  );
  assertEquals(own.sort(), [
    "lib/duration.ts",
    "lib/message_of.ts",
    "lib/nearest.ts",
    "lib/ownership.ts",
    "sinks/load.ts",
    "sinks/options.ts",
    "sinks/sink.ts",
  ]);
});

/** What a child of this process inherits of what a sink may try to change. */
async function umaskAndFolder(): Promise<string> {
  return (await run("/bin/sh", ["-c", "umask; pwd"])).stdout;
}

function serve(): { port: number } & Disposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("from the net"));
  return { port: server.addr.port, [Symbol.dispose]: () => void server.shutdown() };
}
