import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { driftReport, environment, errorReport, report, strangeReport } from "../tests/support/sample_reports.ts";
import { witnessedReport } from "../tests/support/witness_reports.ts";
import type { LocalTime } from "./text/local_time.ts";
import logfile, { createLogfile, expired, type LogfileOptions } from "./logfile.ts";
import { type DriftReport, type SinkContext, StepAside } from "./sink.ts";

const SIGNAL = new AbortController().signal;
const DAYS = 86_400_000;
/** An hour ahead of UTC. */
const LOCAL: LocalTime = {
  date: (ms) => new Date(ms + 3_600_000).toISOString().slice(0, 10),
  time: (ms) => `${new Date(ms + 3_600_000).toISOString().slice(0, 19).replace("T", " ")} +01:00`,
};

/** Deno's own would need the right to write anywhere. */
async function symlink(target: string, path: string): Promise<void> {
  await new Deno.Command("ln", { args: ["-s", target, path] }).output();
}

interface Place {
  dir: string;
  said: string[];
  deliver(report: DriftReport, options?: LogfileOptions, dryRun?: boolean): Promise<void>;
  names(): Promise<string[]>;
  read(name: string): Promise<string>;
}

async function inFolder(test: (place: Place) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const log = { debug: say, info: say, warn: say, error: say };
  try {
    await test({
      dir,
      said,
      async deliver(shown, options = { dir }, dryRun = false) {
        const context: SinkContext = { dryRun, stateDir: "/nowhere", log };
        const sink = await createLogfile(options, context, LOCAL, join(dir, "default"));
        await sink.deliver(shown, SIGNAL);
      },
      names: async () => (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort(),
      read: (name) => Deno.readTextFile(join(dir, name)),
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("logfile deliver() writes one record a person can read for each environment", () =>
  inFolder(async ({ deliver, names, read, dir }) => {
    await deliver(driftReport());
    assertEquals(await names(), ["prod", "staging", "lab"].map((name) => `drift-2026-11-24-${name}.log`).sort());
    const lines = (await read("drift-2026-11-24-prod.log")).split("\n");
    assertEquals(
      lines[0],
      "=== 2026-11-24 06:00:00 +01:00 (2026-11-24T05:00:00.000Z), run 20261124T050000Z-7f3a9c, " +
        "terraform 1.11.4 (/usr/bin/terraform), pve-drift 0.1.0 on pve1",
    );
    assertEquals(lines.slice(-2), ["=== end of run 20261124T050000Z-7f3a9c", ""]);
    const text = lines.join("\n");
    assertStringIncludes(text, "Folder /srv/infrastructure/proxmox/environments/prod\n");
    assertStringIncludes(text, "memory[0].dedicated: expected 2048 → actual 4096");
    assertStringIncludes(text, "1 environment: 1 drift; 4 resources changed; 2.3s");
    assert(!text.includes("staging"), text);
    assertEquals((await Deno.stat(join(dir, "drift-2026-11-24-prod.log"))).mode! & 0o7777, 0o640);
  }));

Deno.test("logfile deliver() begins the record of a test with that", () =>
  inFolder(async ({ deliver, read }) => {
    await deliver({ ...driftReport(), test: true });
    const record = await read("drift-2026-11-24-prod.log");
    assertStringIncludes(record, "=== Test of this sink, nothing was checked: 2026-11-24 06:00:00 +01:00");
    assertEquals(record.match(/Test of this sink/g)?.length, 1);
  }));

Deno.test("logfile deliver() appends when the day has a record already", () =>
  inFolder(async ({ deliver, read }) => {
    await deliver(errorReport());
    const first = await read("drift-2026-11-24-lab.log");
    await deliver(errorReport());
    assertEquals(await read("drift-2026-11-24-lab.log"), first + first);
    assertStringIncludes(first, "What to do: Give the token's user the privilege VM.Audit");
  }));

Deno.test("logfile deliver() names the file by the host's date of the run's start", () =>
  inFolder(async ({ deliver, names }) => {
    const late = report([environment("a", { startedAt: "2026-11-25T00:10:00.000Z" })], {
      startedAt: "2026-11-24T23:30:00.000Z",
    });
    await deliver(late);
    await deliver({ ...late, startedAt: "2026-11-24T22:59:59.999Z" });
    assertEquals(await names(), ["drift-2026-11-24-a.log", "drift-2026-11-25-a.log"]);
  }));

Deno.test("logfile deliver() writes no line that a value forged, and cuts none", () =>
  inFolder(async ({ deliver, read }) => {
    const strange = strangeReport();
    strange.environments[1]!.changes = [];
    strange.environments[0]!.changes[0]!.note = "x\n=== end of run\nprod OK";
    strange.environments[0]!.dir = "/srv/\n=== forged";
    strange.environments[0]!.name = "a";
    strange.environments[1]!.name = "b";
    await deliver(strange);
    const text = await read("drift-2026-11-24-a.log");
    assertEquals(text.match(/^===/gm)?.length, 2);
    assertStringIncludes(text.replace(/\s+/g, ""), "+flag,".repeat(30));
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x09\x0b-\x1f\x7f]/.test(text));
  }));

Deno.test("logfile deliver() writes the others, and names the one, when a file cannot be written", () =>
  inFolder(async ({ deliver, dir, names }) => {
    await symlink("/dev/null", join(dir, "drift-2026-11-24-prod.log"));
    const error = await assertRejects(() => deliver(driftReport()));
    assertMatch(
      error.message,
      /^Cannot write ".*drift-2026-11-24-prod\.log": it is a symbolic link, which is not followed: remove it$/,
    );
    assertEquals((await names()).length, 3);
  }));

Deno.test("logfile deliver() refuses to name a file after what is no environment's name", () =>
  inFolder(async ({ deliver, names }) => {
    for (const name of ["../up", "a/b", "", "-x", "a\nb", "x".repeat(65)]) {
      await assertRejects(
        () => deliver(report([environment(name)])),
        Error,
        "Cannot name a log file after environment",
      );
    }
    assertEquals(await names(), []);
  }));

Deno.test("logfile deliver() removes what is older than it keeps, and nothing else", () =>
  inFolder(async ({ deliver, dir, names }) => {
    const kept = [
      "drift-2026-10-25-prod.log", // 30 days ago
      "drift-2026-13-01-prod.log",
      "drift-2026-02-31-prod.log",
      "drift-2026-01-01-.log",
      "drift-2026-01-01-prod.log.gz",
      "drift-2026-01-01-prod.txt",
      "xdrift-2026-01-01-prod.log",
      "drift-2026-01-01-pr od.log",
      "drift-2026-01-01-prod\n.log",
      "notes.log",
    ];
    const old = ["drift-2026-10-24-prod.log", "drift-2019-01-01-gone.env_1-x.log"];
    for (const name of [...kept, ...old]) await Deno.writeTextFile(join(dir, name), "");
    await Deno.mkdir(join(dir, "drift-2026-01-01-folder.log"));
    await symlink(join(dir, "notes.log"), join(dir, "drift-2026-01-01-link.log"));
    await deliver(report([]));
    assertEquals(await names(), [...kept, "drift-2026-01-01-folder.log", "drift-2026-01-01-link.log"].sort());
  }));

Deno.test("logfile deliver() writes and removes nothing in a dry run, and says what it would", () =>
  inFolder(async ({ deliver, dir, names, said }) => {
    await Deno.writeTextFile(join(dir, "drift-2020-01-01-prod.log"), "");
    await deliver(report([environment("prod")]), { dir }, true);
    assertEquals(await names(), ["drift-2020-01-01-prod.log"]);
    assertMatch(
      said.join("\n"),
      /^Would append \d+ lines to ".*drift-2026-11-24-prod.log"\nWould remove ".*drift-2020-01-01-prod.log"$/,
    );
  }));

Deno.test("expired() counts days of the calendar", () => {
  const name = (day: string) => `drift-${day}-a.log`;
  const check = (today: string, day: string, keep: number) => expired([name(day)], today, keep).length === 1;
  assertEquals(check("2026-03-30", "2026-02-28", 30 * DAYS), false);
  assertEquals(check("2026-03-31", "2026-02-28", 30 * DAYS), true);
  assertEquals(check("2026-11-01", "2026-10-02", 30 * DAYS), false);
  assertEquals(check("2024-03-01", "2024-02-29", 1), true);
  assertEquals(check("2026-11-24", "2026-11-24", 1), false);
  assertEquals(check("2026-11-24", "2027-01-01", 1), false);
});

Deno.test("logfile deliver() makes the folder that somebody asked for, where only it is missing", () =>
  inFolder(async ({ deliver, dir, names }) => {
    const asked = { asked: true, fallbackDir: join(dir, "fallback") };
    await deliver(driftReport(), asked, true);
    assertEquals(await names(), [], "a dry run makes nothing");
    await deliver(driftReport(), asked);
    await deliver(driftReport(), { ...asked, dir: join(dir, "named") });
    assertEquals(await names(), ["default", "named"]);
    for (const name of await names()) {
      assertEquals((await Array.fromAsync(Deno.readDir(join(dir, name)))).length, 3);
      assertEquals(
        (await Deno.stat(join(dir, name))).mode! & 0o7027,
        0,
        "nothing for others, and no writing for a group",
      );
    }
    await assertRejects(
      () => deliver(driftReport(), { ...asked, dir: join(dir, "a/slip") }),
      Error,
      `its folder does not exist: create it (mkdir -p "${dir}/a/slip")`,
    );
  }));

Deno.test("logfile deliver() records what a second witness says as kept in tests/fixtures/logfile", () =>
  inFolder(async ({ deliver, read }) => {
    const shown = witnessedReport();
    await deliver(shown);
    const kept = new URL("../tests/fixtures/logfile/witness.log", import.meta.url);
    assertEquals(await read("drift-2026-11-24-prod.log"), await Deno.readTextFile(kept));
    assertEquals(shown, witnessedReport(), "the report was altered");
  }));

Deno.test("logfile create() goes to the fallback with a hint when nobody asked and the default is missing", () =>
  inFolder(async ({ deliver, dir, said }) => {
    await deliver(report([environment("a")]), { asked: false, fallbackDir: join(dir, "state/pve-drift") });
    assertEquals((await Array.fromAsync(Deno.readDir(join(dir, "state/pve-drift")))).map(({ name }) => name), [
      "drift-2026-11-24-a.log",
    ]);
    assertEquals((await Deno.stat(join(dir, "state/pve-drift"))).mode! & 0o007, 0);
    assertEquals(said, [`Log files go to "${dir}/state/pve-drift", since "${dir}/default" does not exist`]);
  }));

Deno.test("logfile create() steps aside when nobody asked and there is no place", () =>
  inFolder(async ({ deliver, dir }) => {
    await Deno.writeTextFile(join(dir, "file"), "");
    const aside = await assertRejects(
      () => deliver(driftReport(), { asked: false, fallbackDir: join(dir, "file/x") }),
      StepAside,
    );
    assertStringIncludes(
      aside.message,
      `No log files: "${dir}/default" does not exist, and "${dir}/file/x" cannot be made`,
    );
    await assertRejects(() => deliver(driftReport(), { asked: false }), StepAside, 'or name a folder as "dir"');
  }));

Deno.test("logfile create() makes no folder in a dry run", () =>
  inFolder(async ({ deliver, dir, names }) => {
    await deliver(report([]), { asked: false, fallbackDir: join(dir, "state") }, true);
    assertEquals(await names(), []);
  }));

Deno.test("logfile resolves a relative folder against the base", () =>
  inFolder(async ({ deliver, dir, names }) => {
    await deliver(report([environment("a")]), { dir: ".", base: dir });
    assertEquals(await names(), ["drift-2026-11-24-a.log"]);
  }));

Deno.test("logfile options name the wrong one", () => {
  assertEquals(logfile.options!.parse({ keep: "7d", dir: "/x" }), { keep: 7 * DAYS, dir: "/x" });
  assertThrows(() => logfile.options!.parse({ keeps: "7d" }), TypeError, 'did you mean "keep"? It takes "dir", "keep"');
});

Deno.test("logfile probe() says where it writes, or what is wrong with that place, and leaves it as it is", () =>
  inFolder(async ({ dir, said, names }) => {
    const say = (message: string) => void said.push(message);
    const context = { dryRun: false, stateDir: "/nowhere", log: { debug: say, info: say, warn: say, error: say } };
    const probe = async (place: string) =>
      await (await createLogfile({ dir: place }, context, LOCAL, "/nowhere")).probe!(SIGNAL);
    assertEquals(await probe(dir), { summary: `writes to "${dir}"` });
    assertEquals(await probe(join(dir, "new")), { summary: `will make "${dir}/new" and write there` });
    const missing = join(dir, "missing/logs");
    await assertRejects(
      () => probe(missing),
      Error,
      `Cannot write log files: "${dir}/missing" does not exist; run "mkdir -p ${missing}`,
    );
    assertEquals(await names(), []);
  }));
