import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { findProgram, ProgramMissing } from "../../lib/find_program.ts";
import { GRACE } from "../../lib/process.ts";
import { processes, processesOf } from "../../tests/support/processes.ts";
import { testTerraform } from "../../tests/support/programs.ts";
import { childEnvironment, Terraform, type TerraformOptions } from "./command.ts";

/** A folder with a program `terraform` in `bin`, and an empty run folder; everything is removed afterwards. */
async function within<T>(
  script: string,
  use: (place: { options: TerraformOptions; dir: string; stop: AbortController; kill: AbortController }) => Promise<T>,
): Promise<T> {
  const dir = await Deno.makeTempDir();
  try {
    for (const name of ["bin", "run", "env"]) await Deno.mkdir(join(dir, name), { mode: 0o700 });
    for (const name of ["terraform", "tofu"]) {
      await Deno.writeTextFile(join(dir, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const stop = new AbortController();
    const kill = new AbortController();
    const options = {
      bin: "terraform",
      cwd: join(dir, "env"),
      env: { PATH: `${join(dir, "bin")}:/usr/bin:/bin` },
      runDir: join(dir, "run"),
      stop: stop.signal,
      kill: kill.signal,
    };
    return await use({ options, dir, stop, kill });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The same with the real terraform, and an applied folder of three objects. */
async function withinReal<T>(use: Parameters<typeof within<T>>[1]): Promise<T> {
  const bin = await findProgram("terraform", Deno.env.get("PATH"));
  return await within("exit 99", async (place) => {
    const { options, dir } = place;
    await Deno.writeTextFile(join(dir, "cli.tfrc"), "");
    const real = {
      ...options,
      bin,
      env: childEnvironment({ PATH: "/usr/bin:/bin", HOME: dir }, { TF_CLI_CONFIG_FILE: join(dir, "cli.tfrc") }).env,
    };
    const main =
      `variable "v-1" {\n default = "a"\n}\nresource "terraform_data" "a" {\n count = 3\n input = var.v-1\n}\n`;
    await Deno.writeTextFile(join(options.cwd, "main.tf"), main);
    const terraform = new Terraform(real);
    assertEquals((await terraform.run(["init"], "init")).exit.code, 0);
    assertEquals((await terraform.run(["apply", "-auto-approve"], "apply")).exit.code, 0);
    return await use({ ...place, options: real });
  });
}

/** Calls `act` with the first line of the file when it has one: what a started child has said. */
async function onFirstLine(file: string, act: (line: string) => void | Promise<void>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    const [line, rest] = await Deno.readTextFile(file).then((text) => text.split("\n"), () => []);
    if (rest !== undefined) return await act(line!);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Nothing was written to "${file}"`);
}

const PLAN = ["plan", "-json", "-input=false", "-lock=false", "-detailed-exitcode"];

testTerraform("Terraform.run() gives exit code 0, 1 or 2 and the message stream of a real plan", async () => {
  await withinReal(async ({ options, dir }) => {
    const file = join(dir, "run", "plan.bin");
    const clean = await new Terraform(options).run([...PLAN, `-out=${file}`], "clean");
    assertEquals(clean.exit, { code: 0, stopped: false });
    assertEquals(clean.stdoutFile, join(options.runDir, "clean.stdout"));
    assertStringIncludes(await clean.stdout(), `"type":"change_summary"`);
    assertEquals(await clean.stderr(), "");

    // Only an environment that keeps names which are no shell names gets this to terraform.
    const changed = new Terraform({ ...options, env: { ...options.env, "TF_VAR_v-1": "b" } });
    assertEquals((await changed.run(PLAN, "changed")).exit.code, 2);

    const failed = await new Terraform(options).run(["plan", "-nonsense"], "failed");
    assertEquals(failed.exit.code, 1);
    assertStringIncludes(await failed.stderr(), "-nonsense");

    for (const path of [clean.stdoutFile, clean.stderrFile, file]) {
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600, path);
    }
  });
});

testTerraform("Terraform.run() says so when it stopped a real plan", async () => {
  await withinReal(async ({ options, stop }) => {
    await Deno.writeTextFile(
      join(options.cwd, "main.tf"),
      `resource "terraform_data" "a" {\n count = 3000\n input = "b"\n}\n`,
    );
    const running = new Terraform(options).run(PLAN, "plan");
    await onFirstLine(join(options.runDir, "plan.stdout"), () => stop.abort());
    const { exit } = await running;
    assert(exit.stopped);
  });
});

testTerraform("Terraform.run() gives 137 and never 0 when a real terraform is killed from outside", async () => {
  await withinReal(async ({ options }) => {
    await Deno.writeTextFile(
      join(options.cwd, "main.tf"),
      `resource "terraform_data" "a" {\n count = 3000\n input = "b"\n}\n`,
    );
    const file = join(options.runDir, "plan.bin");
    const running = new Terraform(options).run([...PLAN, `-out=${file}`], "plan");
    await onFirstLine(join(options.runDir, "plan.stdout"), async () => {
      const [found, ...others] = (await processesOf(`-out=${file}`)).filter(({ command }) =>
        command.startsWith(`${options.bin} `)
      );
      assert(found, "terraform does not run");
      assertEquals(others, []);
      Deno.kill(found.pid, "SIGKILL");
    });
    assertEquals((await running).exit, { code: 137, signal: "SIGKILL", stopped: false });
  });
});

Deno.test("Terraform.run() hands over arguments, folder and environment as they are", async () => {
  const script = `printf '%s\\n' "$#"; printf '<%s>\\n' "$@"; pwd; echo "$A"; readlink /proc/$$/fd/0`;
  await within(script, async ({ options }) => {
    const args = ["plan", "-var=a b'c\"d$(id)`id`", "", "*", "~", "back\\slash", "é漢", "two\nlines", "A=1"];
    const env = { ...options.env, A: "$HOME '\"", "TF_VAR_a-b": "1" };
    const run = await new Terraform({ ...options, env }).run(args, "echo");
    const cwd = await Deno.realPath(options.cwd);
    const said = [String(args.length), ...args.map((arg) => `<${arg}>`), cwd, env.A, "/dev/null", ""].join("\n");
    assertEquals(await run.stdout(), said);
    const own = { ...options, env: { PATH: "/nonexistent" }, bin: "/usr/bin/env" };
    assertEquals(await (await new Terraform(own).run([], "env")).stdout(), "PATH=/nonexistent\n");
  });
});

Deno.test("Terraform.run() runs tofu, and whatever an absolute path names", async () => {
  await within(`basename "$0"; exit 2`, async ({ options, dir }) => {
    const tofu = await new Terraform({ ...options, bin: "tofu" }).run(["version"], "version");
    assertEquals([await tofu.stdout(), tofu.exit.code], ["tofu\n", 2]);
    await Deno.rename(join(dir, "bin", "terraform"), join(dir, "bin", "tf 1.11"));
    const named = await new Terraform({ ...options, bin: join(dir, "bin", "tf 1.11") }).run(["version"], "version");
    assertEquals(await named.stdout(), "tf 1.11\n");
  });
});

Deno.test("Terraform.run() reads whole output when the child floods stdout and stderr", async () => {
  await within(
    `head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2`,
    async ({ options }) => {
      const run = await new Terraform(options).run([], "flood");
      assertEquals([(await run.stdout()).length, (await run.stderr()).length], [3_000_000, 3_000_000]);
    },
  );
});

Deno.test("Terraform.run() kills a hanging child and what it started in time", async () => {
  const script = `trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & echo $$; while :; do sleep 0.05; done`;
  await within(script, async ({ options, stop }) => {
    const running = new Terraform({ ...options, grace: { termMs: 50, killMs: 50 } }).run(["plan"], "plan");
    let pid = "";
    let since = NaN;
    await onFirstLine(join(options.runDir, "plan.stdout"), (line) => {
      pid = line;
      since = performance.now();
      stop.abort();
    });
    const { exit } = await running;
    assert(performance.now() - since < GRACE.termMs + GRACE.killMs);
    assertEquals(exit, { code: 137, signal: "SIGKILL", stopped: true });
    assertMatch(pid, /^\d+$/);
    assertEquals((await processes()).filter(({ group }) => group === Number(pid)), []);
  });
});

Deno.test("Terraform.run() kills at once when told so", async () => {
  await within(`trap '' TERM; echo; while :; do sleep 0.05; done`, async ({ options, kill }) => {
    const running = new Terraform(options).run(["plan"], "plan");
    await onFirstLine(join(options.runDir, "plan.stdout"), () => kill.abort());
    assertEquals((await running).exit, { code: 137, signal: "SIGKILL", stopped: true });
  });
});

Deno.test("Terraform.run() starts nothing when it was stopped before", async () => {
  await within("", async ({ options, stop }) => {
    stop.abort();
    const cwd = join(options.cwd, "missing"); // an error, if it started anything
    const run = await new Terraform({ ...options, cwd }).run(["init"], "init");
    assert(run.exit.stopped);
    assertNotEquals(run.exit.code, 0);
    assertEquals(await run.stdout() + await run.stderr(), "");
  });
});

Deno.test("Terraform.run() replaces files of an earlier run and does not follow a link", async () => {
  await within(`echo new`, async ({ options, dir }) => {
    await Deno.writeTextFile(join(dir, "victim"), "old");
    const link = ["-s", join(dir, "victim"), join(options.runDir, "plan.stdout")];
    await new Deno.Command("ln", { args: link }).output(); // Deno.symlink() wants more permissions than the tests have
    const terraform = new Terraform(options);
    for (let i = 0; i < 2; i++) assertEquals(await (await terraform.run([], "plan")).stdout(), "new\n");
    assertEquals(await Deno.readTextFile(join(dir, "victim")), "old");
  });
});

Deno.test("Terraform.run() throws, and starts nothing, when its files cannot be created", async () => {
  await within(`echo ran >"$PWD/ran"`, async ({ options }) => {
    const runDir = join(options.runDir, "missing");
    const file = join(runDir, "plan.stdout");
    const terraform = new Terraform({ ...options, runDir });
    await assertRejects(() => terraform.run([], "plan"), Error, `Cannot write "${file}": No such file or directory`);
    await assertRejects(() => Deno.stat(join(options.cwd, "ran")), Deno.errors.NotFound);
  });
});

Deno.test("Terraform.run() leaves our own umask as it was", async () => {
  await within("umask", async ({ options }) => {
    const before = Deno.umask(0o027);
    try {
      assertEquals(await (await new Terraform(options).run([], "plan")).stdout(), "0077\n");
      const missing = { ...options, runDir: join(options.runDir, "missing") };
      await assertRejects(() => new Terraform(missing).run([], "plan"), Error);
      assertEquals(Deno.umask(), 0o027);
    } finally {
      Deno.umask(before);
    }
  });
});

Deno.test("Terraform.run() throws when its folder is missing", async () => {
  await within("", async ({ options }) => {
    const cwd = join(options.cwd, "missing");
    const error = await assertRejects(() => new Terraform({ ...options, cwd }).run([], "plan"), Error, cwd);
    assert(!(error instanceof ProgramMissing));
  });
});

Deno.test("Terraform.run() throws ProgramMissing when the program cannot be started", async () => {
  await within("exec nonexistent-terraform", async ({ options, dir }) => {
    const message = `Cannot run "${join(dir, "bin", "terraform")}": it ended with code 127: `;
    const error = await assertRejects(() => new Terraform(options).run([], "plan"), ProgramMissing, message);
    assertStringIncludes(error.message, "nonexistent-terraform");
    const script = join(dir, "bin", "script");
    await Deno.writeTextFile(script, "#!/no/such/interpreter\n", { mode: 0o755 });
    await assertRejects(() => new Terraform({ ...options, bin: script }).run([], "plan"), ProgramMissing, script);
  });
});

Deno.test("childEnvironment() drops what changes a plan behind our back and names it", () => {
  const inherited = {
    PATH: "/bin",
    TF_VAR_password: "p",
    TF_PLUGIN_CACHE_DIR: "/cache",
    TF_CLI_ARGS: "-no-color",
    TF_CLI_ARGS_plan: "-refresh=false",
    TF_WORKSPACE: "other",
    TF_DATA_DIR: "/else",
    TF_LOG: "trace",
    TF_LOG_PATH: "/log",
    TF_LOG_PROVIDER: "",
    TF_REATTACH_PROVIDERS: "{}",
    TF_INPUT: "1",
    TELEGRAM_BOT_TOKEN: "secret",
    PVE_DRIFT_PROXMOX_TOKEN: "secret",
  };
  const { env, dropped } = childEnvironment(inherited, { TF_LOG: "error", TF_INPUT: "1", REGION: "x" });
  assertEquals(env, {
    PATH: "/bin",
    TF_VAR_password: "p",
    TF_PLUGIN_CACHE_DIR: "/cache",
    TF_LOG: "error",
    REGION: "x",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
    CHECKPOINT_DISABLE: "1",
  });
  assertEquals(dropped, [
    "TF_CLI_ARGS",
    "TF_CLI_ARGS_plan",
    "TF_DATA_DIR",
    "TF_LOG",
    "TF_LOG_PATH",
    "TF_REATTACH_PROVIDERS",
    "TF_WORKSPACE",
  ]);
});
