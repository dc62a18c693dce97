import { assert, assertEquals, assertRejects } from "@std/assert";
import { scanFolders } from "./folder_scan.ts";

async function withRoot(run: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function put(root: string, files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await Deno.mkdir(`${root}/${file}/..`, { recursive: true });
    await Deno.writeTextFile(`${root}/${file}`, text);
  }
}

/** Deno's own call wants to write everywhere. */
async function link(target: string, path: string): Promise<void> {
  const { success } = await new Deno.Command("ln", { args: ["-s", "--", target, path] }).output();
  assert(success);
}

const paths = async (root: string) => (await scanFolders(root)).map(({ path }) => path);

Deno.test("scanFolders() finds code of each kind at any depth, and not in the folders of tools", () =>
  withRoot(async (root) => {
    for (const file of ["a/x.tf", "b/x.tf.json", "c/x.tofu", "d/e/f/x.tofu.json", "x.tf", ".h/x.tf"]) {
      await put(root, { [file]: "" });
    }
    for (const tool of [".terraform", ".git", ".terragrunt-cache", "node_modules"]) {
      await put(root, { [`${tool}/x/a.tf`]: "", [`a/${tool}/a.tf`]: "" });
    }
    await put(root, { "no/README.md": "", "swap/.main.tf": "", "old/main.tf~": "", "vars/prod.tfvars": "" });
    await Deno.mkdir(`${root}/odd/folder.tf`, { recursive: true });
    assertEquals(await paths(root), ["", ".h", "a", "b", "c", "d/e/f"]);
  }));

Deno.test("scanFolders() says what lies in a folder", () =>
  withRoot(async (root) => {
    await put(root, {
      "a/main.tf": 'terraform {\n  backend "s3" {}\n}\nmodule "m" { source = "../m" }\nmodule "n" { source = "./n" }',
      "a/more.tofu": 'provider "proxmox" {}',
      "a/.terraform.lock.hcl": "",
      "m/main.tf": "",
      "b/terraform.tfstate.d/x/terraform.tfstate": "",
      "b/main.tf": "",
      "live/terragrunt.hcl": "",
      "live/json/terragrunt.hcl.json": "{}",
      "live/stack/terragrunt.stack.hcl": "",
      "stacks/vms/vms.tfcomponent.hcl": "",
      "stacks/old/old.tfstack.hcl": "",
      "c/site.tfstate": "",
      "c/main.tf": "",
    });
    const real = await Deno.realPath(root);
    const nothing = {
      hasTerraform: true,
      hasTofu: false,
      hasTerragrunt: false,
      hasStack: false,
      hasLockFile: false,
      hasState: false,
      rootBlocks: [],
      calls: [],
    };
    assertEquals(await scanFolders(root), [
      {
        ...nothing,
        path: "a",
        real: `${real}/a`,
        hasTofu: true,
        hasLockFile: true,
        rootBlocks: ["backend", "provider"],
        calls: [`${real}/m`, `${real}/a/n`],
      },
      { ...nothing, path: "b", real: `${real}/b`, hasState: true },
      { ...nothing, path: "c", real: `${real}/c`, hasState: true },
      ...["live", "live/json", "live/stack"].map((path) => (
        { ...nothing, path, real: `${real}/${path}`, hasTerraform: false, hasTerragrunt: true }
      )),
      { ...nothing, path: "m", real: `${real}/m` },
      ...["stacks/old", "stacks/vms"].map((path) => (
        { ...nothing, path, real: `${real}/${path}`, hasTerraform: false, hasStack: true }
      )),
    ]);
  }));

Deno.test("scanFolders() counts each real folder once, and follows no link to a folder above", () =>
  withRoot(async (root) => {
    await put(root, { "envs/prod/main.tf": "", "elsewhere/vm/main.tf": "", "file.tf": "" });
    await link(`${root}/envs/prod`, `${root}/envs/current`);
    await link(`${root}/envs`, `${root}/envs/prod/loop`);
    await link(root, `${root}/envs/prod/above`);
    await link("self", `${root}/envs/prod/self`);
    await link(`${root}/elsewhere`, `${root}/envs/linked`);
    await link(`${root}/elsewhere/vm`, `${root}/envs/again`);
    assertEquals(await paths(`${root}/envs`), ["again", "prod"]);
    await Deno.remove(`${root}/envs/again`);
    assertEquals(await paths(`${root}/envs`), ["linked/vm", "prod"]);
  }));

Deno.test("scanFolders() resolves a module's source from the real folder, links resolved", () =>
  withRoot(async (root) => {
    await put(root, { "srv/prod/main.tf": 'module "a" { source = "../vm" }', "srv/vm/x.tf": "", "envs/x": "" });
    await link(`${root}/srv/prod`, `${root}/envs/prod`);
    await link(`${root}/srv/vm`, `${root}/envs/vm`);
    const [prod, vm] = await scanFolders(`${root}/envs`);
    assertEquals(prod!.calls, [vm!.real]);
  }));

Deno.test("scanFolders() tells of a link that leads nowhere straight below root or in place of code, and of no other", () =>
  withRoot(async (root) => {
    await put(root, { "a/main.tf": "", "empty/x": "" });
    await link(`${root}/unmounted`, `${root}/gone`);
    await link(`${root}/unmounted`, `${root}/a/gone`);
    await link("user@host.1:2", `${root}/a/.#lock`);
    await link(`${root}/a/main.tf`, `${root}/file`);
    await link(`${root}/unmounted.tf`, `${root}/empty/main.tf`);
    assertEquals((await scanFolders(root)).map(({ path, problem }) => [path, problem]), [
      ["a", undefined],
      ["empty", '"main.tf" is a link that leads nowhere'],
      ["gone", "the link leads nowhere"],
    ]);
  }));

Deno.test("scanFolders() tells of code that is not in UTF-8", () =>
  withRoot(async (root) => {
    await put(root, { "a/main.tf": "\uFEFFp\0r\0o\0v\0i\0d\0e\0r\0" });
    assertEquals((await scanFolders(root))[0]!.problem, '"main.tf" is no text in UTF-8');
  }));

Deno.test("scanFolders() finds none where root is missing, and fails where it is no folder", () =>
  withRoot(async (root) => {
    await put(root, { "x/file": "" });
    assertEquals(await scanFolders(`${root}/missing`), []);
    await assertRejects(() => scanFolders(`${root}/x/file`), Deno.errors.NotADirectory);
  }));

Deno.test({
  name: `scanFolders() tells of folders and code that it may not read${
    Deno.uid() === 0 ? " (skipped: root may read everything)" : ""
  }`,
  ignore: Deno.uid() === 0,
  fn: () =>
    withRoot(async (root) => {
      await put(root, { "closed/main.tf": "", "a/b/closed/main.tf": "", "a/c/main.tf": "" });
      const closed = [`${root}/closed`, `${root}/a/b/closed`, `${root}/a/c/main.tf`];
      for (const path of closed) await Deno.chmod(path, 0o000);
      try {
        const found = await scanFolders(root);
        assertEquals(found.map(({ path }) => path), ["a/b/closed", "a/c", "closed"]);
        assert(found.every(({ problem }) => problem !== undefined));
      } finally {
        for (const path of closed) await Deno.chmod(path, 0o700);
      }
    }),
});
