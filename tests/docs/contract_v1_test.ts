import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { closeSinks, dispatch, probeSink } from "../../drift/run/dispatch.ts";
import { ROOT, run } from "../support/programs.ts";
import { driftReport, errorReport, okReport, report, strangeReport } from "../support/sample_reports.ts";
import { namesIn, withSinks } from "../support/sinks.ts";

const FROZEN = join(ROOT, "tests/fixtures/contract_v1");

/** What the frozen files must stay. A new version of the contract gets a folder of its own beside this one. */
const CHECKSUMS = {
  "sink.sh": "f8b261fd1845bdcf",
  "sink.ts": "c0235f765a126270",
  "types.d.ts": "2a7af5b5b49a06fb",
};

Deno.test("the frozen sinks of version 1 are as they were", async () => {
  const found: Record<string, string> = {};
  for (const name of await namesIn(FROZEN)) {
    found[name] = createHash("sha256").update(await Deno.readFile(join(FROZEN, name))).digest("hex").slice(0, 16);
  }
  assertEquals(found, CHECKSUMS, "write a sink for the new version, and leave those of the old one alone");
});

Deno.test("a file: sink of version 1 works unchanged on every kind of report", async () => {
  for (const what of [driftReport(), errorReport(), okReport(), strangeReport(), report([])]) {
    await withSinks(async (sinks) => {
      const entry = sinks.entry(`file:${FROZEN}/sink.ts`, { options: { topic: "t", count: "3" } });
      const outcomes = await dispatch(what, await sinks.open(entry, sinks.entry("exec:bad_failing.sh")));
      assertEquals(outcomes.map(({ delivered, reason }) => [delivered, reason]), [
        [true, undefined],
        [false, "the receiver is closed"],
      ]);
      const folders = await namesIn(join(sinks.stateDir, "sinks"));
      const state = join(sinks.stateDir, "sinks", folders.find((name) => name.startsWith("sink-"))!);
      assertEquals(JSON.parse(await Deno.readTextFile(join(state, "said.json"))), [
        { delivered: what.environments.map(({ name, status }) => `${name} ${status}`), attempts: 2 },
        { settled: [[true, null], [false, "the receiver is closed"]] },
        { closed: true },
      ]);
      const levels = sinks.said.filter((line) => line.endsWith(" of t")).map((line) => line.split(" ")[1]);
      assertEquals(levels, ["debug:", "info:", "warn:", "error:"]);
    });
  }
});

Deno.test("a file: sink of version 1 answers doctor", async () => {
  await withSinks(async (sinks) => {
    const [sink] = await sinks.open(sinks.entry(`file:${FROZEN}/sink.ts`, { options: { topic: "t" } }));
    assertEquals(await probeSink(sink!), { summary: "knows t", warning: "is frozen", theirTime: 1_800_000_000_000 });
    await closeSinks([sink!]);
  });
});

Deno.test("an exec: sink of protocol 1 works unchanged", async () => {
  const env = { PATH: Deno.env.get("PATH")!, TOPIC: "granted", SECRET: "hidden" };
  await withSinks(async (sinks) => {
    const program = join(sinks.dir, "frozen.sh");
    await Deno.copyFile(join(FROZEN, "sink.sh"), program);
    await Deno.chmod(program, 0o755);
    const entry = sinks.entry(`exec:${program}`, { options: { topic: "t" }, env: ["TOPIC"] });
    const [outcome] = await dispatch(driftReport(), await sinks.open(entry));
    assertEquals([outcome!.delivered, outcome!.reason], [true, undefined]);
    const [folder] = await namesIn(join(sinks.stateDir, "sinks"));
    assertEquals(await Deno.readTextFile(join(sinks.stateDir, "sinks", folder!, "said")), "delivered\n");
  }, { env });
});

Deno.test("the types of today give a sink of version 1 what it was promised, and take what it gives", async () => {
  const dir = await Deno.makeTempDir();
  const lines = [
    `import type * as then from "${FROZEN}/types.d.ts";`,
    `import type * as now from "${ROOT}/docs/examples/pve_drift_sink.d.ts";`,
    // What the program gives may have more in it than then, what a sink gives may not have to.
    ...["DriftReport", "SinkContext", "SinkOutcome"].map((name, at) =>
      `export const given${at} = (x: now.${name}): then.${name} => x;`
    ),
    ...["SinkModule<number>", "Sink", "Probe"].map((name, at) =>
      `export const taken${at} = (x: then.${name}): now.${name} => x;`
    ),
  ];
  await Deno.writeTextFile(join(dir, "compare.ts"), lines.join("\n"));
  const { code, stderr } = await run(Deno.execPath(), [
    ...["check", "-q", "--config", join(ROOT, "deno.json")],
    join(dir, "compare.ts"),
    join(FROZEN, "sink.ts"),
  ]);
  await Deno.remove(dir, { recursive: true });
  assertEquals([code, stderr], [0, ""]);
});
