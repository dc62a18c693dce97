/** What stops a check from outside: signals, timeouts, locks, what the caller's environment holds. On real terraform. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import type { DriftReport } from "../../drift/report.ts";
import { GRACE } from "../../lib/process.ts";
import { Estate, simple } from "../support/estate.ts";
import { processesOf } from "../support/processes.ts";
import { testTerraform } from "../support/programs.ts";
import { exists, until } from "../support/until.ts";

/** A backend that accepts and never answers. */
function hangingServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  (async () => {
    for await (const connection of listener) open.push(connection);
  })().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    [Symbol.dispose]() {
      listener.close();
      open.forEach((connection) => connection.close());
    },
  };
}

/** An environment whose plan reads another state from a server. */
const remote = (port: number) => ({
  "main.tf": `data "terraform_remote_state" "r" {
  backend = "http"
  config  = { address = "http://127.0.0.1:${port}/state" }
}
resource "terraform_data" "a" { input = "x" }`,
});

async function terraformsIn(dir: string): Promise<string[]> {
  const found = (await processesOf(dir)).map(({ command }) => command);
  return found.filter((command) => command.includes("terraform"));
}

/** A check of all environments, under way; its report will stand on stdout. */
function start(estate: Estate): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: estate.command("--all", "--json"),
    cwd: estate.dir,
    env: estate.env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

testTerraform("a backend that hangs is a timeout, and does not hold up the other environment", async () => {
  using server = hangingServer();
  await using estate = await Estate.create({ hung: remote(server.port), well: simple("x") });
  await estate.apply("well");
  await estate.configure({ environments: { hung: { timeout: "2s" }, well: {} } });
  const began = Date.now();
  const { report, code } = await estate.report();
  assert(Date.now() - began < 15_000, `took ${Date.now() - began} ms`);
  assertEquals(code, 1);
  assertEquals(report.environments.map((one) => [one.name, one.status, one.error?.class]), [[
    "hung",
    "error",
    "timeout",
  ], ["well", "ok", undefined]]);
  assertEquals(await terraformsIn(estate.dir), []);
});

testTerraform("an init that hangs takes nothing from the time of the environment that waits for its turn", async () => {
  await using estate = await Estate.create({ a: simple("x"), b: simple("x") });
  await estate.apply("a", "b");
  // The first init of the two hangs, whose ever it is.
  const { bin } = await estate.standIn(`[ "$1" = init ] && mkdir '${estate.dir}/hung' && sleep 60
exec "$TERRAFORM" "$@"`);
  await estate.configure({ concurrency: 2, timeout: "5s", terraform: { bin } });
  const { report } = await estate.report();
  assertEquals(report.environments.map((one) => one.error?.class ?? one.status).sort(), ["ok", "timeout"]);
  const well = report.environments.find(({ status }) => status === "ok")!;
  assert(well.durationMs > 5_000, `it waited ${well.durationMs} ms only: this test shows nothing`);
});

testTerraform("the time for the whole run ends checks that have none of their own left", async () => {
  using server = hangingServer();
  await using estate = await Estate.create({ a: remote(server.port), b: remote(server.port), c: simple("x") });
  await estate.apply("c");
  await estate.report(["--env", "c"]);
  await estate.configure({ runTimeout: "2s", concurrency: 1 });
  const { report, code } = await estate.report();
  assertEquals(code, 1);
  assertEquals(report.environments.map((one) => one.error?.class), ["timeout", "timeout", "timeout"]);
  assertEquals(report.environments.map((one) => one.previousStatus), [undefined, undefined, "ok"]);
  assert(report.terraform, "the program that ran is named");
});

for (const [signal, expected] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  testTerraform(
    `${signal} in the middle ends terraform, reports what was finished and exits with ${expected}`,
    async () => {
      using server = hangingServer();
      await using estate = await Estate.create({ a: simple("x"), z: remote(server.port) });
      await estate.apply("a");
      await estate.write("a", simple("y"));
      await estate.configure({ concurrency: 1, terraform: { lock: "none" } });
      const child = start(estate);
      const memory = join(estate.dir, "state", "memory", "a.json");
      await until(() => exists(memory));
      await until(async () => (await terraformsIn(estate.dir)).length > 0);
      child.kill(signal);
      const { code, stdout, stderr } = await child.output();
      const report: DriftReport = JSON.parse(new TextDecoder().decode(stdout));
      assertEquals(code, expected, new TextDecoder().decode(stderr));
      assertEquals(report.environments.map((one) => [one.name, one.status, one.error?.class]), [
        ["a", "drift", undefined],
        ["z", "error", "interrupted"],
      ]);
      assertEquals(await terraformsIn(estate.dir), []);
      assertEquals(await exists(join(estate.dir, "state", "run")), false);
    },
  );
}

testTerraform(
  "a signal leaves what had no turn as it was: status, times, memory, metrics, and no failure told",
  async () => {
    using server = hangingServer();
    await using estate = await Estate.create({ a: simple("x"), b: simple("x"), never: simple("x") });
    await estate.apply("a", "b", "never");
    await estate.write("b", simple("y"));
    const prom = join(estate.dir, "drift.prom");
    const sinks = [{ use: "prom", file: prom }, { use: "logfile", dir: join(estate.dir, "logs") }];
    await estate.configure({ concurrency: 1, terraform: { lock: "none" }, sinks });
    const before = (await estate.report(["--env", "a,b"])).report.environments;
    const memory = await Deno.readTextFile(join(estate.dir, "state", "memory", "b.json"));
    const seriesOf = async (env: string) =>
      (await Deno.readTextFile(prom)).split("\n").filter((line) => line.includes(`"${env}"`));
    const [metrics, unchecked] = [await seriesOf("b"), await seriesOf("never")];
    const logs = (await Array.fromAsync(Deno.readDir(join(estate.dir, "logs")))).length;

    await estate.write("a", remote(server.port));
    const child = start(estate);
    await until(async () => (await terraformsIn(estate.dir)).length > 0);
    child.kill("SIGTERM");
    const { code, stdout } = await child.output();
    const report: DriftReport = JSON.parse(new TextDecoder().decode(stdout));
    const [a, b, never] = report.environments;
    assertEquals([code, a!.error?.class, report.exitCode], [143, "interrupted", 1]);
    assertEquals(report.summary, { environments: 1, ok: 0, drift: 0, error: 1, resourcesChanged: 0 });
    assertEquals([b!.status, b!.startedAt, b!.since, b!.previousStatus, b!.error, b!.changes, b!.warnings], [
      ...["drift", before[1]!.startedAt, before[1]!.since, "drift", undefined],
      ...[[], []],
    ]);
    assertEquals(b!.skipped, { reason: "the run was stopped before its turn", lastVerdictAt: before[1]!.startedAt });
    assertEquals([never!.error?.class, never!.skipped], ["interrupted", {
      reason: "the run was stopped before its turn",
    }]);
    assertEquals(await Deno.readTextFile(join(estate.dir, "state", "memory", "b.json")), memory);
    assertEquals([await seriesOf("b"), await seriesOf("never")], [metrics, unchecked]);
    assertEquals((await Array.fromAsync(Deno.readDir(join(estate.dir, "logs")))).length, logs);
  },
);

testTerraform("a second signal ends terraform at once, and what was finished is delivered all the same", async () => {
  await using estate = await Estate.create({ a: simple("x"), z: simple("x") });
  await estate.apply("a");
  await estate.write("a", simple("y"));
  const { bin } = await estate.standIn(
    `if [ "$1" = plan ] && [ "\${PWD##*/}" = z ]; then trap "touch '${estate.dir}/told'" TERM; touch '${estate.dir}/hangs'; while :; do sleep 0.1; done; fi; exec "$TERRAFORM" "$@"`,
  );
  const file = join(estate.dir, "drift.prom");
  await estate.configure({
    concurrency: 1,
    terraform: { bin, lock: "none" },
    sinks: ["console", { use: "prom", file }],
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: estate.command("--all"),
    cwd: estate.dir,
    env: estate.env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await until(() => exists(join(estate.dir, "hangs")));
  child.kill("SIGINT");
  await until(() => exists(join(estate.dir, "told")));
  const began = performance.now();
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  assertEquals(code, 130, new TextDecoder().decode(stderr));
  assert(performance.now() - began < GRACE.termMs + GRACE.killMs, "it waited for the stop protocol");
  assertStringIncludes(new TextDecoder().decode(stdout), "input: expected");
  assertStringIncludes(await Deno.readTextFile(file), 'pve_drift_status{env="a"} 1');
  assertEquals(await terraformsIn(estate.dir), []);
});

testTerraform("a terraform that somebody else kills is killed, never ok, whatever it had written", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const { bin } = await estate.standIn(
    'if [ "$1" = plan ]; then "$TERRAFORM" "$@"; kill -9 $$; fi; exec "$TERRAFORM" "$@"',
  );
  await estate.configure({ terraform: { bin } });
  const one = await estate.only();
  assertEquals([one.code, one.status, one.error?.class], [1, "error", "killed"]);
  assertStringIncludes(one.error!.summary, "SIGKILL");
});

testTerraform("a plan that is cut in the middle is an error, whatever the exit code", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  for (const exit of [0, 2]) {
    const { bin } = await estate.standIn(
      `if [ "$1" = show ]; then "$TERRAFORM" "$@" | head -c 300; exit 0; fi; if [ "$1" = plan ]; then "$TERRAFORM" "$@" | head -n 2; exit ${exit}; fi; exec "$TERRAFORM" "$@"`,
    );
    await estate.configure({ terraform: { bin } });
    const one = await estate.only();
    assertEquals([one.code, one.status, one.error?.class], [1, "error", "unknown"]);
  }
});

testTerraform("drift that cannot be confirmed because the state is locked says by whom", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const go = join(estate.dir, "go");
  await estate.write("prod", {
    "main.tf": `resource "terraform_data" "slow" {
      provisioner "local-exec" { command = "until [ -e '${go}' ]; do sleep 0.1; done" }
    }
    resource "terraform_data" "a" {
      input      = "y"
      depends_on = [terraform_data.slow]
    }`,
  });
  const apply = estate.terraform("prod", "apply", "-input=false", "-no-color", "-auto-approve");
  await until(() => exists(estate.path("prod", ".terraform.tfstate.lock.info")));
  await estate.configure({ terraform: { lockTimeout: "1s" } });
  const one = await estate.only();
  assertEquals(one.status, "drift", JSON.stringify(one));
  assert(one.changes.length > 0 && one.changes.every((change) => !change.confirmed), JSON.stringify(one.changes));
  assert(
    one.warnings.some((warning) => /locked by \S+@\S+ since 20/.test(warning.summary)),
    JSON.stringify(one.warnings),
  );

  await estate.configure({ terraform: { lock: "always", lockTimeout: "100ms" } });
  const always = await estate.only();
  assertEquals([always.status, always.error?.class], ["error", "state-locked"]);
  const { who, id } = always.error!.lock!;
  assert(who?.includes("@") && id && id.length > 10, JSON.stringify(always.error));
  await Deno.writeTextFile(go, "");
  await apply;
  assertEquals((await estate.only()).status, "ok");
});

testTerraform("a running apply is no false alarm: the confirming plan waits for its lock", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", {
    "main.tf": `resource "terraform_data" "slow" {
      provisioner "local-exec" { command = "sleep 4" }
    }
    resource "terraform_data" "a" {
      input      = "y"
      depends_on = [terraform_data.slow]
    }`,
  });
  const apply = estate.terraform("prod", "apply", "-input=false", "-no-color", "-auto-approve");
  await until(() => exists(estate.path("prod", ".terraform.tfstate.lock.info")));
  const one = await estate.only();
  assertEquals([one.status, one.changes], ["ok", []], JSON.stringify(one.error));
  await apply;
});

const READ_ONLY = "a folder that is read-only cannot be locked, and its drift is confirmed without";
const AS_ROOT = "root may write anywhere; tests/real/faults_test.ts drops its privileges";
testTerraform(READ_ONLY, async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", simple("y"));
  await Deno.chmod(estate.path("prod"), 0o555);
  const one = await estate.only();
  assertEquals([one.status, one.changes[0]?.confirmed, one.warnings], ["drift", true, []]);
}, Deno.uid() === 0 ? AS_ROOT : undefined);

testTerraform(
  "what the caller's environment holds does not change what is checked, and each name is warned of",
  async () => {
    await using estate = await Estate.create({ prod: simple("x") });
    await estate.apply("prod");
    await estate.write("prod", simple("y"));
    const one = await estate.only({
      TF_CLI_ARGS_plan: "-refresh=false -target=terraform_data.nothing",
      TF_CLI_ARGS: "-no-such-flag",
      TF_WORKSPACE: "elsewhere",
      TF_DATA_DIR: join(estate.dir, "elsewhere"),
      TF_LOG: "trace",
      TF_LOG_PATH: join(estate.dir, "trace.log"),
      TF_REATTACH_PROVIDERS: "{}",
    });
    assertEquals(one.status, "drift", JSON.stringify(one));
    for (
      const [name, instead] of [
        ["TF_CLI_ARGS_plan", "varFiles"],
        ["TF_WORKSPACE", "workspace"],
        ["TF_DATA_DIR", "stateDir"],
        ["TF_LOG", "by hand"],
        ["TF_REATTACH_PROVIDERS", "debugger"],
      ]
    ) {
      assert(
        one.warnings.some((warning) => warning.summary.startsWith(`${name} `) && warning.summary.includes(instead!)),
        name,
      );
    }
    assertEquals(await exists(join(estate.dir, "elsewhere")), false);
  },
);

testTerraform("a second run waits for the first, says for whom, and checks then; a look steps aside", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const go = join(estate.dir, "go");
  const { bin } = await estate.standIn(
    `if [ "$1" = plan ]; then until [ -e '${go}' ]; do sleep 0.1; done; fi; exec "$TERRAFORM" "$@"`,
  );
  await estate.configure({ terraform: { bin } });
  const isLocked = async () => /"pid"/.test(await Deno.readTextFile(join(estate.dir, "state", "lock")).catch(() => ""));
  const first = estate.drift(["--all"]);
  await until(isLocked);
  const second = start(estate);
  let said = "";
  for await (const text of second.stderr.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (said.includes("Another run is under way: process ")) await Deno.writeTextFile(go, "");
  }
  await second.stdout.cancel();
  assertEquals([(await first).code, (await second.status).code], [0, 0], said);

  await Deno.remove(go);
  const third = estate.drift(["--all"]);
  await until(isLocked);
  const look = await estate.drift(["--all", "--if-changed", "--json"]);
  assertEquals([look.code, look.stdout], [0, ""], look.stderr);
  assertStringIncludes(look.stderr, "this look steps aside");
  await estate.configure({ terraform: { bin }, runTimeout: "500ms" });
  const fourth = await estate.drift(["--all", "--json"]);
  assertEquals([fourth.code, fourth.stdout], [1, ""]);
  assertStringIncludes(fourth.stderr, "holds it");
  await Deno.writeTextFile(go, "");
  assertEquals((await third).code, 0);
});

testTerraform("a run that was killed leaves no stale lock, and the next one cleans up after it", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const { bin } = await estate.standIn('if [ "$1" = plan ]; then sleep 1; fi; exec "$TERRAFORM" "$@"');
  await estate.configure({ terraform: { bin } });
  const child = new Deno.Command(Deno.execPath(), {
    args: estate.command("--all"),
    cwd: estate.dir,
    env: estate.env,
    stdout: "null",
    stderr: "null",
  }).spawn();
  const runs = join(estate.dir, "state", "run");
  await until(() => exists(runs));
  child.kill("SIGKILL");
  await child.status;
  const { code, stderr } = await estate.drift(["--all"]);
  assertEquals(code, 0, stderr);
  assertEquals(await exists(runs), false);
  // What is not ours stays, even there.
  await Deno.mkdir(join(runs, "mine"), { recursive: true });
  assertEquals((await estate.drift(["--all"])).code, 0);
  assertEquals(await Array.fromAsync(Deno.readDir(runs), ({ name }) => name), ["mine"]);
});

testTerraform("a check that hangs in its own files is given up after its stop", async () => {
  await using estate = await Estate.create({ a: simple("x"), z: simple("x") });
  await estate.apply("a", "z");
  await estate.configure({ concurrency: 2 });
  await Deno.mkdir(join(estate.dir, "state/memory"), { recursive: true, mode: 0o700 });
  const { code: made } = await new Deno.Command("mkfifo", { args: [join(estate.dir, "state/memory/z.json")] }).output();
  assertEquals(made, 0);
  const child = start(estate);
  await until(() => exists(join(estate.dir, "state/memory/a.json")));
  child.kill("SIGTERM");
  await delay(200);
  child.kill("SIGTERM");
  const { code, stdout } = await child.output();
  const { environments }: DriftReport = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([code, ...environments.map(({ status, error }) => error?.class ?? status)], [143, "ok", "interrupted"]);
});
