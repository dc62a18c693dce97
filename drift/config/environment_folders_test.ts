import { assert, assertEquals, assertRejects } from "@std/assert";
import { environmentFolders } from "./environment_folders.ts";

async function withRoot(run: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function put(root: string, ...files: string[]): Promise<void> {
  for (const file of files) {
    await Deno.mkdir(`${root}/${file.slice(0, file.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${file}`, "");
  }
}

/** Deno's own call wants to write everywhere. */
async function link(target: string, path: string): Promise<void> {
  const { success } = await new Deno.Command("ln", { args: ["-s", "--", target, path] }).output();
  assert(success);
}

Deno.test("environmentFolders() takes each folder that holds code, sorted, and no other", () =>
  withRoot(async (root) => {
    await put(root, "prod/main.tf", "lab/main.tf.json", "tofu/x.tofu", "my env/a.tf", "json/x.tofu.json");
    await put(root, "empty/README.md", ".terraform/main.tf", ".git/main.tf", "swap/.main.tf", "backup/main.tf~");
    await put(root, "deep/prod/main.tf", "/main.tf", "vars/prod.tfvars");
    await Deno.mkdir(`${root}/odd/folder.tf`, { recursive: true });
    assertEquals(await environmentFolders(root), ["json", "lab", "my env", "prod", "tofu"]);
  }));

Deno.test("environmentFolders() follows links, and counts one that leads nowhere: it was an environment", () =>
  withRoot(async (root) => {
    await put(root, "envs/real/main.tf", "elsewhere/main.tf", "empty/x", "file.tf/x");
    await link(`${root}/elsewhere`, `${root}/envs/linked`);
    await link(`${root}/elsewhere/main.tf`, `${root}/envs/file`);
    await link(`${root}/empty`, `${root}/envs/nothing`);
    await link(`${root}/unmounted`, `${root}/envs/gone`);
    await link(`${root}/unmounted`, `${root}/envs/.#lock`);
    assertEquals(await environmentFolders(`${root}/envs`), ["gone", "linked", "real"]);
  }));

Deno.test("environmentFolders() finds none when the folder is missing, and fails when it is no folder", () =>
  withRoot(async (root) => {
    await put(root, "x/file");
    assertEquals(await environmentFolders(`${root}/missing`), []);
    await assertRejects(() => environmentFolders(`${root}/x/file`), Deno.errors.NotADirectory);
  }));

Deno.test({
  name: `environmentFolders() counts a folder that it may not look into${
    Deno.uid() === 0 ? " (skipped: root may look into everything)" : ""
  }`,
  ignore: Deno.uid() === 0,
  fn: () =>
    withRoot(async (root) => {
      await put(root, "closed/main.tf");
      await Deno.chmod(`${root}/closed`, 0o000);
      try {
        assertEquals(await environmentFolders(root), ["closed"]);
      } finally {
        await Deno.chmod(`${root}/closed`, 0o700);
      }
    }),
});
