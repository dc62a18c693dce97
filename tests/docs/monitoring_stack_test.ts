import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { COPIED, copyOf } from "../../dashboards/grafana/generate.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

const MODULE = join(ROOT, "dashboards/monitoring-stack");

testWith(["terraform"], "the Terraform module is formatted and valid, and its tests pass", async (_, terraform) => {
  const folder = await Deno.makeTempDir({ prefix: "monitoring-stack-" });
  try {
    // Nothing of this machine's own configuration, and nothing written into the checkout.
    await Deno.writeTextFile(join(folder, "terraform.rc"), "");
    const env = { TF_CLI_CONFIG_FILE: join(folder, "terraform.rc"), TF_DATA_DIR: join(folder, "data") };
    for (
      const args of [
        ["fmt", "-check", "-recursive", "-diff"],
        ["init", "-backend=false", "-input=false"],
        ["validate"],
      ]
    ) {
      const said = await run(terraform, [...args, "-no-color"], { cwd: MODULE, env });
      assertEquals([args[0], said.code], [args[0], 0], said.stdout + said.stderr);
    }
    const tested = await run(terraform, ["test", "-no-color"], { cwd: MODULE, env });
    assertEquals(tested.code, 0, tested.stdout + tested.stderr);
    assertMatch(tested.stdout, /Success! \d{2} passed, 0 failed/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the Terraform module carries the shipped files as they are (deno task dashboard copies them)", () => {
  for (const path of COPIED) {
    const shipped = Deno.readTextFileSync(join(ROOT, "dashboards/grafana", path));
    assertEquals([path, Deno.readTextFileSync(copyOf(path))], [path, shipped]);
  }
});

Deno.test("every variable of the Terraform module has a description, a validation and a test of it", () => {
  const variables = Deno.readTextFileSync(join(MODULE, "variables.tf")).split(/^variable /m).slice(1);
  const tests = Deno.readTextFileSync(join(MODULE, "tests/validation.tftest.hcl"));
  assertEquals(variables.length, 12);
  for (const text of variables) {
    const name = /^"(\w+)"/.exec(text)![1]!;
    assertMatch(text, /\n {2}description = ".{20,}"/, name);
    assertMatch(text, /\n {2}validation \{.*error_message = /s, name);
    assertMatch(tests, new RegExp(`expect_failures = \\[var\\.${name}\\]`), name);
  }
});
