import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { whyNotWritable } from "./writable.ts";

Deno.test("whyNotWritable() finds nothing wrong, and leaves no trace, when a file can be made", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.utime(dir, 1000, 1000);
    assertEquals(await whyNotWritable(dir), undefined);
    assertEquals((await Deno.stat(dir)).mtime, new Date(1_000_000));
  } finally {
    await Deno.remove(dir);
  }
});

Deno.test("whyNotWritable() says what is wrong when no file can be made", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "file");
    await Deno.writeTextFile(file, "");
    assertEquals(await whyNotWritable(file), "is not a folder");
    assertEquals(await whyNotWritable(join(dir, "none")), "does not exist");
    assertMatch(await whyNotWritable(join(file, "below")) ?? "", /^cannot be read \(/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
