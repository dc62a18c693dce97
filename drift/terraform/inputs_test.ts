import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { droppedWarning, lookAtVarFile, namesIn, otherWorkspace } from "./inputs.ts";
import { type Obstacle, SessionEnded } from "./obstacle.ts";

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Makes two links that lead to each other; Deno's own call wants to write everywhere. */
async function loop(dir: string): Promise<string> {
  for (const [target, name] of [["b", "a"], ["a", "b"]] as const) {
    const { success } = await new Deno.Command("ln", { args: ["-s", "--", join(dir, target), join(dir, name)] })
      .output();
    assert(success);
  }
  return join(dir, "a");
}

async function obstacle(work: () => Promise<unknown>): Promise<Obstacle> {
  return (await assertRejects(work, SessionEnded)).obstacle;
}

Deno.test("namesIn() lists a folder, and tells one that is none from links in a circle", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(join(dir, "main.tf"), "");
    assertEquals(await namesIn(dir), ["main.tf"]);
    for (const name of ["gone", "main.tf"]) {
      assertEquals((await obstacle(() => namesIn(join(dir, name)))).kind, "folder-missing");
    }
    const circle = await loop(dir);
    const found = await obstacle(() => namesIn(circle));
    assert(found.kind === "folder-unreadable");
    assertEquals(found.code, "ELOOP");
    assertStringIncludes(found.problem, "symbolic links");
  }));

Deno.test("lookAtVarFile() takes a file, and tells what is missing from what cannot be read", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(join(dir, "prod.tfvars"), "");
    await lookAtVarFile(join(dir, "prod.tfvars"));
    for (const path of [join(dir, "gone.tfvars"), dir]) {
      assertEquals((await obstacle(() => lookAtVarFile(path))).kind, "var-file-missing");
    }
    const circle = await loop(dir);
    const found = await obstacle(() => lookAtVarFile(circle));
    assert(found.kind === "var-file-unreadable");
    assertEquals([found.file, found.code], [circle, "ELOOP"]);
  }));

Deno.test("otherWorkspace() gives the one that is selected in the folder where another is checked", () =>
  inFolder(async (dir) => {
    assertEquals(await otherWorkspace({ dir }), undefined);
    await Deno.mkdir(join(dir, ".terraform"));
    await Deno.writeTextFile(join(dir, ".terraform", "environment"), "blue\n");
    assertEquals(await otherWorkspace({ dir }), "blue");
    assertEquals(await otherWorkspace({ dir, workspace: "blue" }), undefined);
    assertEquals(await otherWorkspace({ dir, workspace: "default" }), "blue");
    await Deno.writeTextFile(join(dir, ".terraform", "environment"), "default");
    assertEquals(await otherWorkspace({ dir, workspace: "blue" }), undefined);
    assertEquals(await otherWorkspace({ dir }), undefined);
  }));

Deno.test("droppedWarning() never points to a place where the variable is refused", () => {
  const [summary] = droppedWarning("TF_LOG");
  assertStringIncludes(summary, "TF_LOG of the environment was not passed on: Terraform's log would carry secrets");
});
