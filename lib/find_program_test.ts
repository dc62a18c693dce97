import { assertEquals, assertRejects } from "@std/assert";
import { join, relative } from "node:path";
import { findProgram, ProgramMissing } from "./find_program.ts";

/** Runs a test in a folder that has an executable `bin/terraform` and `bin/tofu`. */
async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(dir, "bin"));
    for (const name of ["terraform", "tofu"]) await Deno.writeTextFile(join(dir, "bin", name), "", { mode: 0o755 });
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("findProgram() finds the first executable file of the name", async () => {
  await inFolder(async (dir) => {
    await Deno.mkdir(join(dir, "folder", "terraform"), { recursive: true });
    await Deno.mkdir(join(dir, "plain"));
    await Deno.writeTextFile(join(dir, "plain", "terraform"), "", { mode: 0o644 });
    const path = ["", ".", join(dir, "folder"), join(dir, "plain"), join(dir, "bin")].join(":");
    assertEquals(await findProgram("terraform", path), join(dir, "bin", "terraform"));
    assertEquals(await findProgram(join(dir, "bin", "tofu"), undefined), join(dir, "bin", "tofu"));
    const dependent = relative(Deno.cwd(), join(dir, "bin"));
    await assertRejects(() => findProgram("terraform", dependent), ProgramMissing, dependent);
  });
});

Deno.test("findProgram() says what it looked for, and where", async () => {
  await inFolder(async (dir) => {
    await Deno.writeTextFile(join(dir, "plain"), "", { mode: 0o644 });
    for (
      const [bin, path, message] of [
        ["terraform", "/nowhere:/else", `Cannot find "terraform": no executable of this name in PATH "/nowhere:/else"`],
        ["terraform", undefined, `Cannot find "terraform": PATH is not set`],
        ["./terraform", dir, `Cannot run "./terraform": give a name or an absolute path`],
        [join(dir, "plain"), dir, `Cannot run "${join(dir, "plain")}": it is not executable`],
        [join(dir, "bin"), dir, `Cannot run "${join(dir, "bin")}": it is not a file`],
        [join(dir, "none"), dir, `Cannot run "${join(dir, "none")}": No such file or directory`],
      ] as const
    ) await assertRejects(() => findProgram(bin, path), ProgramMissing, message);
  });
});
