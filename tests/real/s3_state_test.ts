/** The check of environments whose state lies in S3: found, locked, lost, refused and out of reach. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "../lab/fault_proxy.ts";
import { s3Program, type S3Server, startS3 } from "../lab/s3.ts";
import { processesOf } from "../support/processes.ts";
import { type Outcome, run, testWith } from "../support/programs.ts";
import { exists, until } from "../support/until.ts";
import { type RecordedEstate, recordedEstate } from "./recorded_estate.ts";

const UNLESS_S3 = s3Program() ? undefined : "needs minio on the PATH, or versitygw: run tests/lab/install";

/** Code whose state lies where the backend configuration says. */
const code = (value: string, more = "") => ({
  "main.tf": `terraform {\n  backend "s3" {}\n}\nresource "terraform_data" "a" {\n  input = "${value}"\n${more}}\n`,
});

/** An estate beside an S3 server with a proxy before it. */
interface Place {
  s3: S3Server;
  proxy: FaultProxy;
  place: RecordedEstate;
  /** The server's credentials, and no retries by terraform itself. */
  env: Record<string, string>;
  /** The content of a file of backend configuration. */
  settings: (key: string) => string;
  /** Runs terraform as the operator does. */
  tf: (name: string, ...args: string[]) => Promise<Outcome>;
  /** Initializes and applies an environment. */
  apply: (name: string, ...backendConfig: string[]) => Promise<void>;
}

function s3Test(tool: string, title: string, fn: (at: Place, test: Deno.TestContext) => Promise<void>) {
  testWith([tool], `${title}, on ${tool}`, async (test, bin) => {
    await using s3 = await startS3();
    await using proxy = await startFaultProxy(s3.endpoint);
    await using place = await recordedEstate({}, bin!);
    const { estate } = place;
    const env = { ...s3.env, AWS_MAX_ATTEMPTS: "1" };
    const tf: Place["tf"] = (name, ...args) =>
      run(bin!, args, { cwd: estate.path(name), env: { ...estate.env, ...env } });
    const done = async (ended: Promise<Outcome>) => {
      const { code, stderr } = await ended;
      assertEquals(code, 0, stderr);
    };
    await fn({
      s3,
      proxy,
      place,
      env,
      tf,
      settings: (key) => s3.settings(key, { endpoint: proxy.url, tries: 1 }),
      apply: async (name, ...backendConfig) => {
        await done(tf(name, "init", "-reconfigure", ...backendConfig.map((entry) => `-backend-config=${entry}`)));
        await done(tf(name, "apply", "-auto-approve"));
      },
    }, test);
  }, UNLESS_S3);
}

for (const tool of ["terraform", "lab/tofu"]) {
  s3Test(tool, "state in S3 is found by files and by key=value", async (at, test) => {
    const { place, s3, env, settings, apply } = at;
    const { estate } = place;
    const secret = `secret_key = "${s3.env.AWS_SECRET_ACCESS_KEY}"\naccess_key = "${s3.env.AWS_ACCESS_KEY_ID}"\n`;
    await estate.write("prod", { ...code("x"), "backend.hcl": settings("prod.tfstate") + secret });
    await estate.write("new", { ...code("x"), "backend.hcl": settings("new.tfstate") });
    // Two environments on one root module, told apart by their key alone.
    await estate.write("shared", { ...code("x"), "backend.hcl": settings("nowhere.tfstate") });
    await apply("prod", "backend.hcl");
    await apply("shared", "backend.hcl", "key=one.tfstate");
    await estate.write("shared", code("y"));
    await apply("shared", "backend.hcl", "key=two.tfstate");
    const shared = (key: string) => ({ dir: "shared", backendConfig: ["backend.hcl", `key=${key}.tfstate`] });
    await place.configure({
      concurrency: 4,
      environments: {
        prod: { backendConfig: ["backend.hcl"] },
        new: { backendConfig: ["backend.hcl"] },
        one: shared("one"),
        two: shared("two"),
      },
    });
    for (const name of ["prod", "shared"]) await Deno.remove(estate.path(name, ".terraform"), { recursive: true });
    const folders = await Promise.all(["prod", "new", "shared"].map((name) => namesIn(estate.path(name))));
    const first = await place.check(["--all"], env);

    await test.step("each has the verdict of its own state", () => {
      const found = first.report.environments.map((one) => [
        one.name,
        one.status,
        one.changes.map((change) => `${change.action} ${change.attributes.map((leaf) => leaf.actual)}`).join(),
      ]);
      assertEquals(found, [
        ["prod", "ok", ""],
        ["new", "drift", "create "],
        ["one", "drift", "update x"],
        ["two", "ok", ""],
      ], JSON.stringify(first.report.environments.map((one) => one.error)));
    });
    await test.step("an empty state that nobody knew is told with its place", () => {
      const [warning, ...more] = first.env.new!.warnings;
      assertEquals(more, []);
      assertEquals(
        warning!.summary,
        'The state is empty: backend "s3", bucket "state", key "new.tfstate", workspace "default"',
      );
      assertEquals(first.env.new!.changes.map((change) => change.origin), ["pending"]);
    });
    await test.step("nothing is written in the folders, and no lock is left", async () => {
      assertEquals(await Promise.all(["prod", "new", "shared"].map((name) => namesIn(estate.path(name)))), folders);
      assertEquals(await s3.keys(), ["one.tfstate", "prod.tfstate", "two.tfstate"]);
    });
    await test.step("a backend file that changed is noticed, and a state that is empty then is suspect", async () => {
      await estate.write("prod", { "backend.hcl": settings("lost.tfstate") + secret });
      const { env: second } = await place.check(["--env", "prod,new"], env);
      const { status, error, changes } = second.prod!;
      assertEquals([status, error?.class], ["error", "suspect"], JSON.stringify(second.prod));
      assertEquals(error!.summary, "The state holds nothing, but the last run knew 1 resource(s)");
      assertStringIncludes(error!.detail, 'key "lost.tfstate"');
      assertStringIncludes(error!.cure, "backend, key and workspace");
      assertEquals(changes.map((change) => change.action), ["create"]);
      // That was known to be empty.
      assertEquals([second.new!.status, second.new!.error], ["drift", undefined]);

      await estate.write("prod", { "backend.hcl": settings("two.tfstate") + secret });
      const { env: third } = await place.check(["--env", "prod"], env);
      assertEquals(third.prod!.changes.map((change) => change.attributes[0]?.actual), ["y"]);
    });
    await test.step("the credentials of the backend file are nowhere but in it", async () => {
      await estate.write("prod", {
        "backend.hcl": `${settings("two.tfstate")}access_key = "x"\nsecret_key = "canary\n`,
      });
      const { env: broken, stderr } = await place.check(["--env", "prod"], env);
      assertEquals(broken.prod!.error?.class, "config-invalid", JSON.stringify(broken.prod!.error));
      const memory = join(estate.dir, "state", "memory", "prod.json");
      const seen = JSON.stringify(first.report) + JSON.stringify(broken) + stderr + await Deno.readTextFile(memory) +
        await Deno.readTextFile(join(estate.dir, "state", "environments", "prod", "stamp")).catch(() => "");
      for (const one of ["canary", s3.env.AWS_SECRET_ACCESS_KEY]) {
        assert(
          !seen.includes(one),
          `"${one}" is seen: ${seen.slice(Math.max(0, seen.indexOf(one) - 300)).slice(0, 400)}`,
        );
      }
    });
  });

  s3Test(tool, "a lock in S3 is waited for, told, and never left behind", async (at, test) => {
    const { place, s3, env, settings, tf, apply } = at;
    const { estate } = place;
    const slow = 'provisioner "local-exec" {\n command = "touch began; while ! [ -e go ]; do sleep 0.05; done"\n}\n';
    await estate.write("prod", { ...code("x"), "backend.hcl": settings("prod.tfstate") });
    await apply("prod", "backend.hcl");
    const environments = { prod: { backendConfig: ["backend.hcl"] } };
    const lockedBy = /^State is locked by \S+@\S+ since 20/;

    await test.step("a running apply holds it: the drift is not confirmed, and who holds it is told", async () => {
      await estate.write("prod", {
        "main.tf": code("y", "depends_on = [terraform_data.slow]\n")["main.tf"] +
          `resource "terraform_data" "slow" {\n${slow}}\n`,
      });
      const applied = tf("prod", "apply", "-auto-approve");
      await until(() => exists(estate.path("prod", "began")));
      await place.configure({ environments, terraform: { lockTimeout: "500ms" } });
      const { prod } = (await place.check(["--all"], env)).env;
      assertEquals(prod!.status, "drift", JSON.stringify(prod!.error));
      assert(prod!.changes.length > 0 && prod!.changes.every((change) => !change.confirmed));
      assertMatch(prod!.warnings.map((one) => one.summary).join("\n"), lockedBy);

      await place.configure({ environments, terraform: { lock: "always", lockTimeout: "100ms" } });
      const { prod: always } = (await place.check(["--all", "--timeout", "6s"], env)).env;
      assertEquals([always!.status, always!.error?.class], ["error", "state-locked"]);
      assertMatch(JSON.stringify(always!.error!.lock), /"id":"[0-9a-f-]{36}","who":"\S+@\S+","since":"20/);
      assertStringIncludes(always!.error!.cure, `force-unlock ${always!.error!.lock!.id}`);

      await place.configure({ environments, terraform: { lockTimeout: "20s" } });
      await Deno.remove(join(estate.dir, "state", "memory"), { recursive: true });
      const waiting = place.check(["--all"], env);
      await delay(1500);
      await Deno.writeTextFile(estate.path("prod", "go"), "");
      assertEquals((await applied).code, 0);
      const { prod: waited } = (await waiting).env;
      assertEquals([waited!.status, waited!.changes], ["ok", []], JSON.stringify(waited!.error));
      assertEquals(await s3.keys(), ["prod.tfstate"]);
    });

    await test.step("a stale one does not keep a check from its verdict", async () => {
      await Deno.remove(estate.path("prod", "began"));
      await Deno.remove(estate.path("prod", "go"));
      await estate.write("prod", {
        "main.tf": code("z")["main.tf"] + `resource "terraform_data" "late" {\n${slow}}\n`,
      });
      const child = new Deno.Command(estate.bin, {
        args: ["apply", "-auto-approve"],
        cwd: estate.path("prod"),
        env: { ...estate.env, ...env },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      await until(() => exists(estate.path("prod", "began")));
      child.kill("SIGKILL");
      await child.status;
      await Deno.writeTextFile(estate.path("prod", "go"), "");
      assertEquals(await s3.keys(), ["prod.tfstate", "prod.tfstate.tflock"]);
      await place.configure({ environments, terraform: { lockTimeout: "200ms" } });
      const { prod } = (await place.check(["--all", "--timeout", "6s"], env)).env;
      assertEquals([prod!.status, prod!.changes.length], ["drift", 3], JSON.stringify(prod!.error));
      assertMatch(prod!.warnings.map((one) => one.summary).join("\n"), lockedBy);
      // What could not be confirmed is tried again as long as the lock is there.
      const { prod: again } = (await place.check(["--all", "--timeout", "6s"], env)).env;
      assertEquals([again!.status, again!.changes.map(({ confirmed }) => confirmed)], ["drift", [false, false, false]]);
      assertMatch(again!.warnings.map((one) => one.summary).join("\n"), lockedBy);
      assertEquals(await s3.keys(), ["prod.tfstate", "prod.tfstate.tflock"]);
    });
  });
}

s3Test("terraform", "credentials that may only read suffice", async ({ place, proxy, s3, env, settings, apply }) => {
  const { estate } = place;
  await estate.write("prod", { ...code("x"), "backend.hcl": settings("prod.tfstate") });
  await apply("prod", "backend.hcl");
  await estate.write("prod", code("y"));
  await place.configure({ environments: { prod: { backendConfig: ["backend.hcl"] } } });
  const denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
  proxy.inject({ kind: "status", status: 403, body: denied }, ({ method }) => method === "PUT" || method === "DELETE");
  const { prod } = (await place.check(["--all"], env)).env;
  assertEquals([prod!.status, prod!.changes[0]?.confirmed, prod!.warnings], ["drift", true, []], JSON.stringify(prod));
  assert(proxy.requests.some(({ method, fault }) => method === "PUT" && fault), "no lock was tried for");
  assertEquals(await s3.keys(), ["prod.tfstate"]);
});

s3Test("terraform", "a backend that is lost between plan and confirmation takes no drift back", async (at) => {
  const { place, proxy, env, settings, apply } = at;
  const { estate } = place;
  await estate.write("prod", { ...code("x"), "backend.hcl": settings("prod.tfstate") });
  await apply("prod", "backend.hcl");
  await estate.write("prod", code("y"));
  await place.configure({ environments: { prod: { backendConfig: ["backend.hcl"], timeout: "6s" } } });
  let isLocked = false;
  proxy.inject({ kind: "status", status: 503 }, ({ method, path }) => {
    if (method === "PUT") isLocked = true;
    return isLocked && /^\/state\/prod.tfstate($|\?)/.test(path);
  });
  const { report, code: exit } = await estate.report(["--all"], env);
  const { status, error, changes } = report.environments[0]!;
  assertEquals([exit, status, error?.class], [3, "error", "backend-unreachable"], JSON.stringify(error));
  assertEquals(changes.map((one) => [one.address, one.confirmed]), [["terraform_data.a", false]]);
});

s3Test("terraform", "a confirming plan that is killed may leave its lock, and that is told", async (at) => {
  const { place, proxy, s3, env, settings, apply } = at;
  const { estate } = place;
  await estate.write("prod", { ...code("x"), "backend.hcl": settings("prod.tfstate") });
  await apply("prod", "backend.hcl");
  await estate.write("prod", code("y"));
  await estate.configure({ environments: { prod: { backendConfig: ["backend.hcl"] } } });
  let isLocked = false;
  proxy.inject({ kind: "hang" }, ({ method, path }) => {
    if (method === "PUT") isLocked = true;
    return isLocked && /^\/state\/prod.tfstate($|\?)/.test(path);
  });
  const running = estate.report(["--all"], env);
  await until(() => Promise.resolve(proxy.requests.some(({ fault }) => fault)));
  const [terraform, ...others] = await processesOf(`-out=${join(estate.dir, "state")}`);
  assert(terraform, "terraform does not run");
  assertEquals(others, []);
  Deno.kill(terraform.pid, "SIGKILL");
  const { report, code: exit } = await running;
  const { status, error, changes, warnings } = report.environments[0]!;
  assertEquals([exit, status, error?.class], [3, "error", "killed"], JSON.stringify(error));
  assertEquals(changes.map((one) => [one.address, one.confirmed]), [["terraform_data.a", false]]);
  assertEquals(await s3.keys(), ["prod.tfstate", "prod.tfstate.tflock"]);
  assertEquals(warnings.map((one) => one.summary), ["The plan that was ended may have left its lock on the state"]);
  assertStringIncludes(warnings[0]!.detail, "force-unlock");
});

/** What is wrong with a backend, and the class that it gives. */
const FAULTS: Record<string, { class: string; backend?: (settings: string) => string; fault?: (at: Place) => void }> = {
  refused: {
    class: "backend-unreachable",
    backend: (settings) => settings.replace(/http:\/\/127.0.0.1:\d+/, "http://127.0.0.1:1"),
  },
  unavailable: { class: "backend-unreachable", fault: fault({ kind: "status", status: 503 }, "unavailable") },
  cut: { class: "backend-unreachable", fault: fault({ kind: "cut" }, "cut") },
  reset: { class: "backend-unreachable", fault: fault({ kind: "reset" }, "reset") },
  hangs: { class: "timeout", fault: fault({ kind: "hang" }, "hangs") },
  forbidden: { class: "permission", fault: fault({ kind: "status", status: 403 }, "forbidden") },
  "no-bucket": { class: "backend-missing", backend: (settings) => settings.replace('"state"', '"nope"') },
  "wrong-secret": {
    class: "auth",
    backend: (settings) => `${settings}access_key = "pve-drift-lab"\nsecret_key = "canary-secret"\n`,
  },
  "wrong-key": {
    class: "auth",
    backend: (settings) => `${settings}access_key = "canary-key"\nsecret_key = "canary-secret"\n`,
  },
};

function fault(kind: Parameters<FaultProxy["inject"]>[0], name: string) {
  return ({ proxy }: Place) =>
    proxy.inject(
      kind,
      ({ method, path }) => path.includes(`${name}.tfstate`) && (kind.kind !== "cut" || method === "GET"),
    );
}

for (const tool of ["terraform", "lab/tofu"]) {
  s3Test(tool, "what goes wrong with a backend has its class, and the others their verdicts", async (at, test) => {
    const { place, s3, env, settings, apply } = at;
    const { estate } = place;
    const names = ["well", ...Object.keys(FAULTS), "drifted"];
    await Promise.all(names.map(async (name) => {
      await estate.write(name, { ...code("x"), "backend.hcl": settings(`${name}.tfstate`) });
      await apply(name, "backend.hcl");
    }));
    await estate.write("drifted", code("y"));
    const configure = (hangTimeout: string) =>
      place.configure({
        concurrency: 4,
        terraform: { lock: "none" },
        environments: Object.fromEntries(names.map((name) => {
          // Long enough for two tries, and too short for the third.
          const timeout = name === "hangs" ? hangTimeout : "6s";
          return [name, { backendConfig: ["backend.hcl"], timeout }];
        })),
      });
    await configure("60s");
    // Once without faults, so that they are met by the plan and not by init.
    assertEquals((await place.check(["--all"], env)).code, 2);
    const before = await s3.keys();
    for (const [name, { backend, fault }] of Object.entries(FAULTS)) {
      if (backend) await estate.write(name, { "backend.hcl": backend(settings(`${name}.tfstate`)) });
      fault?.(at);
    }
    await configure("2s");
    const { env: found, code: exit, stderr, report } = await place.check(["--all"], env);
    assertEquals(exit, 3);
    for (const [name, { class: expected }] of Object.entries(FAULTS)) {
      await test.step(`${name} is ${expected}`, () => {
        const { status, error, changes, previousStatus } = found[name]!;
        assertEquals([status, error?.class, changes], ["error", expected, []], JSON.stringify(error));
        assertEquals(previousStatus, "ok");
        assert(error!.summary.length <= 200 && error!.cure.length > 20);
      });
    }
    await test.step("the others have their verdicts, and no secret is seen", async () => {
      assertEquals([found.well!.status, found.drifted!.status], ["ok", "drift"]);
      const seen = JSON.stringify(report) + stderr;
      assert(!seen.includes("canary-secret"), seen);
      assert(!/\n\s+at .*\.ts:\d+/.test(stderr), stderr);
      assertEquals(await s3.keys(), before);
    });
    await test.step("what init meets first has the same class", async () => {
      await Deno.remove(join(estate.dir, "state", "environments"), { recursive: true });
      const asked = Object.keys(FAULTS).filter((name) => name !== "hangs");
      const { env: found } = await place.check(["--env", asked.join()], env);
      assertEquals(
        asked.map((name) => [name, found[name]!.error?.class]),
        asked.map((name) => [name, FAULTS[name]!.class]),
        JSON.stringify(asked.map((name) => found[name]!.error)),
      );
    });
    await test.step("all is well when it is mended", async () => {
      await at.proxy.heal();
      await configure("60s");
      for (const name of names) await estate.write(name, { "backend.hcl": settings(`${name}.tfstate`) });
      const { report } = await place.check(["--all"], env);
      assertEquals(
        report.environments.map((one) => one.status),
        names.map((one) => one === "drifted" ? "drift" : "ok"),
      );
    });
  });
}

async function namesIn(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map((one) => one.name).sort();
}
