import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { ProgramMissing } from "../../lib/find_program.ts";
import { codeKinds, findTool, parseTool, takesVarFiles } from "./tool.ts";

Deno.test("parseTool() tells Terraform from OpenTofu, whatever a wrapper prints before", () => {
  assertEquals(parseTool("Terraform v1.11.4\non linux_amd64\n"), { name: "terraform", version: "1.11.4" });
  assertEquals(parseTool("loading secrets …\nOpenTofu v1.12.6\non linux_amd64\n"), { name: "tofu", version: "1.12.6" });
  assertEquals(parseTool("Terraform v1.16.0-rc2\n"), { name: "terraform", version: "1.16.0-rc2" });
  for (const text of ["", "Packer v1.9.0", "see Terraform v1.1.1"]) assertEquals(parseTool(text), undefined);
});

Deno.test("takesVarFiles() knows which commands take files of variables", () => {
  const commands = ["init", "workspace", "show"] as const;
  const of = (text: string) => commands.filter((command) => takesVarFiles(command, parseTool(text)));
  assertEquals(of("OpenTofu v1.8.0"), ["init", "workspace", "show"]);
  assertEquals(of("Terraform v1.14.9"), []);
  assertEquals(of("Terraform v1.15.0-beta1"), ["init"]);
  assertEquals(of("Terraform v2.0.0"), ["init"]);
  assertEquals(of("a wrapper"), []);
});

Deno.test("codeKinds() passes over hidden files and others", () => {
  assertEquals(codeKinds([".#main.tf", "a.tofu.json", "b.tofu", "c.tofu~", "x.tfvars"]), {
    terraformFiles: [],
    tofuFiles: ["a.tofu.json", "b.tofu"],
  });
  assertEquals(codeKinds(["main.tf.json"]).terraformFiles, ["main.tf.json"]);
});

Deno.test("findTool() names both programs where neither is there, and the one that is where the other is wanted", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const bin = join(dir, "tofu");
    await assertRejects(
      () => findTool("terraform", "/nowhere"),
      ProgramMissing,
      'Cannot find "terraform" or "tofu": no',
    );
    await assertRejects(() => findTool("tofu", undefined), ProgramMissing, '"terraform" or "tofu": PATH is not set');
    await assertRejects(() => findTool("my-terraform", "/nowhere"), ProgramMissing, 'Cannot find "my-terraform": no');
    await Deno.writeTextFile(bin, "", { mode: 0o755 });
    assertEquals(await findTool("tofu", dir), bin);

    await assertRejects(
      () => findTool("terraform", dir),
      ProgramMissing,
      `PATH has "${bin}" alone: install "terraform", or set "bin": "tofu"`,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
