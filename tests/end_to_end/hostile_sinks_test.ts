/** What sinks can do that mean harm: docs/SINKS.md says what is walled off and what is not, and this holds it to that. */

import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { dispatch } from "../../drift/run/dispatch.ts";
import { DRIFT, ROOT, run } from "../support/programs.ts";
import { driftReport } from "../support/sample_reports.ts";
import { processesOf } from "../support/processes.ts";
import { type SinkTest, withSinks } from "../support/sinks.ts";
import { until } from "../support/until.ts";

const SECRET = "nobody may read this";

/** Lets the prying sink try everything; gives what each attempt came to. */
async function pried(sinks: SinkTest, use: string, allow: string[] = []): Promise<Map<string, string>> {
  const memory = join(sinks.stateDir, "memory/prod.json");
  await Deno.mkdir(dirname(memory), { recursive: true });
  await Deno.writeTextFile(memory, SECRET);
  const secret = join(sinks.dir, "secret/token");
  await Deno.mkdir(dirname(secret), { recursive: true });
  await Deno.writeTextFile(secret, SECRET);
  sinks.said.length = 0;
  const options = { secret, parent: Deno.pid, memory };
  const open = await sinks.open(sinks.entry(use, { options, allow, timeoutMs: 20_000 }));
  const [outcome] = await dispatch(driftReport(), open);
  assertEquals([outcome!.delivered, outcome!.reason], [true, undefined]);
  return new Map(
    sinks.said.filter((line) => line.includes(" info: ")).map((line) => {
      const [, what, came] = / info: (.*?): (.*)$/s.exec(line)!;
      return [what!, came!];
    }),
  );
}

Deno.test("a file: sink gets at nothing that its entry does not grant, by none of forty ways", async () => {
  await withSinks(async (sinks) => {
    await Deno.mkdir(join(sinks.dir, "own"));
    await Deno.copyFile(join(sinks.dir, "hostile_prying.ts"), join(sinks.dir, "own/prying.ts"));
    const found = await pried(sinks, "file:own/prying.ts");
    assert(found.size >= 38, `${found.size}`);
    const got = [...found].filter(([, came]) => came.startsWith("got "));
    assertEquals(got, []);
    assertEquals(sinks.said.filter((line) => line.includes(SECRET) || line.includes("forged")), []);
    // Where a name says nothing of a permission, why it failed is known all the same.
    const others = [...found].filter(([, came]) => came !== "NotCapable").map(([what, came]) => `${what}: ${came}`);
    assertEquals(
      others,
      [
        "import a file: TypeError",
        "write to file descriptor 3: Error",
        "read a file in a worker: Error",
        "read a file in a thread: Error",
        "ask for permission: Error",
        "allocate beyond its memory: RangeError",
      ].filter((line) => !line.endsWith("NotCapable")),
    );
    // The same ways lead there once they are granted, so that the test sees what it should.
    const granted = await pried(sinks, "file:own/prying.ts", [`read=${sinks.dir}`]);
    for (
      const way of ["read a file", "read a file through node", "read a file in a worker", "read a file in a thread"]
    ) {
      assertEquals([way, granted.get(way)], [way, `got ${SECRET}`]);
    }
    assertEquals(granted.get("read the memory of pve-drift"), `got ${SECRET}`);
  });
});

Deno.test("a file: sink does not read memory and secrets of others for lying in the same folder", async () => {
  const secretFiles: string[] = [];
  await withSinks(async (sinks) => {
    secretFiles.push(join(sinks.dir, "secret/token"));
    const found = await pried(sinks, "file:hostile_prying.ts");
    for (const way of ["read a file", "read a file through node", "read the memory of pve-drift"]) {
      assertEquals([way, found.get(way)], [way, "NotCapable"]);
    }
    assertEquals(sinks.said.filter((line) => line.includes(SECRET)), []);
  }, { secretFiles });
});

Deno.test("the program withholds the tokens and variable files that its configuration names", async () => {
  await withSinks(async (sinks) => {
    for (const name of ["telegram-token", "prod.tfvars", "harmless"]) {
      await Deno.writeTextFile(join(sinks.dir, name), SECRET, { mode: 0o600 });
    }
    const said = async (file: string) => {
      const options = { secret: join(sinks.dir, file), parent: Deno.pid, memory: "/nowhere" };
      const config = {
        root: ".",
        stateDir: "state",
        environments: { prod: { dir: ".", varFiles: ["prod.tfvars"] } },
        sinks: [{ use: "telegram", chatId: 1, tokenFile: "telegram-token" }, {
          use: "file:./hostile_prying.ts",
          ...options,
        }],
      };
      await Deno.writeTextFile(join(sinks.dir, "pve-drift.json"), JSON.stringify(config));
      const { stderr } = await run(Deno.execPath(), [...DRIFT, "sinks", "test", "file:./hostile_prying.ts"], {
        cwd: sinks.dir,
      });
      return stderr.match(/read a file: (.*)/)?.[1];
    };
    assertEquals([await said("telegram-token"), await said("prod.tfvars")], ["NotCapable", "NotCapable"]);
    assertEquals(await said("harmless"), `got ${SECRET}`);
  });
});

Deno.test("a program that a file: sink starts cannot answer in its name with what we do not expect", async () => {
  await withSinks(async (sinks) => {
    const forged = async (...answers: unknown[]) => {
      const lines = answers.map((answer) => `${typeof answer === "string" ? answer : JSON.stringify(answer)}\n`).join(
        "",
      );
      const entry = sinks.entry("file:hostile_forging.ts", { options: { lines }, allow: ["run=sh"] });
      const [outcome] = await dispatch(driftReport(), await sinks.open(entry));
      return outcome!.delivered ? "delivered" : outcome!.reason;
    };
    const seen = "it wrote to file descriptor 3, which is not its own";
    const wrong = [
      { log: "warn", message: ["x".repeat(10_000)] },
      { log: "__proto__", message: "x" },
      { log: "constructor", message: "x" },
      { id: 2, failed: null },
      { id: 2, failed: { message: { length: 1 } } },
      { id: 2, probed: { summary: 1 } },
      { id: 2, opened: null },
      "null",
      "5",
      "[",
    ];
    for (const answer of wrong) assertEquals([answer, await forged(answer)], [answer, seen]);
    assertEquals(sinks.said.filter((line) => line.includes("xxx")), []);
    // It can lie about itself alone, as any sink can.
    assertEquals(await forged({ id: 2, failed: { kind: "sink", message: "a lie", retryable: false } }), "a lie");
  });
});

Deno.test("an exec: sink that forks without end is gone with its deadline, all of it", async () => {
  await withSinks(async (sinks) => {
    const open = await sinks.open(
      sinks.entry("exec:hostile_forking.sh", { timeoutMs: 1500 }),
      sinks.entry("exec:good.sh"),
    );
    const outcomes = await dispatch(driftReport(), open);
    assertEquals(outcomes.map(({ delivered, reason }) => [delivered, reason]), [
      [false, "it did not end within 1.5s"],
      [true, undefined],
    ]);
    // withSinks() sees that nothing of it is left.
  });
});

Deno.test("an exec: sink may kill the program, as docs/SINKS.md says: the exit is no clean one", async () => {
  await withSinks(async (sinks) => {
    const use = `exec:${sinks.dir}/hostile_killing.sh`;
    const config = { stateDir: sinks.stateDir, environments: {}, sinks: [use] };
    await Deno.writeTextFile(join(sinks.dir, "pve-drift.json"), JSON.stringify(config));
    const { code, stdout } = await run(Deno.execPath(), [...DRIFT, "sinks", "test", use], {
      cwd: sinks.dir,
      env: { TMPDIR: sinks.dir },
    });
    assertEquals([code, stdout], [137, ""]);
    await until(async () => (await processesOf(sinks.dir)).length === 0);
  });
  const doc = await Deno.readTextFile(join(ROOT, "docs/SINKS.md"));
  assert(doc.replace(/\s+/g, " ").includes("can kill pve-drift"));
});
