import { assertEquals } from "@std/assert";
import { missingSubmodules } from "./submodules.ts";

Deno.test("missingSubmodules() tells of those below root that are not checked out, and of no other", async () => {
  const repo = await Deno.realPath(await Deno.makeTempDir());
  try {
    const paths = ["envs/prod", "envs/lab", "envs/deep/gone", "modules/vm"];
    await Deno.writeTextFile(
      `${repo}/.gitmodules`,
      paths.map((path) => `[submodule "${path}"]\n\tpath = ${path}\r\n\turl = ssh://git@example.org/x\n`).join(""),
    );
    for (const path of ["envs/prod", "envs/lab", "modules/vm"]) {
      await Deno.mkdir(`${repo}/${path}`, { recursive: true });
    }
    await Deno.writeTextFile(`${repo}/envs/lab/main.tf`, "");
    const found = async (root: string) => (await missingSubmodules(root)).map(({ name, path }) => [name, path]);
    assertEquals(await found(`${repo}/envs`), [["prod", "prod"], ["deep.gone", "deep/gone"]]);
    assertEquals((await found(repo)).map(([name]) => name), ["envs.prod", "envs.deep.gone", "modules.vm"]);
    assertEquals(await found(`${repo}/modules/vm`), [["vm", ""]]);
    await Deno.remove(`${repo}/.gitmodules`);
    assertEquals(await found(repo), []);
    assertEquals(await found(`${repo}/nowhere`), []);
  } finally {
    await Deno.remove(repo, { recursive: true });
  }
});
