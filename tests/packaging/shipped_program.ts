/**
 * What must hold for the program however it is shipped: as a bundle, as a compiled binary, as an installed command.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { Estate, simple } from "../support/estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { ROOT, run } from "../support/programs.ts";

/** A sink of the user's: TypeScript on disk, told from the source's fixtures by what it imports, which is nothing. */
const FILE_SINK = `
export default {
  apiVersion: 1,
  name: "own",
  create({ topic }: { topic: string }, { stateDir }: { stateDir: string }) {
    return {
      async deliver(report: { runId: string }): Promise<void> {
        const outside = await Deno.permissions.query({ name: "read", path: "/etc" });
        const seen = { topic, runId: report.runId, outside: outside.state };
        await Deno.writeTextFile(stateDir + "/seen.json", JSON.stringify(seen));
      },
    };
  },
};
`;

/** The steps, on an executable that is started by its path alone. `narrow`: a `file:` sink gets only its own permissions. */
export async function endToEnd(test: Deno.TestContext, program: string, { narrow }: { narrow: boolean }) {
  const away = await Deno.makeTempDir({ prefix: "end-to-end-" });
  const denoDir = join(away, "deno"); // empty: whatever were fetched would lie there
  const env = { DENO_DIR: denoDir, HOME: away, NO_COLOR: "1" };
  const ours = (...args: string[]) => run(program, args, { cwd: away, env });
  try {
    await test.step("it says its version, its options, and what is wrong with a command line or a configuration", async () => {
      assertEquals(await ours("--version"), { code: 0, stdout: `pve-drift ${project.version}\n`, stderr: "" });
      const source = [...SOURCE, "--help"];
      assertEquals((await ours("--help")).stdout, (await run(Deno.execPath(), source)).stdout);
      assertEquals((await ours("--al")).code, 64);
      const config = join(away, "wrong.json");
      await Deno.writeTextFile(config, '{ "concurrency": "x", "values": 1, "root": [] }', { mode: 0o600 });
      const wrong = await ours("--all", "--config", config);
      assertEquals(wrong.code, 64);
      assertEquals(wrong.stderr, (await run(Deno.execPath(), [...SOURCE, "--all", "--config", config])).stderr);
      assertMatch((await ours("completion", "bash")).stdout, /complete .*pve-drift/);
    });

    await test.step("a dry run shows and delivers what the source's does", async () => {
      const plain = (text: string) => text.replace(/\d\d:\d\d(:\d\d)?|\d{4}-\d\d-\d\d|[\d.]+ ?m?s\b/g, "#");
      const sinks = ["--sink", "console", "--sink", `logfile?dir=${away}`, "--sink", `prom?file=${away}/x.prom`];
      const [here, source] = await Promise.all([
        ours("--dry-run", ...sinks),
        run(Deno.execPath(), [...SOURCE, "--dry-run", ...sinks], { cwd: away, env: { NO_COLOR: "1" } }),
      ]);
      assertEquals(here.code, 3, here.stderr);
      assertStringIncludes(here.stdout, "drifted");
      assertEquals([plain(here.stdout), plain(here.stderr)], [plain(source.stdout), plain(source.stderr)]);
    });

    await test.step("the demo runs on it", async () => {
      const { code, stdout, stderr } = await run(
        Deno.execPath(),
        ["run", "-q", "-A", "--no-prompt", join(ROOT, "tests/end_to_end/demo.ts")],
        { env: { PVE_DRIFT_PROGRAM: program, NO_COLOR: "1" } },
      );
      assertEquals(code, 0, stderr);
      for (const line of ["lab          OK ", "prod         DRIFT ", '  ~ VM 101 "web" on pve1']) {
        assertStringIncludes(stdout, line);
      }
    });

    await test.step("a check delivers to every built-in sink, and to a file: and an exec: sink from disk", async () => {
      await using estate = await Estate.create({ prod: simple("as applied") });
      await estate.apply("prod");
      await estate.write("prod", simple("as wanted"));
      await using telegram = startFakeTelegram();
      await Deno.writeTextFile(join(estate.dir, "own.ts"), FILE_SINK);
      await Deno.writeTextFile(join(estate.dir, "own.sh"), "#!/bin/sh\ncat >got\n", { mode: 0o755 });
      await Deno.mkdir(join(estate.dir, "log"));
      await estate.configure({
        sinks: [
          "console",
          { use: "logfile", dir: "log" },
          { use: "prom", file: "pve_drift.prom" },
          { use: "telegram", chatId: -1001, apiRoot: telegram.url },
          { use: "file:./own.ts", topic: "drift" },
          { use: "exec:./own.sh" },
        ],
      });
      const { code, stdout, stderr } = await run(program, ["--all"], {
        cwd: estate.dir,
        env: { ...env, ...estate.env, TELEGRAM_BOT_TOKEN: FAKE_TOKEN },
      });
      assertEquals(code, 2, stdout + stderr);
      assertMatch(stdout, /prod +DRIFT/);
      assertEquals((await Array.fromAsync(Deno.readDir(join(estate.dir, "log")))).length, 1);
      assertMatch(await Deno.readTextFile(join(estate.dir, "pve_drift.prom")), /^pve_drift_status\{env="prod"\} 1$/m);
      assertEquals(telegram.accepted.length, 1);
      const state = join(estate.dir, "state/sinks");
      const folders = (await Array.fromAsync(Deno.readDir(state), ({ name }) => name)).sort();
      const own = folders.filter((name) => name.startsWith("own-"));
      assertEquals(own.length, 2, String(folders));
      const texts = await Promise.all(
        own.flatMap((name) =>
          ["seen.json", "got"].map((file) => Deno.readTextFile(join(state, name, file)).catch(() => ""))
        ),
      );
      const [seen, got] = texts.filter((text) => text !== "").map((text) => JSON.parse(text))
        .sort((one) => "topic" in one ? -1 : 1);
      assertEquals(seen, { topic: "drift", runId: got.report.runId, outside: narrow ? "prompt" : "granted" });
      assertEquals([got.protocol, got.report.status], [1, "drift"]);
      const patch = await run(program, ["explain", "--patch"], { cwd: estate.dir, env: { ...env, ...estate.env } });
      assertStringIncludes(patch.stdout, '+  input = "as applied"\n', patch.stderr);
    });

    await test.step("nothing was fetched", async () => {
      const names = async (...folder: string[]) =>
        await Array.fromAsync(Deno.readDir(join(denoDir, ...folder)), ({ name }) => name).catch(() => []);
      // Deno makes the folder npm in any case.
      const fetched = [...await names("npm"), ...(await names()).filter((name) => name === "remote" || name === "dl")];
      assertEquals(fetched, []);
    });
  } finally {
    await Deno.remove(away, { recursive: true });
  }
}

const SOURCE = [
  ...["run", "-q", `--config=${join(ROOT, "deno.json")}`, "-P=drift", "--no-prompt"],
  join(ROOT, "drift/check-drift.ts"),
];

/** Every string in a file that could name the machine it was built on. */
export async function tellsOfThisMachine(path: string): Promise<string[]> {
  const bytes = await Deno.readFile(path);
  const text = new TextDecoder("latin1").decode(bytes);
  assert(text.length > 1_000_000);
  const home = Deno.env.get("HOME");
  const telling = [ROOT, Deno.execPath(), ...home && home.length > 1 ? [`${home}/.`] : [], "pve-drift-bundle-"];
  return telling.filter((one) => text.includes(one));
}
