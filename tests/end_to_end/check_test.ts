/** The check on real terraform environments: every verdict that the built-in provider and a local backend can produce. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { EnvironmentReport } from "../../drift/report.ts";
import { Estate, simple } from "../support/estate.ts";
import { testTerraform, versionOf } from "../support/programs.ts";
import { exists, until } from "../support/until.ts";

async function namesIn(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map((one) => one.name).sort();
}

testTerraform("a run over three environments says which is clean, which is not applied and what is gone", async () => {
  await using estate = await Estate.create({ clean: simple("x"), code: simple("x"), lost: simple("x") });
  await estate.apply("clean", "code", "lost");
  await estate.write("code", simple("y"));
  await estate.terraform("lost", "state", "rm", "terraform_data.a");

  const { report, code } = await estate.report();
  assertEquals([code, report.exitCode, report.status], [2, 2, "drift"]);
  assertEquals(report.environments.map((one) => [one.name, one.status]), [["clean", "ok"], ["code", "drift"], [
    "lost",
    "drift",
  ]]);
  const [change] = report.environments[1]!.changes;
  assertEquals([change!.address, change!.action, change!.origin, change!.isNew, change!.confirmed], [
    "terraform_data.a",
    "update",
    "pending",
    true,
    true,
  ]);
  assertEquals(change!.attributes, [{
    path: "input",
    sensitive: false,
    origin: "pending",
    expected: "y",
    actual: "x",
    isNew: true,
    firstSeenAt: report.environments[1]!.startedAt,
  }]);
  assertEquals(report.environments[2]!.changes.map((one) => [one.action, one.origin]), [["create", "pending"]]);
  assertEquals(report.summary, { environments: 3, ok: 1, drift: 2, error: 0, resourcesChanged: 2 });
  assertEquals(report.terraform?.version, await versionOf("terraform"));
});

testTerraform("a clean environment costs one terraform process, and the second run no init", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const steps = async () => {
    const { code, stderr } = await estate.drift(["--all", "--verbose"]);
    return [code, ...[...stderr.matchAll(/prod: ([a-z ]+)$/gm)].map(([, step]) => step)];
  };
  assertEquals(await steps(), [0, "initializing", "planning", "ok"]);
  assertEquals(await steps(), [0, "planning", "ok"]);
});

testTerraform(
  "behind a script the plan of a clean environment is read too, and one of another kind is no ok",
  async () => {
    await using estate = await Estate.create({ prod: simple("x"), fresh: simple("x") });
    await estate.apply("prod");
    const { bin, calls } = await estate.standIn();
    await estate.configure({ concurrency: 1, environments: { prod: {} }, terraform: { bin } });
    assertEquals((await estate.only()).status, "ok");
    assertEquals(await calls(), ["init", "plan", "show"]);
    assertEquals((await estate.only()).status, "ok");
    assertEquals(await calls(), ["plan", "show"]);

    // The code asks for something else, and nobody notices: the stream of such a plan reads as that of a clean one.
    await estate.write("prod", simple("y"));
    await estate.standIn('[ "$1" = plan ] && set -- "$@" -refresh-only; exec "$TERRAFORM" "$@"');
    await estate.configure({ concurrency: 1, environments: { prod: {}, fresh: {} }, terraform: { bin } });
    const { report } = await estate.report();
    for (const { name, status, error } of report.environments) {
      assertEquals([name, status, error?.class], [name, "error", "unknown"]);
      assertStringIncludes(error!.summary, "-refresh-only");
      assertStringIncludes(error!.cure, bin);
    }
  },
);

testTerraform("behind a script that makes no plan file nothing is ok, and lines of its own do no harm", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const { bin } = await estate.standIn('echo "injecting secrets"; exec "$TERRAFORM" "$@"');
  await estate.configure({ terraform: { bin } });
  assertEquals((await estate.only()).status, "ok");
  await estate.write("prod", simple("y"));
  const drift = await estate.only();
  assertEquals([drift.status, drift.changes.length], ["drift", 1]);
  await estate.write("prod", simple("x"));
  await estate.standIn(
    'if [ "$1" = plan ]; then for a; do shift; case $a in -out=*) ;; *) set -- "$@" "$a" ;; esac; done; fi\nexec "$TERRAFORM" "$@"',
  );
  const hidden = await estate.only();
  assertEquals([hidden.status, hidden.error?.reason], ["error", "plan-hidden-by-script"]);
});

testTerraform("what the stream told of stays listed where the plan cannot be shown", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", simple("y"));
  const { bin } = await estate.standIn(
    'if [ "$1" = show ]; then printf "Error: Failed to marshal plan to json: error marshaling prior state: unsupported attribute \\"cpu\\"\\n" >&2; exit 1; fi\nexec "$TERRAFORM" "$@"',
  );
  await estate.configure({ terraform: { bin } });
  const prod = await estate.only();
  assertEquals([prod.status, prod.error?.class, prod.code], ["error", "version-mismatch", 3]);
  assertEquals(prod.changes.map(({ address, action }) => [address, action]), [["terraform_data.a", "update"]]);
  assertStringIncludes(prod.error!.cure, "-refresh-only");
});

testTerraform("the check writes nothing in the environment's folder and leaves no plan behind", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await Deno.remove(estate.path("prod", ".terraform"), { recursive: true }).catch(() => {});
  await estate.write("prod", simple("y"));
  const before = await namesIn(estate.path("prod"));
  await Deno.chmod(estate.path("prod"), 0o555);
  assertEquals((await estate.only()).status, "drift");
  assertEquals(await namesIn(estate.path("prod")), before);
  assertEquals(await namesIn(join(estate.dir, "state")), [
    "environments",
    "lock",
    "memory",
  ]);
  assertEquals((await Deno.stat(join(estate.dir, "state", "environments", "prod"))).mode! & 0o777, 0o700);
});

testTerraform("an init moves no state that lies beside the code, be it left over or a workspace's", async () => {
  const backend = (path: string) => ({
    "backend.tf": `terraform {\n  backend "local" {\n    path = "${path}"\n  }\n}\n`,
  });
  await using estate = await Estate.create({
    moved: simple("x"),
    spaced: { ...simple("x"), ...backend("own.tfstate") },
  });
  await estate.apply("moved");
  await estate.terraform("spaced", "init", "-input=false");
  await estate.terraform("spaced", "workspace", "new", "stage");
  await estate.terraform("spaced", "apply", "-auto-approve", "-input=false");
  await Deno.copyFile(estate.path("moved", "terraform.tfstate"), join(estate.dir, "moved.tfstate"));
  await estate.write("moved", backend(join(estate.dir, "moved.tfstate")));
  const left = await Deno.readTextFile(estate.path("moved", "terraform.tfstate"));
  const names = await Promise.all(["moved", "spaced"].map((name) => namesIn(estate.path(name))));
  await estate.configure({ environments: { moved: {}, spaced: { workspace: "stage" } } });

  const { report } = await estate.report();
  assertEquals(report.environments.map((one) => [one.name, one.status, one.error]), [
    ["moved", "ok", undefined],
    ["spaced", "ok", undefined],
  ]);
  assertEquals(await Deno.readTextFile(estate.path("moved", "terraform.tfstate")), left);
  assertEquals(await Promise.all(["moved", "spaced"].map((name) => namesIn(estate.path(name)))), names);
});

testTerraform(
  "a backend that the code changes is initialized anew, before a workspace is selected in it too",
  async () => {
    const backend = (dir: string) => ({
      "backend.tf": `terraform {\n  backend "local" {\n    workspace_dir = "${dir}"\n  }\n}\n`,
    });
    await using estate = await Estate.create({ prod: { ...simple("x"), ...backend("one") } });
    await estate.terraform("prod", "init", "-input=false");
    await estate.terraform("prod", "workspace", "new", "stage");
    await estate.terraform("prod", "apply", "-auto-approve", "-input=false");
    await estate.configure({ environments: { prod: { workspace: "stage" } } });
    assertEquals((await estate.only()).status, "ok");

    await Deno.rename(estate.path("prod", "one"), estate.path("prod", "two"));
    await estate.write("prod", backend("two"));
    const prod = await estate.only();
    assertEquals([prod.status, prod.error], ["ok", undefined]);
  },
);

testTerraform("new drift is confirmed by a second plan, known drift is not", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", simple("y"));
  const { bin, calls } = await estate.standIn(
    'echo "$@" | tr " " "\\n" | grep ^-lock >>"$0.locks"; exec "$TERRAFORM" "$@"',
  );
  await estate.configure({ terraform: { bin } });
  const first = await estate.only();
  assertEquals(await calls(), ["init", "plan", "show", "plan", "show"]);
  assertStringIncludes(await Deno.readTextFile(`${bin}.locks`), "-lock=false\n-lock=true\n");
  assertEquals([first.status, first.changes[0]!.isNew], ["drift", true]);
  assertEquals("previousStatus" in first, false);

  const second = await estate.only();
  assertEquals(await calls(), ["plan", "show"]);
  assertEquals([second.changes[0]!.isNew, second.previousStatus, second.since], [false, "drift", first.startedAt]);
  assertEquals(second.changes[0]!.firstSeenAt, first.startedAt);

  await estate.write("prod", simple("x"));
  const third = await estate.only();
  assertEquals([third.status, third.previousStatus, third.resolved], ["ok", "drift", [{
    address: "terraform_data.a",
    path: "input",
    origin: "pending",
  }]]);
});

testTerraform("drift that could not be confirmed is tried again until it is", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", simple("y"));
  await estate.configure({ terraform: { lockTimeout: "100ms" } });
  const said = ({ status, changes, warnings }: EnvironmentReport) => [
    status,
    changes.map(({ isNew, confirmed }) => [isNew, confirmed]),
    warnings.map(({ summary }) => summary.replace(/ by .*:/, ":").replace(/[0-9a-f-]{36}/, "ID")),
  ];
  const locked =
    "State is locked: the drift could not be confirmed; a running apply shows as drift until it ends (lock ID)";
  {
    // Waits for its answer with the state locked.
    await using apply = new Deno.Command("terraform", {
      args: ["apply"],
      cwd: estate.path("prod"),
      env: estate.env,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(() => exists(estate.path("prod", ".terraform.tfstate.lock.info")));
    assertEquals(said(await estate.only()), ["drift", [[true, false]], [locked]]);
    assertEquals(said(await estate.only()), ["drift", [[false, false]], [locked]]);
    await apply.stdin.close();
  }
  assertEquals(said(await estate.only()), ["drift", [[false, true]], []]);
});

testTerraform("what terraform says of its CLI configuration is a warning, and the verdict stands", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const one = await estate.only({ TF_CLI_CONFIG_FILE: "/nowhere/terraformrc" });
  assertEquals(one.status, "ok", JSON.stringify(one.error));
  assertStringIncludes(JSON.stringify(one.warnings), "/nowhere/terraformrc");
});

testTerraform("outputs alone, moves and failing checks are no drift", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", {
    "main.tf": `
      resource "terraform_data" "b" { input = "x" }
      moved {
        from = terraform_data.a
        to   = terraform_data.b
      }
      output "o" { value = "new" }
      check "c" {
        assert {
          condition     = terraform_data.b.input != "x"
          error_message = "the check fails"
        }
      }`,
  });
  const one = await estate.only();
  assertEquals([one.code, one.status, one.changes], [0, "ok", []]);
  assertEquals(one.bookkeeping.map((change) => [change.address, change.action]), [["terraform_data.b", "move"]]);
  assertEquals(one.outputs.map((output) => [output.name, output.expected]), [["o", "new"]]);
  assertStringIncludes(JSON.stringify(one.warnings), "the check fails");
});

testTerraform("a replacement counts once and names what forces it", async () => {
  const code = (value: string) => ({
    "main.tf": `resource "terraform_data" "a" {\n triggers_replace = "${value}"\n input = "i"\n}`,
  });
  await using estate = await Estate.create({ prod: code("1") });
  await estate.apply("prod");
  await estate.write("prod", code("2"));
  const one = await estate.only();
  assertEquals([one.resourcesChanged, one.counts], [1, { create: 0, update: 0, delete: 0, replace: 1 }]);
  assertEquals(one.changes[0]!.attributes.map((attribute) => attribute.path), ["triggers_replace"]);
});

Deno.test("an accept rule for an environment that there is not is told where somebody reads it", async () => {
  await using estate = await Estate.create({ prod: simple("x"), lab: simple("x") });
  const rule = { env: "prdo", address: "*", path: "input", reason: "a typing error" };
  await estate.configure({ accept: [rule, { ...rule, env: "lab" }] });
  const { report } = await estate.report(["--env", "prod"]);
  assertEquals(
    report.environments[0]!.warnings.map((one) => one.summary).filter((summary) => summary.includes("accept")),
    ['The accept rule for "input" of * is for environment "prdo", which there is not'],
  );
});

testTerraform("what a plan could see before its error stays listed where the next attempt sees nothing", async () => {
  const remote =
    'data "terraform_remote_state" "r" {\n  backend = "http"\n  config = {\n    address = "http://127.0.0.1:9/"\n' +
    '    retry_max = "0"\n  }\n}\n';
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", simple("y", remote));
  const { bin, calls } = await estate.standIn(
    `if [ "$1" = plan ] && [ -e '${estate.dir}/again' ]; then kill -KILL $$; fi\n` +
      `if [ "$1" = plan ]; then touch '${estate.dir}/again'; fi\nexec "$TERRAFORM" "$@"`,
  );
  await estate.configure({ terraform: { bin } });
  const prod = await estate.only();
  assertEquals((await calls()).filter((call) => call === "plan").length, 2);
  assertEquals([prod.status, prod.error?.class, prod.code], ["error", "killed", 3]);
  assertEquals(prod.changes.map((one) => [one.address, one.action]), [["terraform_data.a", "update"]]);
});

/** A compressed tar archive of one file. */
function archive(name: string, text: string): ReadableStream {
  const bytes = new Uint8Array(512 + Math.ceil(text.length / 512) * 512 + 1024);
  const put = (at: number, what: string) => bytes.set(new TextEncoder().encode(what), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, `${text.length.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        0ustar\x0000");
  put(148, `${bytes.subarray(0, 512).reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  put(512, text);
  return new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
}

testTerraform("a module from elsewhere is looked at as it is there now, one from here costs no init", async () => {
  let input = "old";
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(archive("main.tf", `resource "terraform_data" "m" { input = "${input}" }\n`)),
  );
  await using estate = await Estate.create({
    far: { "main.tf": `module "m" { source = "http://127.0.0.1:${server.addr.port}/m.tar.gz" }\n` },
    near: {
      "main.tf": 'module "m" { source = "./m" }\n',
      "m/main.tf": 'resource "terraform_data" "m" { input = "old" }\n',
    },
  });
  await estate.apply("far", "near");
  const { bin, calls } = await estate.standIn();
  await estate.configure({ concurrency: 1, terraform: { bin } });
  const statuses = async () => (await estate.report()).report.environments.map(({ status }) => status);
  assertEquals(await statuses(), ["ok", "ok"]);
  assertEquals(await calls(), ["init", "plan", "show", "init", "plan", "show"]);
  input = "new";
  await estate.write("near", { "m/main.tf": 'resource "terraform_data" "m" { input = "new" }\n' });
  assertEquals(await statuses(), ["drift", "drift"]);
  assertEquals(await calls(), ["init", "plan", "show", "plan", "show", "plan", "show", "plan", "show"]);
  await server.shutdown();
});

testTerraform("what an init left is made anew where it is damaged", async () => {
  await using estate = await Estate.create({
    prod: {
      "main.tf":
        `terraform {\n  backend "local" {\n    path = "far/x.tfstate"\n  }\n}\nmodule "m" { source = "./m" }\n`,
      "m/main.tf": 'resource "terraform_data" "m" { input = "x" }\n',
    },
  });
  await estate.apply("prod");
  assertEquals((await estate.only()).status, "ok");
  for (const [file, text] of [["terraform.tfstate", ""], ["modules/modules.json", '{"Modules":[']] as const) {
    await Deno.writeTextFile(join(estate.dir, "state/environments/prod/terraform", file), text);
    const { status, error } = await estate.only();
    assertEquals([status, error], ["ok", undefined], file);
  }
});

testTerraform("a state that is not there yet is not locked, since the lock would make its folders", async () => {
  const files = {
    "main.tf": `terraform {\n  backend "local" {\n    path = "states/x.tfstate"\n  }\n}\n${simple("x")["main.tf"]}`,
  };
  await using estate = await Estate.create({ prod: files });
  for (const lock of ["confirm", "always"]) {
    await estate.configure({ terraform: { lock } });
    const { status, changes } = await estate.only();
    assertEquals([status, changes.map(({ action }) => action)], ["drift", ["create"]]);
    assertEquals((await namesIn(estate.path("prod"))).filter((name) => !/^(?:main\.tf|\.terraform.*)$/.test(name)), []);
  }
});

testTerraform("a state that is lost is suspect, even where the code would import what it held", async () => {
  const imported = `import {\n  to = terraform_data.a\n  id = "anything"\n}\nresource "terraform_data" "a" {}\n`;
  await using estate = await Estate.create({ prod: { "main.tf": imported } });
  const before = await estate.only();
  assertEquals([before.status, before.bookkeeping.map(({ action }) => action)], ["ok", ["import"]]);
  await estate.apply("prod");
  assertEquals((await estate.only()).status, "ok");
  await Deno.remove(estate.path("prod", "terraform.tfstate"));
  const lost = await estate.only();
  assertEquals([lost.status, lost.error?.class], ["error", "suspect"]);
});

testTerraform("a plan that refreshes nothing is no verdict", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  const { bin } = await estate.standIn(
    'if [ "$1" = plan ]; then shift; exec "$TERRAFORM" plan -refresh=false "$@"; fi; exec "$TERRAFORM" "$@"',
  );
  await estate.configure({ terraform: { bin } });
  const one = await estate.only();
  assertEquals([one.status, one.error?.class], ["error", "unknown"]);
  assertStringIncludes(one.error!.summary, "-refresh=false");
});

testTerraform("drift that a failed check saw first is confirmed by the next", async () => {
  const failing = `resource "terraform_data" "b" {
  lifecycle {
    precondition {
      condition     = terraform_data.a.input == "z"
      error_message = "no"
    }
  }
}\n`;
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.write("prod", simple("y", failing));
  const { bin, calls } = await estate.standIn();
  await estate.configure({ terraform: { bin } });
  const first = await estate.only();
  assertEquals([first.error?.class, first.changes.map(({ confirmed }) => confirmed)], ["condition-failed", [false]]);
  await estate.write("prod", simple("y"));
  await calls();
  assertEquals((await estate.only()).status, "drift");
  assertEquals(await calls(), ["plan", "show", "plan", "show"]);
});
