import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Sink, SinkOutcome } from "../../sinks/sink.ts";
import { driftReport } from "../../tests/support/sample_reports.ts";
import { closeSinks, dispatch, type OpenSink, openSinks, probeSink } from "./dispatch.ts";
import { sinkEntry } from "../config/sink_entries.ts";
import { UsageError } from "../usage_error.ts";

const open = (name: string, sink: Partial<Sink>, timeoutMs = 200): OpenSink => ({
  name,
  timeoutMs,
  sink: { deliver() {}, ...sink },
});

const fate = ({ sink, delivered, reason }: SinkOutcome) => [sink, delivered ? "delivered" : reason];

function throwing(message: string, rest: object = {}): () => never {
  return () => {
    throw Object.assign(new Error(message), rest);
  };
}

Deno.test("dispatch() gives each sink an outcome of its own, whatever the others do", async () => {
  const outcomes = await dispatch(driftReport(), [
    open("never", { deliver: () => new Promise(() => {}) }),
    open("throws", { deliver: throwing("at once\nand more") }),
    open("rejects", { deliver: () => Promise.reject(new Error("later")) }),
    open("text", { deliver: () => Promise.reject("no error") }),
    open("good", {}),
    { name: "closed", timeoutMs: 200, failure: "no place" },
  ]);
  assertEquals(outcomes.map(fate), [
    ["never", "it did not end within 200ms"],
    ["throws", "at once"],
    ["rejects", "later"],
    ["text", "no error"],
    ["good", "delivered"],
    ["closed", "no place"],
  ]);
  const [never, , , , good] = outcomes;
  assert(never!.durationMs >= 195, `took ${never!.durationMs} ms`);
  assert(good!.durationMs < never!.durationMs);
});

Deno.test("dispatch() runs the sinks side by side", async () => {
  const names = ["a", "b", "c", "d"];
  const { promise: allBegan, resolve } = Promise.withResolvers<void>();
  let began = 0;
  const deliver = () => {
    if (++began === names.length) resolve();
    return allBegan;
  };
  const outcomes = await dispatch(driftReport(), names.map((name) => open(name, { deliver }, 5000)));
  assertEquals(outcomes.map(fate), names.map((name) => [name, "delivered"]));
});

Deno.test("dispatch() aborts the signal of a sink at its deadline", async () => {
  let reason: unknown;
  await dispatch(driftReport(), [
    open("slow", {
      deliver: (_report, signal) => new Promise(() => signal.addEventListener("abort", () => reason = signal.reason)),
    }),
  ]);
  assertEquals((reason as Error).message, "it did not end within 200ms");
});

Deno.test("dispatch() tries again what may succeed later, as long as there is time", async () => {
  let attempts = 0;
  const outcomes = await dispatch(driftReport(), [
    open("third", { deliver: () => ++attempts < 3 ? throwing("busy", { retryable: true })() : undefined }, 5000),
    open("final", { deliver: throwing("for good") }, 5000),
    open("short", { deliver: throwing("busy", { retryable: true }) }, 300),
    open("stuck", stuckAfterOne(), 2000),
  ]);
  assertEquals(attempts, 3);
  assertEquals(outcomes.map(fate), [
    ["third", "delivered"],
    ["final", "for good"],
    ["short", "busy"],
    ["stuck", "it did not end within 2s: busy"],
  ]);
});

function stuckAfterOne(): Partial<Sink> {
  let attempts = 0;
  return { deliver: () => ++attempts === 1 ? throwing("busy", { retryable: true })() : new Promise(() => {}) };
}

Deno.test("dispatch() gives no sink a report that another could change, and leaves the caller's alone", async () => {
  const report = driftReport();
  const seen: unknown[] = [];
  await dispatch(report, [
    open("vandal", {
      deliver(report) {
        assertThrows(() => report.environments.length = 0, TypeError);
        assertThrows(() => report.environments[0]!.changes[0]!.attributes[0]!.actual = "other", TypeError);
      },
      settled(outcomes) {
        assertThrows(() => outcomes[0]!.delivered = true, TypeError);
      },
    }),
    open("reader", { deliver: (report) => void seen.push(structuredClone(report)) }),
  ]);
  assertEquals(seen, [driftReport()]);
  report.environments.length = 0;
});

Deno.test("dispatch() tells every sink that kept its time how all fared, then closes them all", async () => {
  const calls: string[] = [];
  const told: SinkOutcome[][] = [];
  const settled = (name: string) => (outcomes: SinkOutcome[]) => {
    calls.push(`settled ${name}`);
    told.push(outcomes);
  };
  const close = (name: string) => () => void calls.push(`close ${name}`);
  const outcomes = await dispatch(driftReport(), [
    open("prom", { settled: settled("prom"), close: close("prom") }),
    open("failed", { deliver: throwing("first reason"), settled: throwing("second reason"), close: close("failed") }),
    open("late", { deliver: () => new Promise(() => {}), settled: settled("late"), close: close("late") }),
    open("settles badly", { settled: throwing("disk full") }),
    open("never settles", { settled: () => new Promise(() => {}) }),
  ]);
  assertEquals(calls, ["settled prom", "close prom", "close failed", "close late"]);
  assertEquals(told[0]!.map(fate), [
    ["prom", "delivered"],
    ["failed", "first reason"],
    ["late", "it did not end within 200ms"],
    ["settles badly", "delivered"],
    ["never settles", "delivered"],
  ]);
  assertEquals(outcomes.slice(1).map(fate), [
    ["failed", "first reason"],
    ["late", "it did not end within 200ms"],
    ["settles badly", "disk full"],
    ["never settles", "it did not end within 200ms"],
  ]);
});

Deno.test("dispatch() complains of what the console sink cannot show", async () => {
  const sinks = [
    open("bad", { deliver: throwing("no") }),
    open("worse", { settled: throwing("too late") }),
    open("unclosed", { close: throwing("stuck") }),
  ];
  const complaints = async (more: OpenSink[]) => {
    const said: string[] = [];
    await dispatch(driftReport(), [...sinks, ...more], { complain: (message) => said.push(message) });
    return said;
  };
  const late = ['Sink "unclosed" did not close: stuck', 'Sink "worse" did not deliver: too late'];
  assertEquals(await complaints([open("console", {})]), late);
  assertEquals((await complaints([])).toSorted(), ['Sink "bad" did not deliver: no', ...late].toSorted());
  const broken = open("console", { deliver: throwing("EPIPE") });
  assertEquals((await complaints([broken])).length, 4);
});

Deno.test("dispatch() ends every delivery when it is stopped", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("stopped by SIGTERM")), 50);
  const sinks = [
    open("slow", { deliver: () => new Promise(() => {}) }, 5000),
    open("retrying", { deliver: throwing("busy", { retryable: true }) }, 5000),
    open("good", {}),
    open("settles", { settled: throwing("never reached") }),
  ];
  const outcomes = await dispatch(driftReport(), sinks, { stop: stop.signal });
  assertEquals(outcomes.map(fate), [
    ["slow", "stopped by SIGTERM"],
    ["retrying", "stopped by SIGTERM"],
    ["good", "delivered"],
    ["settles", "stopped by SIGTERM"],
  ]);
});

Deno.test("closeSinks() does not wait for ever, nor fails", async () => {
  const said: string[] = [];
  await closeSinks([
    open("throws", { close: throwing("x") }),
    { name: "none", timeoutMs: 1, failure: "y" },
  ], (message) => said.push(message));
  assertEquals(said, ['Sink "throws" did not close: x']);
});

Deno.test("openSinks() names every wrong entry at once", async () => {
  const entry = (use: string) => sinkEntry({ use, options: {}, allow: [], env: [] }, "configuration", "/");
  const host = {
    stateDir: "/nowhere",
    dryRun: false,
    log: () => ({ debug() {}, info() {}, warn() {}, error() {} }),
    uid: 0,
    env: {},
    view: { color: false, columns: 80, detail: "normal", journal: false } as const,
    write() {},
    program: { execPath: "", standalone: false, mainModule: "" },
  };
  const error = await assertRejects(
    () => openSinks([entry("console"), entry("consle"), entry("exec:/nowhere/x")], host),
    UsageError,
  );
  assertEquals(error.message.split("\n").map((line) => line.split(":")[0]), [
    'Cannot use sink "consle"',
    'Cannot use sink "exec',
  ]);
});

Deno.test("probeSink() asks a sink within its time, and takes one that cannot be asked at its word", async () => {
  assertEquals(await probeSink(open("plain", {})), { summary: "can be opened" });
  const found = { summary: "writes here", warning: "nearly full" };
  assertEquals(await probeSink(open("kind", { probe: () => Promise.resolve(found) })), found);
  const fails = async (sink: OpenSink, message: string) => {
    assertEquals((await assertRejects(() => probeSink(sink), Error)).message, message);
  };
  await fails(open("sad", { probe: throwing("no place\nat all") }), "no place");
  await fails(open("slow", { probe: () => new Promise(() => {}) }), "it did not end within 200ms");
  await fails({ name: "closed", timeoutMs: 200, failure: "not opened" }, "not opened");
});

Deno.test("dispatch() gives a sink its part of the report, and nothing where none is left", async () => {
  const report = driftReport();
  const heard: Record<string, string[]> = {};
  const listening = (name: string, only?: OpenSink["only"]) => ({
    ...open(name, {
      deliver: ({ environments }) => void (heard[name] = environments.map((one) => one.name)),
      settled: (_outcomes, { environments }) => void (heard[`${name} settled`] = environments.map((one) => one.name)),
    }),
    ...only ? { only } : {},
  });
  const [first = "", ...others] = report.environments.map(({ name }) => name);
  const outcomes = await dispatch(report, [
    listening("all"),
    listening("first", { env: [first] }),
    listening("nobody", { env: ["elsewhere"] }),
  ]);
  assertEquals(heard, {
    all: [first, ...others],
    "all settled": [first, ...others],
    first: [first],
    "first settled": [first],
    "nobody settled": [],
  });
  assertEquals(outcomes.map(({ delivered }) => delivered), [true, true, true]);
  // Recorded plans stand for environments of any name.
  await dispatch({ ...report, dryRun: true }, [listening("nobody", { env: ["elsewhere"] })]);
  assertEquals(heard.nobody, [first, ...others]);
});
