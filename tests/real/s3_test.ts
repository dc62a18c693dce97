import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { type FaultProxy, startFaultProxy } from "../lab/fault_proxy.ts";
import { s3Program, type S3Server, startS3 } from "../lab/s3.ts";
import { type Outcome, run, testWith } from "../support/programs.ts";
import { exists, until } from "../support/until.ts";

/** An environment whose state lies behind the proxy on the S3 server, and what it takes to run a program in it. */
interface Place {
  s3: S3Server;
  proxy: FaultProxy;
  dir: string;
  env: Record<string, string>;
  /** Runs terraform (or its like) there to its end. */
  tf: (...args: string[]) => Promise<Outcome>;
}

const code = `resource "terraform_data" "one" {
  input = "a"
  provisioner "local-exec" { command = "touch began; while ! [ -e go ]; do sleep 0.02; done" }
}
`;

/** A test with an environment of its own, initialized; \`go\` lets its apply end. */
function s3Test(title: string, fn: (place: Place) => Promise<void>, terraform = "terraform") {
  testWith([terraform], title, async (_, path) => {
    await using s3 = await startS3();
    await using proxy = await startFaultProxy(s3.endpoint);
    const dir = await Deno.makeTempDir({ prefix: "s3_test_" });
    try {
      await Deno.writeTextFile(
        `${dir}/main.tf`,
        s3.backend("lab/terraform.tfstate", { endpoint: proxy.url, tries: 1 }) + code,
      );
      await Deno.writeTextFile(`${dir}/empty.tfrc`, "");
      const env = {
        ...s3.env,
        TF_CLI_CONFIG_FILE: `${dir}/empty.tfrc`,
        CHECKPOINT_DISABLE: "1",
        AWS_MAX_ATTEMPTS: "1",
      };
      const tf = (...args: string[]) => run(path!, [...args, "-no-color"], { cwd: dir, env });
      const init = await tf("init");
      assertEquals(init.code, 0, init.stderr);
      await fn({ s3, proxy, dir, env, tf });
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  }, s3Program() ? undefined : "needs minio on the PATH, or versitygw: run tests/lab/install");
}

for (const terraform of ["terraform", "lab/tofu"]) {
  s3Test(`startS3() keeps the state of ${terraform}, and leaves no lock behind`, async ({ s3, dir, tf }) => {
    await Deno.writeTextFile(`${dir}/go`, "");
    assertEquals((await tf("plan", "-detailed-exitcode")).code, 2);
    assertEquals((await tf("apply", "-auto-approve")).code, 0);
    assertEquals(await s3.keys(), ["lab/terraform.tfstate"]);
    const clean = await tf("plan", "-detailed-exitcode");
    assertEquals(clean.code, 0, clean.stderr);
    assertEquals(await s3.keys(), ["lab/terraform.tfstate"]);
    assertMatch((await tf("state", "pull")).stdout, /"name": ?"one"/);
  }, terraform);

  s3Test(`startS3() makes a plan of ${terraform} fail while an apply holds the lock`, async ({ s3, dir, tf }) => {
    const apply = tf("apply", "-auto-approve");
    await until(() => exists(`${dir}/began`));
    assertEquals(await s3.keys(), ["lab/terraform.tfstate.tflock"]);
    const plan = await tf("plan");
    const unlocked = await tf("plan", "-lock=false", "-detailed-exitcode");
    await Deno.writeTextFile(`${dir}/go`, "");
    assertEquals((await apply).code, 0);
    assertEquals(plan.code, 1);
    assertMatch(plan.stderr, /Error acquiring the state lock/);
    assertMatch(plan.stderr, /PreconditionFailed/);
    assertMatch(
      plan.stderr,
      /Lock Info:\s+ID:\s+[0-9a-f-]{36}\s+Path:\s+state\/lab\/terraform.tfstate\s+Operation:\s+OperationTypeApply\s+Who:\s+\S+@\S+/,
    );
    assertEquals(unlocked.code, 2);
    assertEquals((await tf("plan", "-detailed-exitcode")).code, 0);
  }, terraform);
}

s3Test(
  "settings() are a file for -backend-config, and lead to another state with another key",
  async ({ s3, dir, tf }) => {
    await Deno.writeTextFile(`${dir}/main.tf`, `terraform {\n  backend "s3" {}\n}\n${code}`);
    await Deno.writeTextFile(`${dir}/backend.hcl`, s3.settings("other/terraform.tfstate"));
    await Deno.writeTextFile(`${dir}/go`, "");
    const init = await tf("init", "-reconfigure", "-backend-config=backend.hcl", "-backend-config=key=third.tfstate");
    assertEquals(init.code, 0, init.stderr);
    assertEquals((await tf("apply", "-auto-approve")).code, 0);
    assertEquals(await s3.keys(), ["third.tfstate"]);
  },
);

s3Test("startS3() refuses credentials that are not its own", async ({ dir, env }) => {
  const wrong = { ...env, AWS_SECRET_ACCESS_KEY: "wrong" };
  const { code, stderr } = await run("terraform", ["plan", "-no-color"], { cwd: dir, env: wrong });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "SignatureDoesNotMatch");
});

const state = ({ path }: { path: string }) => path.startsWith("/state/lab/terraform.tfstate");

s3Test("a backend that answers 503 ends a plan with an error that says so", async ({ proxy, tf }) => {
  proxy.inject({ kind: "status", status: 503 }, state);
  const { code, stderr } = await tf("plan", "-lock=false");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "StatusCode: 503");
  await proxy.heal();
  assertEquals((await tf("plan", "-lock=false", "-detailed-exitcode")).code, 2);
});

s3Test(
  "a backend that refuses connections, or resets them, ends a plan with an error that says so",
  async ({ proxy, tf }) => {
    proxy.inject({ kind: "reset" });
    const reset = await tf("plan", "-lock=false");
    assertEquals(reset.code, 1);
    assertStringIncludes(reset.stderr, "connection reset by peer");
    await proxy.refuse();
    const refused = await tf("plan", "-lock=false");
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "connection refused");
  },
);

s3Test("a state that is cut half way is an error, never an empty state", async ({ proxy, dir, tf }) => {
  await Deno.writeTextFile(`${dir}/go`, "");
  assertEquals((await tf("apply", "-auto-approve")).code, 0);
  proxy.inject({ kind: "cut" }, (request) => request.method === "GET" && state(request));
  const { code, stderr } = await tf("plan", "-lock=false", "-detailed-exitcode");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "unexpected EOF");
});

s3Test("a backend that never answers makes a plan wait for as long as one lets it", async ({ proxy, dir, env }) => {
  proxy.inject({ kind: "hang" });
  const child = new Deno.Command("terraform", {
    args: ["plan", "-lock=false", "-no-color"],
    cwd: dir,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(() => proxy.requests.some(({ fault }) => fault === "hang"));
  const ended = await Promise.race([child.status.then(() => true), delay(2000).then(() => false)]);
  child.kill("SIGKILL");
  await child.status;
  assert(!ended, "it did not wait");
});
