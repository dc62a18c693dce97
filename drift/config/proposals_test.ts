import { assertEquals } from "@std/assert";
import { readSigns } from "./folder_signs.ts";
import { propose } from "./proposals.ts";

const signs = { varFiles: [] as string[], backendFiles: [] as string[], workspaces: [] as string[] };

Deno.test("propose() has an entry for each workspace, with the files of its name", () => {
  assertEquals(propose({ ...signs, workspaces: ["dev", "prod"], varFiles: ["prod.tfvars", "other.tfvars"] })?.entries, {
    dev: { workspace: "dev" },
    prod: { workspace: "prod", varFiles: ["prod.tfvars"] },
  });
});

Deno.test("propose() pairs files of variables with settings of a backend, however the files are named", () => {
  const pairs: [string, string][] = [
    ["prod.tfvars", "prod.s3.tfbackend"],
    ["prod.tfvars", "backend-prod.hcl"],
    ["prod.tfvars.json", "backends/prod.hcl"],
    ["vars/prod.tfvars", "prod.backend.hcl"],
    ["environments/prod/terraform.tfvars", "environments/prod/backend.hcl"],
  ];
  for (const [vars, backend] of pairs) {
    assertEquals(propose({ ...signs, varFiles: [vars], backendFiles: [backend] })?.entries, {
      prod: { varFiles: [vars], backendConfig: [backend] },
    }, vars);
  }
  const two = propose({ ...signs, varFiles: ["eu-1.tfvars", "us-1.tfvars"], backendFiles: ["eu-1.tfbackend"] });
  assertEquals(Object.keys(two!.entries), ["eu-1"], "one without a backend of its own has no state of its own");
});

Deno.test("propose() says which files belong to none, and that a workspace may be missing", () => {
  const files = { varFiles: ["common.tfvars", "prod.tfvars"], backendFiles: ["prod.tfbackend", "eu.tfbackend"] };
  assertEquals(
    propose({ ...signs, ...files })?.why,
    'it has a file of variables and settings of a backend for each; "common.tfvars", "eu.tfbackend" belong to none of them',
  );
  const why = (...workspaces: string[]) => propose({ ...signs, workspaces })?.why;
  assertEquals(why("dev"), 'it has a workspace for each; "default" is none of them: name it where it holds anything');
  assertEquals(why("default", "dev"), "it has a workspace for each");
});

Deno.test("propose() names an environment for a workspace whose own name none may have", () => {
  assertEquals(propose({ ...signs, workspaces: ["a+b", "a@b", "prod"] })?.entries, {
    "a-b": { workspace: "a+b" },
    "a-b-2": { workspace: "a@b" },
    prod: { workspace: "prod" },
  });
});

Deno.test("readSigns() sees the default workspace beside others where its local state knows anything", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const workspaces = async (state: string) => {
      await Deno.writeTextFile(`${dir}/terraform.tfstate`, state);
      return (await readSigns(dir)).workspaces;
    };
    assertEquals(await workspaces('{"resources":[{"mode":"managed"}]}'), []);
    await Deno.mkdir(`${dir}/terraform.tfstate.d/dev`, { recursive: true });
    assertEquals(await workspaces('{"resources":[{"mode":"managed"}]}'), ["default", "dev"]);
    assertEquals(await workspaces('{"resources": []}'), ["dev"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("propose() suggests nothing where nothing is certain", () => {
  assertEquals(propose(signs), undefined);
  assertEquals(propose({ ...signs, backendFiles: ["backend.hcl"] }), undefined);
  assertEquals(propose({ ...signs, varFiles: ["a.tfvars", "b.tfvars"] })?.entries, {});
  assertEquals(propose({ ...signs, varFiles: ["x.tfvars"] })?.why, 'Terraform does not read "x.tfvars" by itself');
  assertEquals(propose({ ...signs, varFiles: ["secret.tfvars"] })?.entries, { "": { varFiles: ["secret.tfvars"] } });
});

Deno.test("readSigns() sees files of variables, settings of backends and local workspaces, not those of other code", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const files = [
      ...["main.tf", "terraform.tfvars", "x.auto.tfvars", "prod.tfvars", ".terraform.lock.hcl", "terragrunt.hcl"],
      ...["prod.s3.tfbackend", "envs/lab/lab.tfvars", "envs/lab/backend.hcl", "backend/eu.hcl", "modules/vm/main.tf"],
      ...[
        "modules/vm/test.tfvars",
        "a/b/c/deep.tfvars",
        ".terraform/x.tfvars",
        "terraform.tfstate.d/dev/terraform.tfstate",
      ],
    ];
    for (const file of files) {
      await Deno.mkdir(`${dir}/${file}/..`, { recursive: true });
      await Deno.writeTextFile(`${dir}/${file}`, "");
    }
    assertEquals(await readSigns(dir), {
      varFiles: ["envs/lab/lab.tfvars", "prod.tfvars"],
      backendFiles: ["backend/eu.hcl", "envs/lab/backend.hcl", "prod.s3.tfbackend"],
      workspaces: ["dev"],
    });
    assertEquals(await readSigns(`${dir}/nowhere`), signs);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
