/** Checks that fail, by the class that the contract names, on real terraform environments. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { ROOT, run, testTerraform, versionOf } from "../support/programs.ts";

/** Cases of one environment whose check fails, by the class that the contract names. */
const FAILING: Record<
  string,
  {
    class: string;
    files: Record<string, string>;
    says: string;
    config?: Record<string, unknown>;
    before?: (estate: Estate) => Promise<void>;
  }
> = {
  "broken HCL": { class: "config-invalid", files: { "main.tf": 'resource "terraform_data" "a" {' }, says: "main.tf" },
  "a missing variable": {
    class: "config-invalid",
    files: { "main.tf": 'variable "needed" {}\noutput "o" { value = var.needed }' },
    says: "needed",
  },
  "a missing module": {
    class: "config-invalid",
    files: { "main.tf": 'module "m" { source = "./gone" }' },
    says: "gone",
  },
  "a version that is not this one": {
    class: "version-mismatch",
    files: { "main.tf": 'terraform { required_version = ">= 99.0" }' },
    says: "{version}",
  },
  "a provider that cannot be had": {
    class: "provider-missing",
    files: {
      "main.tf":
        'terraform {\n required_providers {\n x = { source = "example.invalid/a/x" }\n }\n}\nresource "x_y" "z" {}',
    },
    says: "example.invalid/a/x",
    before: (estate) =>
      Deno.writeTextFile(
        join(estate.dir, "terraformrc"),
        'provider_installation {\n filesystem_mirror {\n path = "/nowhere"\n }\n}\n',
      ),
  },
  "a workspace that does not exist": {
    class: "workspace-missing",
    files: simple("x"),
    says: "nope",
    config: { environments: { prod: { workspace: "nope" } } },
  },
  "a state that is damaged": {
    class: "state-invalid",
    files: simple("x"),
    says: "state",
    before: (estate) => estate.write("prod", { "terraform.tfstate": "{ not a state" }),
  },
  "a precondition that fails": {
    class: "condition-failed",
    files: {
      "main.tf":
        'resource "terraform_data" "a" {\n lifecycle {\n precondition {\n condition = path.module == ""\n error_message = "not today"\n }\n }\n}',
    },
    says: "not today",
  },
  "a var file that is missing": {
    class: "config-invalid",
    files: simple("x"),
    says: "gone.tfvars",
    config: { environments: { prod: { varFiles: ["gone.tfvars"] } } },
  },
  "a terraform that is missing": {
    class: "terraform-missing",
    files: simple("x"),
    says: "/nowhere/terraform",
    config: { terraform: { bin: "/nowhere/terraform" } },
  },
};

for (const [what, { class: expected, files, says, config, before }] of Object.entries(FAILING)) {
  testTerraform(`${what} is ${expected}, and the other environment's verdict stands`, async () => {
    const wanted = says.replace("{version}", await versionOf("terraform"));
    await using estate = await Estate.create({ prod: files, well: simple("x") });
    if (expected !== "terraform-missing") await estate.apply("well");
    await before?.(estate);
    const environments = config?.environments ? { ...config.environments as object, well: {} } : undefined;
    if (config) await estate.configure({ ...config, ...(environments ? { environments } : {}) });
    const { report, code, stderr } = await estate.report();
    const prod = report.environments.find((one) => one.name === "prod")!,
      well = report.environments.find((one) => one.name === "well")!;
    assertEquals([prod.status, prod.error?.class], ["error", expected], JSON.stringify(prod.error));
    assert(`${prod.error!.summary}\n${prod.error!.detail}`.includes(wanted), JSON.stringify(prod.error));
    assert(prod.error!.cure.length > 20, "no cure");
    assertEquals(code, 1);
    if (expected !== "terraform-missing") assertEquals(well.status, "ok", JSON.stringify(well.error));
    assertEquals(/\n\s+at .*\.ts:\d+/.test(stderr), false, stderr);
  });
}

Deno.test("a program of which files are missing ends, and says so in one line", async () => {
  const dir = await Deno.makeTempDir({ prefix: "pve-drift-test-" });
  try {
    const parts = ["drift", "lib", "sinks", "deno.json", "deno.lock"];
    assertEquals((await run("cp", ["-R", ...parts, dir], { cwd: ROOT })).code, 0);
    assertEquals((await run("ln", ["-s", join(ROOT, "node_modules"), dir])).code, 0);
    for (const file of ["drift/world.ts", "lib/process.ts"]) await Deno.remove(join(dir, file));
    const args = ["10s", Deno.execPath(), "run", "-q", "-P=drift", "--no-prompt", "drift/check-drift.ts", "--all"];
    const { code, stdout, stderr } = await run("timeout", args, { cwd: dir });
    assertEquals([code, stdout], [1, ""], stderr);
    assertMatch(stderr, /^error: Cannot go on: .*world\.ts.*\n$/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
