import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { run } from "../tests/support/programs.ts";
import { okReport } from "../tests/support/sample_reports.ts";
import { namesIn } from "../tests/support/sinks.ts";
import { parseUse } from "../drift/config/sink_entries.ts";
import { builtInSinks, loadSink, type SinkEntry, SinkEntryError, type SinkHost, useText } from "./load.ts";
import { StepAside } from "./sink.ts";

/** A host whose state is in a temporary folder, and what was said through it. */
async function withHost(
  test: (host: SinkHost, said: string[], dir: string) => Promise<void>,
  rest: Partial<SinkHost> = {},
) {
  const dir = await Deno.makeTempDir();
  const said: string[] = [];
  const log = (name: string) => {
    const at = (level: string) => (message: string) => void said.push(`${name} ${level}: ${message}`);
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  };
  const host: SinkHost = {
    stateDir: join(dir, "state"),
    dryRun: false,
    log,
    uid: Deno.uid()!,
    env: {},
    view: { color: false, columns: 80, detail: "normal", journal: false },
    write: (text) => void said.push(text),
    program: { execPath: "/nowhere/deno", standalone: false, mainModule: "file:///nowhere/main.ts" },
    openMs: 5000,
    ...rest,
  };
  try {
    await test(host, said, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const entry = (use: string, rest: Partial<SinkEntry> = {}): SinkEntry => ({
  use: parseUse(use, rest.dir ?? "/")!,
  options: {},
  allow: [],
  env: [],
  from: "configuration",
  dir: "/",
  ...rest,
});

function refusal(host: SinkHost, wrong: SinkEntry): Promise<string> {
  return assertRejects(() => loadSink(wrong, useText(wrong.use), 1, host), SinkEntryError).then(({ message }) =>
    message
  );
}

Deno.test("loadSink() loads every built-in sink by its name, with its options checked", async () => {
  await withHost(async (host, said) => {
    const sink = await loadSink(entry("console"), "console", 1, host);
    await sink.deliver(okReport(), new AbortController().signal);
    assertStringIncludes(said.join(""), "prod");
    for (const name of builtInSinks) {
      const message = await refusal(host, entry(name, { options: { noSuchOption: 1 } }));
      assertStringIncludes(message, `Cannot use sink "${name}": `);
      assertStringIncludes(message, '"noSuchOption"');
    }
  });
});

Deno.test("loadSink() names the closest sink when there is none of that name", async () => {
  await withHost(async (host) => {
    assertEquals(
      await refusal(host, entry("telegramm")),
      'Cannot use sink "telegramm": there is none of that name: did you mean "telegram"? Built in are "console", "logfile", ' +
        '"prom", "telegram", "html", "heartbeat"; your own are named "file:PATH" or "exec:PATH"',
    );
    assertStringIncludes(await refusal(host, entry("constructor")), "there is none of that name");
  });
});

Deno.test("loadSink() refuses an entry that lacks what its sink needs, before anything is delivered", async () => {
  await withHost(async (host) => {
    assertStringIncludes(await refusal(host, entry("telegram")), 'Cannot use sink "telegram": "chatId" must be ');
  });
});

Deno.test("loadSink() lets nobody set from outside what it sets itself", async () => {
  await withHost(async (host) => {
    assertEquals(
      await refusal(host, entry("logfile", { options: { base: "/" } })),
      'Cannot use sink "logfile": unknown option "base"',
    );
    assertEquals(
      await refusal(host, entry("console", { options: { write: 1 } })),
      'Cannot use sink "console": unknown option "write"',
    );
  });
});

Deno.test("loadSink() starts relative paths at the entry's folder", async () => {
  await withHost(async (host, _said, dir) => {
    await Deno.mkdir(join(dir, "logs"));
    const sink = await loadSink(entry("logfile", { options: { dir: "logs" }, dir }), "logfile", 1, host);
    await sink.deliver(okReport(), new AbortController().signal);
    assertEquals((await namesIn(join(dir, "logs"))).length, okReport().environments.length);
    assertStringIncludes(
      await refusal(host, entry("file:sinks/x.ts", { dir })),
      `"${dir}/sinks/x.ts": there is no such file`,
    );
  });
});

Deno.test("loadSink() makes no state folder for a sink that keeps nothing", async () => {
  await withHost(async (host, _said, dir) => {
    await loadSink(entry("console"), "console", 1, host);
    assertEquals(await namesIn(dir), []);
  });
});

Deno.test("loadSink() refuses a custom sink that is missing, no file, no program or not to be trusted", async () => {
  await withHost(async (host, _said, dir) => {
    const path = join(dir, "sink");
    assertEquals(
      await refusal(host, entry(`exec:${path}`)),
      `Cannot use sink "exec:${path}": cannot read "${path}": there is no such file`,
    );
    assertEquals(
      await refusal(host, entry(`file:${dir}`)),
      `Cannot use sink "file:${dir}": "${dir}" must be a file, is a folder or a device`,
    );
    await Deno.writeTextFile(path, "#!/bin/sh\n", { mode: 0o644 });
    assertEquals(
      await refusal(host, entry(`exec:${path}`)),
      `Cannot use sink "exec:${path}": "${path}" is no program: run "chmod +x ${path}"`,
    );
    await Deno.chmod(path, 0o777);
    for (const use of [`exec:${path}`, `file:${path}`]) {
      assertStringIncludes(await refusal(host, entry(use)), `Cannot use sink "${use}": Cannot trust "${path}"`);
    }
  });
});

Deno.test("loadSink() gives each custom sink a private folder of its own, whatever the umask left open", async () => {
  await withHost(async (host, _said, dir) => {
    for (const folder of ["a", "b"]) {
      await Deno.mkdir(join(dir, folder));
      await Deno.writeTextFile(join(dir, folder, "my sink.sh"), "#!/bin/sh\n", { mode: 0o755 });
    }
    const load = (folder: string, nth: number) => loadSink(entry(`exec:${dir}/${folder}/my sink.sh`), "x", nth, host);
    await load("a", 1);
    await load("a", 2);
    await load("b", 1);
    const names = await namesIn(join(host.stateDir, "sinks"));
    assertEquals(names.map((name) => /^my_sink-[0-9a-f]{8}(-2)?$/.test(name)), [true, true, true]);
    for (const name of names) await Deno.chmod(join(host.stateDir, "sinks", name), 0o777);
    await load("a", 1);
    await load("a", 2);
    await load("b", 1);
    assertEquals(names.map((name) => Deno.statSync(join(host.stateDir, "sinks", name)).mode! & 0o777), [
      0o700,
      0o700,
      0o700,
    ]);
  });
});

Deno.test("loadSink() keeps no state where a link leads elsewhere, or where it cannot", async () => {
  await withHost(async (host, _said, dir) => {
    const path = join(dir, "sink.sh");
    await Deno.writeTextFile(path, "#!/bin/sh\n", { mode: 0o755 });
    const load = () => loadSink(entry(`exec:${path}`), "x", 1, host);
    await load();
    const folder = join(host.stateDir, "sinks", (await namesIn(join(host.stateDir, "sinks")))[0]!);
    await Deno.remove(folder);
    await run("/bin/ln", ["-s", dir, folder]); // Deno's own needs the whole file system
    await assertRejects(load, Error, `Cannot make state folder "${folder}": it is not a folder`);
    await Deno.remove(host.stateDir, { recursive: true });
    await Deno.writeTextFile(host.stateDir, "");
    await assertRejects(load, Error, "Cannot make state folder");
  });
});

Deno.test("loadSink() lets a sink step aside that nobody asked for, when it has no place", async () => {
  await withHost(async (host, _said, dir) => {
    const blocked = join(dir, "file");
    await Deno.writeTextFile(blocked, "");
    const failure = await loadSink(entry("logfile", { from: "default" }), "logfile", 1, {
      ...host,
      logFallbackDir: join(blocked, "logs"),
    }).then(() => "loaded", (error) => error);
    // A machine that has /var/log/pve-drift is a place.
    if (failure !== "loaded") assertEquals(failure instanceof StepAside, true);
  });
});

Deno.test("loadSink() tells a program of ours that cannot be started from a wrong entry", async () => {
  await withHost(async (host, _said, dir) => {
    await Deno.writeTextFile(join(dir, "x.ts"), "export default {};");
    const error = await assertRejects(() => loadSink(entry(`file:${dir}/x.ts`), "x", 1, host), Error, "exit code 127");
    assertEquals(error instanceof SinkEntryError, false);
  });
});
