/** The layouts that only OpenTofu reads, or reads otherwise, applied and checked by the real program. */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { layout } from "../support/layout.ts";
import { testWith } from "../support/programs.ts";

testWith(
  ["lab/tofu"],
  "layout tofu_var_files: files of variables reach init, workspace, plan and show",
  async (test, tofu) => {
    await using at = await layout("tofu_var_files", tofu!);
    const vars = "-var-file=a.tfvars";
    await at.terraform("lab", ["init", vars]);
    await at.terraform("lab", ["apply", "-auto-approve", vars]);
    await at.terraform("lab", ["workspace", "new", vars, "b"]);
    await at.terraform("lab", ["apply", "-auto-approve", vars]);
    await Deno.remove(join(at.dir, "lab/.terraform"), { recursive: true });

    await test.step("from a fresh checkout, and again", async () => {
      for (let times = 0; times < 2; times++) assertEquals((await at.check()).statuses, ["a ok", "b ok"]);
    });
    await test.step("a difference, which a second plan and show read", async () => {
      const code = await Deno.readTextFile(join(at.dir, "lab/main.tofu"));
      await Deno.writeTextFile(join(at.dir, "lab/main.tofu"), code.replace("input = var.site", 'input = "other"'));
      const { statuses, env, report } = await at.check();
      assertEquals(statuses, ["a drift", "b drift"], JSON.stringify(report));
      assertEquals(env.a!.changes.map(({ action }) => action), ["update"]);
      await Deno.writeTextFile(join(at.dir, "lab/main.tofu"), code);
    });
    await test.step("another site is another state", async () => {
      await Deno.writeTextFile(
        join(at.dir, "lab/a.tfvars"),
        'site = "b"\npassphrase = "correct-horse-battery-staple"\n',
      );
      const { env, report } = await at.check();
      assertEquals(env.a!.status, "error", JSON.stringify(report));
      assertEquals(env.a!.error!.class, "suspect", "the other place's state is empty");
      assert(!JSON.stringify(report).includes("correct-horse"));
    });
  },
);

testWith(
  ["lab/tofu", "terraform"],
  "a program of its own for an environment: OpenTofu for one, Terraform for the other",
  async (_test, tofu) => {
    await using at = await layout("tofu_beside", tofu!);
    await at.terraform("lab", ["init"]);
    await at.terraform("lab", ["apply", "-auto-approve"]);
    await Deno.writeTextFile(
      join(at.dir, "pve-drift.json"),
      JSON.stringify({ root: ".", environments: { tofu: { dir: "lab", bin: tofu }, terraform: { dir: "lab" } } }),
    );
    const { stdout } = await at.drift(["--all", "--json", "--config", join(at.dir, "pve-drift.json")]);
    const found = JSON.parse(stdout).environments.map((
      { name, status, warnings, changes }: {
        name: string;
        status: string;
        warnings: unknown[];
        changes: { address: string }[];
      },
    ) => [name, status, warnings.length, changes.map(({ address }) => address)]);
    assertEquals(found, [
      ["tofu", "ok", 0, []],
      ["terraform", "drift", 1, ["terraform_data.b"]],
    ], "Terraform plans to delete what stands in more.tofu, and the warning says why");
  },
);
