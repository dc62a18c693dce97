/** The layouts of tests/fixtures/layouts, each applied and checked by the real terraform on its built-in provider. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Layout, layout } from "../support/layout.ts";
import { testWith } from "../support/programs.ts";

function layoutTest(name: string, title: string, fn: (at: Layout) => Promise<void>): void {
  testWith(["terraform"], `layout ${name}: ${title}`, async () => {
    await using at = await layout(name);
    await fn(at);
  });
}

layoutTest("one_root", "the root is the environment, and the modules below it are none", async (at) => {
  await at.apply(".");
  const { statuses, code, env } = await at.check();
  assertEquals([statuses, code], [["one_root ok"], 0]);
  assertEquals(env.one_root!.warnings, []);
  await Deno.writeTextFile(join(at.dir, "talos/more.tf"), 'resource "terraform_data" "more" {}\n');
  assertEquals((await at.check()).env.one_root!.changes.map(({ address }) => address), [
    "module.talos.terraform_data.more",
  ]);
});

layoutTest("one_root", "without a sign of a root, the usage error and doctor say what they saw", async (at) => {
  await Deno.remove(join(at.dir, "provider.tf"));
  const { code, stderr } = await at.drift(["--all"]);
  assertEquals(code, 64);
  assertStringIncludes(stderr, "It holds code itself, but no lock file, no state, and no backend, cloud or provider");
  const doctor = await at.drift(["doctor", "--sink", "console"]);
  assertEquals(doctor.code, 1);
  const text = doctor.stdout.replace(/\s+/g, " ");
  assertStringIncludes(text, "failed Environments: Found no environment in");
  assertStringIncludes(text, "It holds code itself");
  for (const rest of ["ok Program: ", "State directory: ", 'ok Sink "console"', "ok Clock: "]) {
    assertStringIncludes(text, rest, "doctor looks at all the rest");
  }
});

layoutTest("nested", "folders at every depth are checked, under names with dots", async (at) => {
  await at.apply("envs/prod/network", "envs/prod/vms", "envs/lab");
  const { statuses, code } = await at.check();
  assertEquals(statuses, ["envs.lab ok", "envs.prod.network ok", "envs.prod.vms ok"]);
  assertEquals(code, 0);
  const { stderr } = await at.drift(["--env", "prod.vms"]);
  assertStringIncludes(stderr, 'did you mean "envs.prod.vms"');
});

layoutTest("nested", "with envs as root, names begin there", async (at) => {
  const { stdout } = await at.drift(["__environments", "--root", join(at.dir, "envs")]);
  assertEquals(stdout, "lab\nprod.network\nprod.vms\n");
});

layoutTest("workspaces", "one folder has a verdict for each workspace", async (at) => {
  await at.terraform("infra", ["init", "-input=false"]);
  for (const name of ["dev", "prod"]) {
    await at.terraform("infra", ["workspace", "new", name]);
    await at.terraform("infra", ["apply", "-auto-approve"]);
  }
  assertEquals((await at.check()).statuses, ["dev ok", "prod ok"]);
  await at.terraform("infra", ["state", "rm", "terraform_data.a"]);
  const { statuses } = await at.check();
  assertEquals(statuses, ["dev ok", "prod error"], "prod's state lost what it knew");
});

layoutTest("var_files", "one folder has a verdict for each file of variables and key of the backend", async (at) => {
  for (const site of ["north", "south"]) {
    await at.terraform("infra", ["init", "-input=false", "-reconfigure", `-backend-config=${site}.local.tfbackend`]);
    await at.terraform("infra", ["apply", "-auto-approve", `-var-file=${site}.tfvars`]);
  }
  assertEquals((await at.check()).statuses, ["north ok", "south ok"]);
  await Deno.writeTextFile(join(at.dir, "infra/south.tfvars"), 'site = "south pole"\n');
  assertEquals((await at.check()).statuses, ["north ok", "south drift"]);
});

layoutTest("tofu_alone", "under Terraform it is an error that says whose code it is", async (at) => {
  const { env, code } = await at.check();
  assertEquals([env.lab!.error!.class, code], ["config-invalid", 1]);
  assertStringIncludes(env.lab!.error!.summary, "holds OpenTofu's code alone (*.tofu)");
  assertStringIncludes(env.lab!.error!.cure, '"bin": "tofu"');
});

layoutTest("tofu_beside", "under Terraform it is a warning that names the files", async (at) => {
  await at.apply("lab");
  const { statuses, env } = await at.check();
  assertEquals(statuses, ["lab ok"]);
  assertEquals(env.lab!.warnings.map(({ summary }) => summary), [
    "The program is Terraform, which does not read more.tofu",
  ]);
});

layoutTest(
  "per_environment",
  "each environment has its own variables, and nobody sees another's secret",
  async (at) => {
    const secret = { north: "north-token-4711", south: "south-token-0815" };
    const writeSecrets = async (more = "") => {
      for (const [site, token] of Object.entries(secret)) {
        const text = `# ${site}\nexport TF_VAR_api_token='${token}${more}'\n`;
        await Deno.writeTextFile(join(at.dir, `${site}.env`), text, { mode: 0o600 });
      }
    };
    await writeSecrets();
    for (const [site, token] of Object.entries(secret)) {
      const env = { TF_VAR_site: site, TF_VAR_api_token: token };
      await at.terraform(site, ["init", "-input=false"]);
      await at.terraform(site, ["apply", "-auto-approve"], env);
    }
    assertEquals((await at.check()).statuses, ["north ok", "south ok"]);
    assertEquals(
      (await at.check({ TF_VAR_site: "elsewhere", TF_VAR_api_token: "x" })).statuses,
      ["north ok", "south ok"],
      "what is inherited comes first, so that the rest wins",
    );
    await writeSecrets("-changed");
    const { statuses, report, stderr } = await at.check();
    assertEquals(statuses, ["north drift", "south drift"]);
    for (const token of Object.values(secret)) {
      assert(!JSON.stringify(report).includes(`${token}-changed`), "the value of a secret-looking name is a secret");
      assert(!stderr.includes(token));
    }
  },
);

layoutTest("per_environment", "a file of variables that others may read ends the run with 64", async (at) => {
  for (const site of ["north", "south"]) {
    await Deno.writeTextFile(join(at.dir, `${site}.env`), "TF_VAR_api_token=x\n", { mode: 0o600 });
  }
  await Deno.chmod(join(at.dir, "north.env"), 0o644);
  for (const args of [["--all"], ["doctor"]]) {
    const { code, stderr, stdout } = await at.drift(args);
    assertEquals([code, stdout], [64, ""]);
    assertStringIncludes(stderr, 'north.env": it holds secrets, and others than its owner');
  }
  assertEquals((await at.drift(["--env", "south"])).code, 2, "the other environment needs the other file alone");
  await Deno.writeTextFile(join(at.dir, "south.env"), "\nhunter2 hunter2\nTF_WORKSPACE=x\n");
  const { code, stderr } = await at.drift(["--env", "south"]);
  assertEquals(code, 64);
  assertStringIncludes(stderr, "line 2 must be NAME=VALUE");
  assertStringIncludes(stderr, "line 3 sets TF_WORKSPACE");
  assert(!stderr.includes("hunter2"));
});

layoutTest(
  "per_environment",
  "no custom sink reads a file of variables, be it beside it or named by a link",
  async (at) => {
    await Deno.mkdir(join(at.dir, "secrets"));
    await Deno.writeTextFile(join(at.dir, "secrets/real.env"), "TF_VAR_api_token=x\n", { mode: 0o600 });
    await Deno.writeTextFile(join(at.dir, "south.env"), "TF_VAR_api_token=x\n", { mode: 0o600 });
    await new Deno.Command("ln", { args: ["-s", "secrets/real.env", join(at.dir, "north.env")] }).output();
    const deliver = ["north.env", "south.env", "secrets/real.env"].map((file) => join(at.dir, file)).map((file) =>
      `try { Deno.readTextFileSync(${JSON.stringify(file)}); read.push(${
        JSON.stringify(file)
      }); } catch (_) { /* as it should be */ }`
    );
    const code = `export default { apiVersion: 1, name: "prying", create: () => ({ deliver() {
    const read = []; ${deliver.join(" ")}
    throw new Error("could read: " + read.join());
  } }) };\n`;
    await Deno.writeTextFile(join(at.dir, "prying.ts"), code);
    const sink = `file:${join(at.dir, "prying.ts")}`;
    await Deno.writeTextFile(
      join(at.dir, "pve-drift.json"),
      (await Deno.readTextFile(join(at.dir, "pve-drift.json"))).replace(
        '["console"]',
        JSON.stringify(["console", { use: sink, allow: [`read=${join(at.dir, "secrets")}`] }]),
      ),
    );
    const { stdout } = await at.drift(["--all"], { COLUMNS: "500" });
    assertStringIncludes(stdout.replace(/\s+/g, " "), "could read: ");
    assert(!stdout.includes(".env"), stdout);
  },
);

layoutTest("nested", "a submodule that is not checked out is named in a warning", async (at) => {
  await at.apply("envs/lab");
  await Deno.remove(join(at.dir, "envs/prod"), { recursive: true });
  await Deno.mkdir(join(at.dir, "envs/prod"));
  await Deno.writeTextFile(join(at.dir, ".gitmodules"), '[submodule "prod"]\n\tpath = envs/prod\n\turl = x\n');
  const { statuses, env } = await at.check();
  assertEquals(statuses, ["envs.lab ok"]);
  assertStringIncludes(env["envs.lab"]!.warnings[0]!.summary, "a submodule that is not checked out");
});

layoutTest("terragrunt", "units are named in a warning that leads to the handbook", async (at) => {
  await at.apply("other");
  const { statuses, env } = await at.check();
  assertEquals(statuses, ["other ok"]);
  const [warning, ...more] = env.other!.warnings;
  assertEquals(more, []);
  assertStringIncludes(warning!.summary, "2 folders below");
  assertStringIncludes(warning!.detail, 'They are "live/site/dns", "live/site/vm".');
  assertStringIncludes(warning!.detail, '"Terragrunt" in the handbook');
});

layoutTest("legacy_module", "a module with a provider block is no environment, and somebody is told", async (at) => {
  await at.apply("prod");
  const { statuses, env } = await at.check();
  assertEquals(statuses, ["prod ok"]);
  const warning = env.prod!.warnings.find(({ summary }) => summary.includes("calls it as a module"));
  assertStringIncludes(warning!.detail, '"shared/legacy": "prod" calls it, and it has a provider block');
});
