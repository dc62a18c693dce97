import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeNewFile } from "./new_file.ts";

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("writeNewFile() writes a file with the folders above it, and its mode whatever the umask", () =>
  inFolder(async (dir) => {
    const umask = Deno.umask(0o077);
    try {
      await writeNewFile(`${dir}/a/b/file`, "text", 0o644);
    } finally {
      Deno.umask(umask);
    }
    assertEquals(await Deno.readTextFile(`${dir}/a/b/file`), "text");
    assertEquals((await Deno.stat(`${dir}/a/b/file`)).mode! & 0o7777, 0o644);
  }));

Deno.test("writeNewFile() overwrites nothing, and follows no link", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/there`, "old");
    for (const [target, name] of [["there", "link"], ["nowhere", "dangling"]]) {
      const { success } = await new Deno.Command("ln", { args: ["-s", target!, `${dir}/${name}`] }).output();
      assert(success);
    }
    for (const name of ["there", "link", "dangling"]) {
      await assertRejects(() => writeNewFile(`${dir}/${name}`, "new", 0o600), Error, `Cannot write "${dir}/${name}"`);
    }
    assertEquals(await Deno.readTextFile(`${dir}/there`), "old");
    assertEquals((await Array.fromAsync(Deno.readDir(dir))).length, 3);
  }));
