import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { sampleReport, sinkTypes } from "../../docs/examples/generate.ts";
import { copySink, newSink } from "../../docs/examples/new_sink.ts";
import { ROOT, run } from "../support/programs.ts";
import { namesIn } from "../support/sinks.ts";

const CURE = 'run "deno task sink:types"';

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "new-sink-" });
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Deno as a user has it, in a folder of its own: no configuration of ours is in reach. */
async function deno(dir: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(Deno.execPath(), args, { cwd: dir, env: { NO_COLOR: "1" } });
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

Deno.test("pve_drift_sink.d.ts and sample_report.json say what the program has now", async () => {
  const shipped = (name: string) => Deno.readTextFile(join(ROOT, "docs/examples", name));
  assertEquals(await shipped("pve_drift_sink.d.ts"), await sinkTypes(), CURE);
  assertEquals(await shipped("sample_report.json"), await sampleReport(), CURE);
});

Deno.test("pve_drift_sink.d.ts needs nothing beside it, and lists the contract and the report", async () => {
  await inFolder(async (dir) => {
    const types = await sinkTypes();
    assertEquals(types.match(/^import .*/gm), null);
    await Deno.writeTextFile(join(dir, "types.d.ts"), types);
    const uses = ["SinkModule", "Sink", "SinkContext", "SinkLog", "SinkOutcome", "Probe", "DriftReport", "Change"];
    await Deno.writeTextFile(
      join(dir, "use.ts"),
      `import type { ${uses.join(", ")} } from "./types.d.ts";\nexport type All = [${uses.join(", ")}];\n`,
    );
    await deno(dir, "check", "-q", "--all", "use.ts");
  });
});

Deno.test("deno task sink:new makes a sink that checks, passes its test, and works in the program as it is", async () => {
  await inFolder(async (dir) => {
    const made = await run(Deno.execPath(), ["task", "-q", "sink:new", "my-own", "sinks"], {
      cwd: ROOT,
      env: { INIT_CWD: dir },
    });
    assertEquals(made.code, 0, made.stderr);
    const folder = join(dir, "sinks");
    assertEquals(await namesIn(folder), ["my_own.ts", "my_own_test.ts", "pve_drift_sink.d.ts", "sample_report.json"]);
    for (const name of ["my_own.ts", "my_own_test.ts"]) {
      const text = await Deno.readTextFile(join(folder, name));
      assertEquals(text.match(/template|my-sink|MY_SINK/g), null, name);
    }
    // The command that it names.
    const [, command] = /^ +deno (test .*)$/m.exec(made.stdout)!;
    const tested = await deno(dir, ...command!.split(" "));
    assertMatch(tested, /5 passed/);
    await deno(folder, "check", "-q", "my_own.ts");
    await deno(folder, "lint", "-q", "my_own.ts", "my_own_test.ts");
    await deno(folder, "fmt", "-q", "--check", "--line-width=120", "my_own.ts", "my_own_test.ts");

    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response());
    const host = `127.0.0.1:${server.addr.port}`;
    const [, printed] = /^ +deno task drift (.*)$/m.exec(made.stdout)!;
    const spec = printed!.match(/"(.*)"/)![1]!;
    assertStringIncludes(spec, "+file:");
    const program = [
      "run",
      "-q",
      `--config=${ROOT}/deno.json`,
      "-P=drift",
      "--no-prompt",
      `${ROOT}/drift/check-drift.ts`,
    ];
    const config = {
      stateDir: "state",
      environments: {},
      sinks: [{
        use: "file:sinks/my_own.ts",
        url: `http://${host}/`,
        tokenEnv: "MY_OWN_TOKEN",
        allow: [`net=${host}`, "env=MY_OWN_TOKEN"],
      }],
    };
    await Deno.writeTextFile(join(dir, "pve-drift.json"), JSON.stringify(config));
    const drift = (...args: string[]) =>
      run(Deno.execPath(), [...program, ...args], { cwd: dir, env: { MY_OWN_TOKEN: "t" } });
    const listed = await drift("sinks", "check");
    assertEquals([listed.code, listed.stderr], [0, ""]);
    const sent = await drift("sinks", "test", "file:sinks/my_own.ts");
    assertEquals([sent.code, sent.stderr], [0, ""]);
    assertStringIncludes(sent.stdout, "delivered a sample report");
    const dry = await drift("--dry-run", "--sink", "console", "--sink", spec);
    assert([2, 3].includes(dry.code), dry.stderr);
    assertStringIncludes(dry.stderr, "would post: drifted: drift");
  });
});

for (const [example, file] of Object.entries({ ntfy: "mine.ts", sendmail: "mine.sh", apprise: "mine.py" })) {
  Deno.test(`deno task sink:new --from ${example} copies that example under its new name`, async () => {
    await inFolder(async (dir) => {
      const made = await run(Deno.execPath(), ["task", "-q", "sink:new", "mine", ".", "--from", example], {
        cwd: ROOT,
        env: { INIT_CWD: dir },
      });
      assertEquals(made.code, 0, made.stderr);
      const isModule = file.endsWith(".ts");
      assertStringIncludes(made.stdout, `"use": "${isModule ? "file" : "exec"}:${join(dir, file)}"`);
      const companions = isModule ? ["pve_drift_sink.d.ts", "sample_report.json"] : [];
      assertEquals(await namesIn(dir), [file, ...companions]);
      assertEquals((await Deno.stat(join(dir, file))).mode! & 0o100, isModule ? 0 : 0o100);
      const text = await Deno.readTextFile(join(dir, file));
      assertStringIncludes(text, `/${file}"`);
      if (isModule) {
        assertStringIncludes(text, 'name: "mine"');
        await deno(dir, "check", "-q", file);
      }
    });
  });
}

Deno.test("copySink() names the examples that there are, and leaves what is there alone", async () => {
  await inFolder(async (dir) => {
    await assertRejects(() => copySink("mine", dir, "telegram"), Error, "the examples are apprise, ntfy, sendmail");
    await assertRejects(() => copySink("mine", dir, ""), Error, "the examples are");
    await Deno.writeTextFile(join(dir, "mine.ts"), "mine");
    await assertRejects(() => copySink("mine", dir, "ntfy"), Error, `"${dir}/mine.ts" is there already`);
    assertEquals(await Deno.readTextFile(join(dir, "mine.ts")), "mine");
  });
});

Deno.test("newSink() refuses a name that will not do, and leaves what is there alone", async () => {
  await inFolder(async (dir) => {
    for (const name of ["My", "a_b", "../a", "a--b", "1st", ""]) {
      await assertRejects(() => newSink(name, dir), Error, "a name is kebab-case");
    }
    await run("ln", ["-s", "/nowhere", join(dir, "mine_test.ts")]);
    await assertRejects(() => newSink("mine", dir), Error, `"${dir}/mine_test.ts" is there already`);
    assertEquals(await namesIn(dir), ["mine_test.ts"]);
  });
});
