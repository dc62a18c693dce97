import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { run } from "../../tests/support/programs.ts";
import type { Environment } from "../config/config.ts";
import { filesOf } from "./look_files.ts";

/** An environment with a module beside it, which uses another; gives a function that tells whether a change shows. */
async function inEstate(
  act: (dir: string, shows: (change: () => Promise<unknown>) => Promise<boolean>) => Promise<void>,
) {
  const dir = await Deno.makeTempDir({ prefix: "pve-drift-test-" });
  try {
    for (const folder of ["prod/templates", "prod/.terraform", "modules/vm", "modules/net", "bin"]) {
      await Deno.mkdir(join(dir, folder), { recursive: true });
    }
    const write = (name: string, text: string) => Deno.writeTextFile(join(dir, name), text);
    await write("prod/main.tf", 'module "vm" { source = "../modules/vm" }\n');
    await write("prod/templates/user.yaml", "a: 1\n");
    await write("prod/.terraform/x", "1");
    await write("modules/vm/main.tf", 'module "net" {\n  source = "../net"\n}\n');
    await write("modules/net/main.tf", "# nothing\n");
    for (const file of ["prod.tfvars", "backend.hcl", "prod.env", "bin/terraform"]) await write(file, "1");
    const environment: Environment = {
      ...{ name: "prod", dir: join(dir, "prod"), timeoutMs: 1, envFile: join(dir, "prod.env") },
      ...{ varFiles: [join(dir, "prod.tfvars")], backendConfig: [join(dir, "backend.hcl"), "key=x"] },
    };
    const now = () => filesOf(environment, join(dir, "bin/terraform"));
    await act(dir, async (change) => {
      const before = await now();
      assertEquals(await now(), before);
      await change();
      return await now() !== before;
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("filesOf() tells of a change in any file that the environment is made of", async () => {
  await inEstate(async (dir, shows) => {
    const files = ["prod/main.tf", "prod/templates/user.yaml", "modules/vm/main.tf", "modules/net/main.tf"];
    for (const file of [...files, "prod.tfvars", "backend.hcl", "prod.env", "bin/terraform"]) {
      const append = () => Deno.writeTextFile(join(dir, file), "\n# by hand\n", { append: true });
      assertEquals(await shows(append), true, file);
    }
    assertEquals(await shows(() => Deno.writeTextFile(join(dir, "prod/new.auto.tfvars"), "")), true);
    assertEquals(await shows(() => Deno.remove(join(dir, "prod/new.auto.tfvars"))), true);
    assertEquals(await shows(() => Deno.writeTextFile(join(dir, "prod/.terraform.lock.hcl"), "x")), true);
  });
});

Deno.test("filesOf() tells nothing of what is no part of the environment, nor of Terraform's passing files", async () => {
  await inEstate(async (dir, shows) => {
    const others = [
      "prod/.terraform/x",
      "prod/.terraform.tfstate.lock.info",
      "prod/terraform.tfstate.backup",
      "README.md",
    ];
    for (const file of others) {
      assertEquals(await shows(() => Deno.writeTextFile(join(dir, file), "2")), false, file);
    }
    assertEquals(await shows(() => Deno.utime(join(dir, "prod/main.tf"), 1, 1)), false, "its time alone");
  });
});

Deno.test("filesOf() ends where links lead in a circle, and gives up where the folder is gone", async () => {
  await inEstate(async (dir, shows) => {
    await Deno.writeTextFile(join(dir, "README.md"), "1");
    assertEquals(await shows(() => run("ln", ["-s", "..", join(dir, "prod/up")])), true);
  });
  const gone: Environment = { name: "x", dir: "/nonexistent/x", varFiles: [], backendConfig: [], timeoutMs: 1 };
  assertEquals(await filesOf(gone, "/nonexistent/terraform"), undefined);
});
