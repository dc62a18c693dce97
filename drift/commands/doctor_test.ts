import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { testTerraform } from "../../tests/support/programs.ts";
import type { Config } from "../config/config.ts";
import { runDoctor } from "./doctor.ts";
import type { DoctorDeps } from "./doctor_deps.ts";
import { noProgress } from "../run/progress.ts";

/** Runs doctor for no environment, at a moment, with the state directory given. */
async function at(now: number, stateDir: string): Promise<{ code: number; text: string }> {
  const said: string[] = [];
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const { signal } = new AbortController();
  const holder = { pid: Deno.pid, host: "here", startedAt: new Date(now).toISOString(), what: "test" };
  const config: Config = {
    root: stateDir,
    environments: [{ name: "prod", dir: "/envs/prod", varFiles: [], backendConfig: [], timeoutMs: 1000 }],
    passedOver: [],
    secretFiles: [],
    envFiles: [],
    terraform: { bin: "terraform", lock: "confirm", lockTimeoutMs: 0, confirmPowerAfterMs: 0, parallelism: 1, env: {} },
    concurrency: 1,
    planAtLeastMs: 93_600_000,
    runTimeoutMs: 1000,
    values: "show",
    stateDir,
    sinks: [],
    accept: [],
    noise: true,
    clusters: [],
  };
  const deps: DoctorDeps = {
    run: {
      world: {
        env: { PATH: Deno.env.get("PATH")!, TF_CLI_CONFIG_FILE: "/dev/null" },
        uid: 0,
        gid: 0,
        host: "here",
        version: "0",
        now: () => now,
        isLive: false,
      },
      signals: { interrupt: signal, kill: signal },
    },
    openProgress: () => noProgress,
    sinks: {
      stateDir,
      dryRun: false,
      log: () => silent,
      uid: 0,
      env: {},
      view: { color: false, columns: 500, detail: "normal", journal: false },
      write: () => {},
      program: { execPath: "", standalone: false, mainModule: "" },
    },
    holder,
    print: (text) => Promise.resolve(said.push(text)),
  };
  return { code: await runDoctor(config, [], deps), text: said.join("") };
}

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "pve-drift-test-" });
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

testTerraform(
  "runDoctor() fails where the clock is so early that no certificate is valid",
  () =>
    inFolder(async (dir) => {
      const early = await at(Date.UTC(2001, 0), dir);
      assertEquals(early.code, 1);
      assertStringIncludes(early.text, "failed   Clock: 2001-01-01T00:00:00.000Z is in the past");
      const now = await at(Date.now(), dir);
      assertEquals(now.code, 0, now.text);
      assert(/^ok {7}Clock: 20/m.test(now.text));
    }),
);

testTerraform(
  "runDoctor() writes nothing where the state belongs to somebody else",
  (_test) =>
    inFolder(async (dir) => {
      const state = join(dir, "state");
      await Deno.mkdir(state);
      await Deno.chown(state, 4711, null);
      const { code, text } = await at(Date.now(), state);
      assertEquals(code, 0, text);
      assertStringIncludes(text, `warning  State directory: "${state}", belongs to user 4711, and this is user 0`);
      assertEquals(await Array.fromAsync(Deno.readDir(state)), []);
    }),
  Deno.uid() === 0 ? undefined : "only root can write there",
);
