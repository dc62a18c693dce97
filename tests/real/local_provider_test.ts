import { assertEquals, assertMatch } from "@std/assert";
import { labPart } from "../lab/paths.ts";
import { run, testWith } from "../support/programs.ts";

const missing = labPart("local") ? undefined : "needs the provider local: run tests/lab/install local";

for (const program of ["terraform", "lab/tofu"]) {
  testWith(
    [program],
    `${program} finds the provider local without a registry, and sees a file changed by hand`,
    async (_, path) => {
      const dir = await Deno.makeTempDir({ prefix: "local_provider_test_" });
      try {
        const env = { TF_CLI_CONFIG_FILE: labPart("local")!, CHECKPOINT_DISABLE: "1" };
        const tf = (...args: string[]) => run(path!, [...args, "-no-color"], { cwd: dir, env });
        await Deno.writeTextFile(
          `${dir}/main.tf`,
          `terraform {\n  required_providers {\n    local = { source = "hashicorp/local" }\n  }\n}\n` +
            `resource "local_file" "one" {\n  filename = "\${path.module}/one"\n  content  = "as coded"\n}\n`,
        );
        const init = await tf("init");
        assertEquals(init.code, 0, init.stderr);
        assertEquals((await tf("apply", "-auto-approve")).code, 0);
        assertEquals((await tf("plan", "-detailed-exitcode")).code, 0);
        await Deno.writeTextFile(`${dir}/one`, "by hand");
        const plan = await tf("plan", "-detailed-exitcode");
        assertEquals(plan.code, 2);
        assertMatch(plan.stdout, /local_file\.one will be created/);
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
    missing,
  );
}
