/**
 * What goes wrong around a check: each fault gives the class that says so, and none gives `ok`, a stack trace or a
 * half-written file. (What goes wrong with a backend is in `s3_state_test.ts`, what stops a check in `../end_to_end/stop_test.ts`.)
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import { Estate, simple } from "../support/estate.ts";
import { type Outcome, run, testWith } from "../support/programs.ts";

const UNLESS_ROOT = Deno.uid() === 0 ? undefined : "needs root, for namespaces and to drop its privileges";
/** Root, but bound by the permissions of files as anybody is. */
const UNPRIVILEGED = "setpriv --bounding-set=-all --inh-caps=-all";
const TOOLS = ["terraform", "lab/tofu"];
const LOCAL = 'terraform {\n  required_providers {\n    local = { source = "hashicorp/local" }\n  }\n}\n';

interface Result extends Outcome {
  report: DriftReport;
  env: Record<string, EnvironmentReport>;
}

/** What every run must hold to, whatever went wrong: a report or nothing on stdout, no stack trace, no half file. */
async function sound(estate: Estate, { code, stdout, stderr }: Outcome): Promise<Result> {
  assert(!/\n\s+at .*\.ts:\d+/.test(stderr), stderr);
  const state = join(estate.dir, "state");
  for (const file of await filesBelow(state)) {
    assert(!file.includes("/run/") && !file.endsWith(".tmp"), `${file} is left behind`);
    if (/\/memory\/[^/]*\.json$/.test(file)) JSON.parse(await Deno.readTextFile(file));
    if (file.endsWith("/stamp")) assertMatch(await Deno.readTextFile(file), /^[0-9a-f]{64}$/);
  }
  assert(stdout !== "", `no report: ${code} ${stderr}`);
  const report: DriftReport = JSON.parse(stdout);
  return { code, stdout, stderr, report, env: Object.fromEntries(report.environments.map((one) => [one.name, one])) };
}

/** Files that are ours, absolute. */
async function filesBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    if (!isDirectory) found.push(join(dir, name));
    else if (name !== "terraform") found.push(...await filesBelow(join(dir, name)));
  }
  return found;
}

const check = async (estate: Estate, ...args: string[]) =>
  await sound(estate, await estate.drift(["--json", "--all", ...args]));

/** Runs a shell script in namespaces of its own; in it, `check` checks all, and `$D` is the estate's folder. */
async function inNamespace(unshare: string, kind: string, estate: Estate, script: string): Promise<Outcome> {
  const command = estate.command("--json", "--all").map((word) => `'${word}'`).join(" ");
  const text = `cd "$D"; check() { "$@" '${Deno.execPath()}' ${command}; }\n${script}`;
  const env = { ...estate.env, D: estate.dir };
  return await run(unshare, [kind, "sh", "-uc", text], { cwd: estate.dir, env });
}

const told = (one: EnvironmentReport | undefined) => JSON.stringify({ status: one?.status, error: one?.error });

/** The check failed with this class, and says what to do. */
function assertClass(one: EnvironmentReport | undefined, expected: string, says = ""): void {
  assertEquals([one?.status, one?.error?.class], ["error", expected], told(one));
  const { summary, detail, cure } = one!.error!;
  assertStringIncludes(`${summary}\n${detail}`, says);
  assert(summary.length <= 200 && cure.length > 20, told(one));
}

for (const tool of TOOLS) {
  testWith(
    [tool, "lab/local", "pgrep", "mkfifo"],
    `who ends ${tool} from outside is told, in a plan that hangs`,
    async (
      test,
      bin,
      local,
    ) => {
      const code = `${LOCAL}data "local_file" "s" {\n  filename = "\${path.module}/src"\n}\n` +
        'resource "terraform_data" "a" {\n  input = "x"\n}\n';
      await using estate = await Estate.create({ prod: { "main.tf": code, src: "s" } });
      estate.bin = bin!;
      await Deno.copyFile(local!, join(estate.dir, "terraformrc"));
      await estate.apply("prod");
      await estate.configure({ terraform: { bin }, timeout: "60s" });
      assertEquals((await check(estate)).code, 0);
      // Whoever reads a pipe without a writer waits: the provider, and terraform for it.
      await Deno.remove(estate.path("prod", "src"));
      assertEquals((await run("mkfifo", [estate.path("prod", "src")])).code, 0);

      const state = join(estate.dir, "state");
      const plan = `-out=${state}`, provider = join(state, "environments/prod/terraform/providers");
      for (
        const [what, whom, signals, expected, says] of [
          ["SIGKILL to terraform", plan, ["SIGKILL"], "killed", "SIGKILL"],
          ["SIGHUP to terraform", plan, ["SIGHUP"], "killed", "SIGHUP"],
          ["SIGTERM to terraform, twice", plan, ["SIGTERM", "SIGTERM"], "interrupted", ""],
          ["SIGKILL to its provider", provider, ["SIGKILL"], "provider-error", "Plugin did not respond"],
        ] as const
      ) {
        await test.step(`${what} is ${expected}`, async () => {
          const running = estate.drift(["--json", "--all"]);
          const waits = async () => (await pids(whom)).length > 0 && (await pids(provider)).length > 0;
          for (const end = Date.now() + 20_000; !await waits();) {
            assert(Date.now() < end, "it does not come to its plan");
            await delay(50);
          }
          await delay(500); // until it reads: providers are started for their schemas before
          for (const signal of signals) {
            for (const pid of await pids(whom)) Deno.kill(pid, signal);
            await delay(200);
          }
          const { env, code } = await sound(estate, await running);
          assertEquals(code, 1);
          assertClass(env.prod, expected, says);
          assertEquals(await pids(estate.dir), [], "something is left running");
        });
      }
    },
  );

  testWith(["unshare", tool], `a dead network has its classes, and the others their verdicts, on ${tool}`, async (
    _,
    unshare,
    bin,
  ) => {
    const backend = (text: string) => ({ "main.tf": `terraform {\n  backend ${text}\n}\n${simple("x")["main.tf"]}` });
    const module = (source: string) => ({ "main.tf": `module "m" {\n  source = "${source}"\n}\n` });
    const expected: Record<string, [Record<string, string>, string]> = {
      http: [backend('"http" {\n address = "http://192.0.2.1/state"\n retry_max = 0\n}'), "backend-unreachable"],
      s3: [
        backend(
          '"s3" {\n bucket = "b"\n key = "k"\n region = "us-east-1"\n access_key = "a"\n secret_key = "b"\n max_retries = 1\n' +
            " skip_credentials_validation = true\n skip_requesting_account_id = true\n skip_metadata_api_check = true\n}",
        ),
        "backend-unreachable",
      ],
      provider: [
        {
          "main.tf":
            'terraform {\n required_providers {\n x = { source = "example/x" }\n }\n}\nresource "x_y" "z" {}\n',
        },
        "network",
      ],
      git: [module("git::https://example.org/module.git"), "network"],
      registry: [module("example/module/x"), "network"],
    };
    await using estate = await Estate.create({
      well: simple("x"),
      ...Object.fromEntries(Object.entries(expected).map(([name, [files]]) => [name, files])),
    });
    estate.bin = bin!;
    await estate.apply("well");
    await Deno.writeTextFile(join(estate.dir, "terraformrc"), "provider_installation {\n  direct {}\n}\n");
    const names = ["well", ...Object.keys(expected)];
    await estate.configure({
      concurrency: 3,
      terraform: { bin },
      environments: Object.fromEntries(names.map((name) => [name, { timeout: name === "well" ? "60s" : "6s" }])),
    });
    const { code, env } = await sound(estate, await inNamespace(unshare!, "--net", estate, "check env"));
    assertEquals(code, 1);
    assertEquals(env.well!.status, "ok", told(env.well));
    for (const [name, [, cls]] of Object.entries(expected)) assertClass(env[name], cls);
  }, UNLESS_ROOT);
}

testWith(["unshare", "mount"], "a full disk is an error that says so, at whatever point it fills up", async (
  test,
  unshare,
) => {
  const many = { "main.tf": 'variable "v" {}\nresource "terraform_data" "a" {\n  count = 300\n  input = var.v\n}\n' };
  await using estate = await Estate.create({ prod: { ...many, "terraform.tfvars": 'v = "x"\n' } });
  await estate.apply("prod");
  await estate.configure({ terraform: { lock: "none" } });
  await Deno.mkdir(join(estate.dir, "state"));
  const ran = await inNamespace(
    unshare!,
    "--mount",
    estate,
    `mount -t tmpfs -o size=6m none state
    leave() { rm -f state/filler; dd if=/dev/zero of=state/filler bs=1k count=$(($(df --output=avail -k state | tail -n 1) - $1)); }
    try() { check env >out.$1 2>err.$1; echo $? >code.$1; mkdir kept.$1; cp -r state/. kept.$1; }
    echo 'v = "y"' >environments/prod/terraform.tfvars
    for free in 0 8 64 400; do leave $free; try new-$free; find state -mindepth 1 ! -name filler -delete; done
    rm state/filler; try full
    for free in 0 64 400; do leave $free; try known-$free; done
    echo 'v = "x"' >environments/prod/terraform.tfvars
    leave 0; try clean-0`,
  );
  assertEquals(ran.code, 0, ran.stderr);
  const outcome = async (name: string) => {
    const read = (what: string) => Deno.readTextFile(join(estate.dir, `${what}.${name}`));
    await Deno.rename(join(estate.dir, `kept.${name}`), join(estate.dir, "state")).catch(async () => {
      await Deno.remove(join(estate.dir, "state"), { recursive: true });
      await Deno.rename(join(estate.dir, `kept.${name}`), join(estate.dir, "state"));
    });
    return await sound(estate, {
      code: Number(await read("code")),
      stdout: await read("out"),
      stderr: await read("err"),
    });
  };
  const full = await outcome("full");
  assertEquals([full.code, full.env.prod!.changes.length], [2, 300], told(full.env.prod));
  for (const name of ["new-0", "new-8", "new-64", "new-400", "known-0", "known-64", "known-400", "clean-0"]) {
    await test.step(name.replace("-", " run, KiB free: "), async () => {
      const { code, env } = await outcome(name);
      assertEquals(code, 1);
      assertClass(env.prod, "unknown", "KiB are free");
      assertMatch(env.prod!.error!.cure, /^Free space on the disk/);
    });
  }
}, UNLESS_ROOT);

testWith(
  ["unshare", "setpriv"],
  "whose files may not be read or written is told, and read-only folders suffice",
  async (
    test,
    unshare,
  ) => {
    await using estate = await Estate.create({ prod: { ...simple("x"), "more.tfvars": "" } });
    await estate.apply("prod");
    await estate.write("prod", simple("y"));
    const folder = estate.path("prod"), config = join(estate.dir, "pve-drift.json");
    const environments = { prod: { varFiles: ["more.tfvars"] } };
    assertEquals((await run("chown", ["-R", "nobody", folder])).code, 0);
    const names = async () => (await Array.fromAsync(Deno.readDir(folder))).map((one) => one.name).sort();
    const before = await names();
    const ran = async () => await inNamespace(unshare!, "--mount", estate, `check ${UNPRIVILEGED}`);
    const withMode = async (path: string, mode: number, fn: () => Promise<void>) => {
      const { mode: old } = await Deno.stat(path);
      await Deno.chmod(path, mode);
      await fn();
      await Deno.chmod(path, old! & 0o777);
    };

    await test.step("a read-only folder cannot be locked: its drift is confirmed without, and nothing is written", async () => {
      await estate.configure({ environments });
      const { code, env } = await sound(estate, await ran());
      assertEquals([code, env.prod!.status, env.prod!.warnings], [2, "drift", []], told(env.prod));
      assertEquals(env.prod!.changes.map((one) => [one.isNew, one.confirmed]), [[true, true]]);
      assertEquals(await names(), before);
      await estate.configure({ environments, terraform: { lock: "always" } });
      assertClass((await sound(estate, await ran())).env.prod, "permission", "Error acquiring the state lock");
      await estate.configure({ environments });
    });
    for (
      const [what, path, expected, says] of [
        ["the folder", folder, "permission", folder],
        ["the code", estate.path("prod", "main.tf"), "config-invalid", '"main.tf" could not be read'],
        ["the state", estate.path("prod", "terraform.tfstate"), "permission", "terraform.tfstate: permission denied"],
        ["a var file", estate.path("prod", "more.tfvars"), "permission", "more.tfvars: permission denied"],
      ] as const
    ) {
      await test.step(`${what} that may not be read is ${expected}`, async () => {
        await withMode(path, 0o700, async () => {
          const { code, env } = await sound(estate, await ran());
          assertEquals(code, 1);
          assertClass(env.prod, expected, says);
          assert(!/terraform" *:|backendConfig/.test(env.prod!.error!.cure), env.prod!.error!.cure);
        });
      });
    }
    await test.step("a configuration that may not be read ends the run before it begins", async () => {
      await withMode(config, 0o000, async () => {
        const { code, stdout, stderr } = await ran();
        assertEquals([code, stdout], [64, ""], stderr);
        assertMatch(stderr, /^error: Cannot read config ".*pve-drift\.json": .*[Pp]ermission denied/m);
        assert(!/\n\s+at .*\.ts:\d+/.test(stderr), stderr);
      });
    });
    await test.step("a state directory that may not be written is an error of every environment, and is told", async () => {
      assertEquals((await run("chown", ["nobody", join(estate.dir, "state"), join(estate.dir, "state/lock")])).code, 0);
      const { code, stdout, stderr } = await ran();
      assertEquals(code, 1, stderr);
      const { error } = (JSON.parse(stdout) as DriftReport).environments[0]!;
      assertEquals(error?.reason, "state-dir-unwritable");
      assertStringIncludes(error!.summary, `"${join(estate.dir, "state/lock")}": Permission denied`);
    });
  },
  UNLESS_ROOT,
);

for (const tool of TOOLS) {
  testWith([tool, "lab/local"], `what is damaged between two runs is told, or mended, on ${tool}`, async (
    test,
    bin,
    local,
  ) => {
    await using estate = await Estate.create({
      prod: {
        "main.tf": `${LOCAL}resource "local_file" "a" {\n  filename = "\${path.module}/a"\n  content = "x"\n}\n`,
      },
    });
    estate.bin = bin!;
    await Deno.copyFile(local!, join(estate.dir, "terraformrc"));
    await estate.apply("prod");
    await estate.configure({ terraform: { bin } });
    assertEquals((await check(estate)).code, 0);
    const home = join(estate.dir, "state/environments/prod"), memory = join(estate.dir, "state/memory/prod.json");
    const lockFile = estate.path("prod", ".terraform.lock.hcl"), stateFile = estate.path("prod", "terraform.tfstate");

    /** Does something to a file, looks, and puts it back as it was. */
    const damage = async (path: string, how: (text: string) => string | undefined, fn: (found: Result) => void) => {
      const text = await Deno.readTextFile(path);
      const damaged = how(text);
      assert(damaged !== text, "nothing was damaged");
      if (damaged === undefined) await Deno.remove(path);
      else await Deno.writeTextFile(path, damaged);
      const found = await check(estate);
      await Deno.writeTextFile(path, text);
      fn(found);
    };
    const gives = (expected: string, says = "") => ({ code, env }: Result) => {
      assertEquals(code, 1);
      assertClass(env.prod, expected, says);
      assertEquals(env.prod!.previousStatus === undefined, false);
    };
    const mended = ({ env }: Result) => assertEquals(env.prod!.status, "ok", told(env.prod));

    const half = (text: string) => text.slice(0, text.length / 2);
    await test.step("a state cut half way is state-invalid", () => damage(stateFile, half, gives("state-invalid")));
    await test.step("a state of a newer format is state-invalid", () =>
      damage(stateFile, (text) => text.replace('"version": 4', '"version": 9'), gives("state-invalid", "version 9")));
    await test.step("a state of a newer provider is version-mismatch", () =>
      damage(
        stateFile,
        (text) => text.replace(/"schema_version": \d+/, '"schema_version": 99'),
        gives("version-mismatch"),
      ));
    await test.step("a state that is empty is suspect", () =>
      damage(stateFile, () => "", ({ code, env }) => {
        assertEquals(code, 1);
        assertClass(env.prod, "suspect", 'backend "local"');
      }));
    await test.step("a lock file without the provider is lockfile-mismatch, and is not written", async () => {
      await damage(lockFile, () => undefined, gives("lockfile-mismatch"));
    });
    await test.step("a lock file with other checksums is lockfile-mismatch", () =>
      damage(lockFile, (text) => text.replace(/h1:.{8}/, "h1:AAAAAAAA"), gives("lockfile-mismatch", "checksums")));
    await test.step("a lock file with a version that cannot be had is provider-missing", () =>
      damage(
        lockFile,
        (text) => text.replace(/version( *)= "[^"]*"/, 'version$1= "0.0.1"'),
        gives("provider-missing"),
      ));
    await test.step("a lock file that is none is an error", () =>
      damage(lockFile, () => "not { a lock file", ({ code, env }) => {
        assertEquals([code, env.prod!.status], [1, "error"], told(env.prod));
      }));
    await test.step("a memory cut half way is set aside, and everything is new", async () => {
      await damage(memory, half, (found) => {
        mended(found);
        assertEquals(found.env.prod!.previousStatus, undefined);
        assertMatch(found.env.prod!.warnings[0]!.summary, /^The memory of the last run was damaged and is set aside/);
      });
      const aside = (await filesBelow(join(estate.dir, "state/memory"))).filter((name) => name.includes("damaged"));
      assertEquals(aside.length, 1);
      await Deno.remove(aside[0]!);
    });
    await test.step("a stamp that is none costs an init", () => damage(join(home, "stamp"), () => "none", mended));
    for (const what of ["terraform/providers", "terraform"]) {
      await test.step(`a data directory without ${what} is made anew`, async () => {
        await Deno.remove(join(home, what), { recursive: true });
        mended(await check(estate));
      });
    }
    await test.step("a provider whose package was replaced is installed anew with its lock file", async () => {
      // As after a pull that brought another build: the data directory holds the old one.
      const [folder] = (await run("find", [join(home, "terraform/providers"), "-type", "l"])).stdout.trim().split("\n");
      const target = await Deno.realPath(folder!);
      await Deno.remove(folder!);
      await Deno.mkdir(folder!);
      for await (const { name } of Deno.readDir(target)) await Deno.copyFile(join(target, name), join(folder!, name));
      await Deno.writeTextFile(join(folder!, "of-another-build"), "");
      mended(await check(estate));
    });
    await test.step("a terraform that is none is terraform-missing, and one that says nothing no verdict", async () => {
      const stand = join(estate.dir, "stand-in");
      for (
        const [text, mode, expected] of [
          ["#!/bin/sh\nexit 0\n", 0o755, "unknown"],
          ['#!/bin/sh\necho \'{"format_version":"1.0"}\'\n', 0o755, "unknown"],
          ["#!/bin/sh\n[ $1 = init ] || exit 2\n", 0o755, "unknown"],
          ["#!/bin/sh\n[ $1 = init ] || exit 3\n", 0o755, "killed"],
          ["#!/nowhere/sh\n", 0o755, "terraform-missing"],
          ["#!/bin/sh\nexec nowhere\n", 0o755, "terraform-missing"],
          ["", 0o644, "terraform-missing"],
        ] as const
      ) {
        await Deno.writeTextFile(stand, text);
        await Deno.chmod(stand, mode);
        await estate.configure({ terraform: { bin: stand } });
        const { code, env } = await check(estate);
        assertEquals(code, 1);
        assertClass(env.prod, expected);
      }
    });
  });
}

async function pids(pattern: string): Promise<number[]> {
  const { stdout } = await run("pgrep", ["-f", "--", pattern]);
  return stdout.split("\n").filter(Boolean).map(Number);
}
