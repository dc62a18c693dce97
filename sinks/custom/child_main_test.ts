import { assert, assertEquals } from "@std/assert";
import { driftReport } from "../../tests/support/sample_reports.ts";
import { type ChildWorld, serveRequests, SinkServer } from "./child_main.ts";
import type { Answer, Order } from "./child_protocol.ts";
import { plainNotice } from "../text/plain_notice.ts";

/** A server for what `load` gives as the module's default export, and a way to ask it. */
function serve(load: () => unknown) {
  const answers: Answer[] = [];
  const world: ChildWorld = {
    load: async () => ({ default: await load() }),
    answer: (answer) => void answers.push(answer),
  };
  const server = new SinkServer(world);
  let last = 0;
  const ask = async (order: Order) => {
    const id = ++last;
    await server.handle({ id, ...order });
    const answer = answers.findLast((answer) => "id" in answer && answer.id === id)!;
    if ("failed" in answer) return answer.failed;
    return "opened" in answer ? answer.opened : "probed" in answer ? answer.probed : "done";
  };
  const open = (dryRun = false, options: unknown = {}) =>
    ask({ do: "open", module: "file:///sink.ts", options, dryRun, stateDir: "/state" });
  return {
    server,
    answers,
    ask,
    open,
    deliver: () => ask({ do: "deliver", report: driftReport(), text: plainNotice(driftReport()) }),
  };
}

const module = (sink: unknown, rest: object = {}) => ({ apiVersion: 1, name: "my-sink", create: () => sink, ...rest });
const failed = (message: string, retryable = false) => ({ kind: "sink" as const, message, retryable });

Deno.test("SinkServer takes a sink through its life in order", async () => {
  const calls: unknown[] = [];
  const { ask, open, deliver } = serve(() =>
    module({
      deliver: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        calls.push("deliver");
      },
      settled: (outcomes: unknown) => void calls.push(outcomes),
      close: () => void calls.push("close"),
    })
  );
  assertEquals(await open(), { probe: false, settled: true, looks: false, skipped: false });
  const outcomes = [{ sink: "a", delivered: true, durationMs: 1 }];
  assertEquals(
    await Promise.all([deliver(), ask({ do: "settled", outcomes, report: driftReport() }), ask({ do: "close" })]),
    ["done", "done", "done"],
  );
  assertEquals(calls, ["deliver", outcomes, "close"]);
});

Deno.test("SinkServer hands on what a sink's probe finds, and refuses what is none", async () => {
  const probed = async (probe: unknown) => {
    const { ask, open } = serve(() => module({ deliver() {}, probe }));
    assertEquals(await open(), { probe: true, settled: false, looks: false, skipped: false });
    return await ask({ do: "probe" });
  };
  const found = { summary: "posts to a.example", warning: "the token ends soon", theirTime: 5 };
  assertEquals(await probed(() => Promise.resolve({ ...found, more: 1 })), found);
  assertEquals(await probed(() => Promise.reject(new Error("no such topic"))), failed("no such topic"));
  const message = 'its "probe" must give an object with a text "summary", got none';
  assertEquals(await probed(() => "fine"), { kind: "contract", message, retryable: false });
});

Deno.test("SinkServer creates no sink in a dry run for which its module does not declare itself fit", async () => {
  const create = () => {
    throw new Error("created");
  };
  assertEquals(await serve(() => module({}, { create })).open(true), { probe: false, settled: false, skipped: true });
  assertEquals(await serve(() => module({}, { create, dryRun: true })).open(true), failed("created"));
  const closed = serve(() => module({}, { create }));
  await closed.open(true);
  assertEquals(await closed.ask({ do: "close" }), "done");
});

Deno.test("SinkServer tells a wrong file and wrong options from a sink that fails", async () => {
  const contract = async (exported: unknown) => {
    const answer = await serve(() => exported).open() as { kind: string; message: string };
    assertEquals(answer.kind, "contract");
    return answer.message;
  };
  assertEquals((await contract(undefined)).split(",")[0], "it is no sink: it has no default export");
  assertEquals((await contract(5)).split(",")[0], "it is no sink: its default export is 5");
  assertEquals((await contract({})).split(",")[0], 'it is no sink: its default export lacks "apiVersion"');
  assertEquals(
    await contract({ apiVersion: "1" }),
    'it is made for version "1" of the sink contract, this program has version 1',
  );
  assertEquals(
    await contract(module({}, { name: "" })),
    'it is no sink: "name" must be a text that is not empty, got ""',
  );
  assertEquals(await contract(module({}, { create: {} })), 'it is no sink: "create" must be a function, got an object');
  assertEquals(
    await contract(module({}, { options: null })),
    'it is no sink: "options" must have a function "parse", got none',
  );
  assertEquals(await contract(module({}, { dryRun: 1 })), 'it is no sink: "dryRun" must be true or absent, got 1');
  assertEquals(await contract(module(null)), 'its "create" must give an object with a function "deliver", got none');
  assertEquals(
    await contract(module({ deliver() {}, close: "x" })),
    'its "create" must give an object with a function "close", got "x"',
  );
  const refuse = (error: unknown) =>
    module({ deliver() {} }, {
      options: {
        parse() {
          throw error;
        },
      },
    });
  assertEquals(await contract(refuse(new Error("no topic"))), "its options are wrong: no topic");
  assertEquals(
    await contract(refuse({ issues: [{ path: ["a", 0], message: "is wrong" }, { path: [], message: "all" }] })),
    'its options are wrong: "a.0": is wrong; all',
  );
  assertEquals(
    await contract(refuse({ issues: [{ path: [{ key: "b" }], message: "as valibot says" }] })),
    'its options are wrong: "b": as valibot says',
  );
});

Deno.test("SinkServer hands the parsed options and a log to the sink", async () => {
  const { answers, open, deliver } = serve(() =>
    module({}, {
      options: { parse: (input: { topic: string }) => Promise.resolve(input.topic.toUpperCase()) },
      create: (
        topic: unknown,
        context: { dryRun: boolean; stateDir: string; log: Record<string, (m: unknown) => void> },
      ) => ({
        deliver: () => context.log.warn!(`${topic} ${context.dryRun} ${context.stateDir}`),
      }),
    })
  );
  await open(false, { topic: "t" });
  await deliver();
  assertEquals(answers.filter((answer) => "log" in answer), [{ log: "warn", message: "T false /state" }]);
});

Deno.test("SinkServer passes on what a sink says when it fails, in one line, and that it wants to be asked again", async () => {
  const errors: unknown[] = [
    Object.assign(new Error("busy\nmore"), { retryable: true }),
    "a text",
    null,
    new Error(""),
    { toJSON: () => undefined },
  ];
  const { open, deliver } = serve(() =>
    module({
      deliver() {
        throw errors.shift();
      },
    })
  );
  await open();
  assertEquals(await deliver(), failed("busy", true));
  assertEquals(await deliver(), failed("a text"));
  assertEquals(await deliver(), failed("it threw no error but null"));
  assertEquals(await deliver(), failed("Error"));
  assertEquals(await deliver(), failed("it threw no error but an object"));
});

Deno.test("SinkServer aborts the signal of the request whose time is over, and no other", async () => {
  const { server, open, deliver, ask } = serve(() =>
    module({
      deliver: (_report: unknown, signal: AbortSignal) =>
        new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
    })
  );
  await open();
  const delivered = deliver();
  await new Promise((resolve) => setTimeout(resolve));
  await server.handle({ id: 1, do: "abort" });
  await server.handle({ id: 2, do: "abort" });
  assertEquals(await delivered, failed("aborted"));
  assertEquals(await ask({ do: "close" }), "done");
});

Deno.test("SinkServer fails what is going on and what comes when an error was caught by nobody, but closes", async () => {
  let closed = false;
  const { server, open, deliver, ask } = serve(() =>
    module({ deliver: () => new Promise(() => {}), close: () => void (closed = true) })
  );
  await open();
  const delivered = deliver();
  await new Promise((resolve) => setTimeout(resolve));
  server.fail("it threw where nobody could catch", new Error("first"));
  server.fail("it threw where nobody could catch", new Error("second"));
  assertEquals(await delivered, failed("it threw where nobody could catch: first"));
  assertEquals(await deliver(), failed("it threw where nobody could catch: first"));
  assertEquals(await ask({ do: "close" }), "done");
  assert(closed);
});

Deno.test("SinkServer names the permission that Deno did not give, wherever the error carries it", async () => {
  const denied = (message: string) => Object.assign(new Error(message), { name: "NotCapable" });
  const say = async (error: unknown, dryRun = false) => {
    const { open, deliver } = serve(() =>
      module({
        deliver() {
          throw error;
        },
      }, { dryRun: true })
    );
    await open(dryRun);
    return (await deliver() as { message: string }).message;
  };
  const again = (flag: string) => `, run again with the --allow-${flag} flag`;
  const add = (grant: string) => `it lacks a permission: add "${grant}" to "allow" in its entry`;
  assertEquals(await say(denied(`Requires net access to "a.example:443"${again("net")}`)), add("net=a.example:443"));
  assertEquals(
    await say(new TypeError("fetch failed", { cause: denied(`Requires net access to "a"${again("net")}`) })),
    add("net=a"),
  );
  assertEquals(await say(denied(`Requires read access to "a, b"${again("read")}`)), add("read=/state/a, b"));
  assertEquals(await say(denied(`Requires write access to "/a"${again("write")}`)), add("write=/a"));
  const everything = "for everything, which no file: sink gets: let it ask for what it needs by name";
  assertEquals(
    await say(denied(`Requires env access${again("env")}`)),
    `it needs the Deno permission "env" ${everything}`,
  );
  assertEquals(
    await say(denied(`Requires read access to <CWD>${again("read")}`)),
    `it needs the Deno permission "read" ${everything}`,
  );
  assertEquals(
    await say(denied(`Requires sys access to "hostname"${again("sys")}`)),
    'it needs the Deno permission "sys", which no file: sink gets: make it an exec: sink',
  );
  assertEquals(
    await say(denied(`Requires net access to "a"${again("net")}`), true),
    'it asks in a dry run for "net=a": a sink that declares "dryRun" sends and writes nothing in one',
  );
  assertEquals(await say(denied("something else")), "something else");
});

Deno.test("SinkServer says where a module that does not load is wrong", async () => {
  const say = async (error: unknown) => {
    const { open } = serve(() => Promise.reject(error));
    return (await open() as { message: string }).message;
  };
  assertEquals(
    await say(
      new TypeError('Module not found "file:///x.ts".\n    at \x1b[36mfile:///sink.ts\x1b[0m:\x1b[33m1\x1b[0m:8'),
    ),
    'it does not load: Module not found "file:///x.ts". (/sink.ts:1:8)',
  );
  assertEquals(
    await say(new TypeError('Requires import access to "jsr.io:443", run again')),
    'it does not load: it imports from "jsr.io:443", and a sink may import only files and node: modules: keep a copy beside it',
  );
  assertEquals(await say("thrown"), "it does not load: thrown");
});

Deno.test("serveRequests() does what it is asked until it is asked to close, or nobody asks any more", async () => {
  const asked: unknown[] = [];
  const server = { handle: (request: unknown) => Promise.resolve(asked.push(request)) } as unknown as SinkServer;
  const requests = (...texts: string[]) => ReadableStream.from(texts).pipeThrough(new TextEncoderStream());
  assertEquals(await serveRequests(requests('{"id":1,"do":"pr', 'obe"}\n{"id":2'), server), false);
  assertEquals(await serveRequests(requests('{"id":3,"do":"close"}\n{"id":4,"do":"probe"}\n'), server), true);
  assertEquals(asked, [{ id: 1, do: "probe" }, { id: 3, do: "close" }]);
});
