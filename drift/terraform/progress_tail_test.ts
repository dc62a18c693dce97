import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { refreshedSoFar } from "./progress_tail.ts";

const STREAM = new URL("../../tests/fixtures/streams/clean.terraform-1.11.4.jsonl", import.meta.url);

async function within(use: (file: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await use(join(dir, "plan.stdout"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("refreshedSoFar() counts on while the file grows, wherever a read ends", async () => {
  await within(async (file) => {
    const bytes = await Deno.readFile(STREAM);
    const refreshed = refreshedSoFar(file);
    assertEquals(await refreshed(), 0);
    let last = 0;
    for (let start = 0; start < bytes.length; start += 61) {
      await Deno.writeFile(file, bytes.subarray(start, start + 61), { append: true });
      const now = await refreshed();
      const expected =
        new TextDecoder().decode(bytes.subarray(0, start + 61)).split(`"type":"refresh_complete"`).length - 1;
      assertEquals(now, expected);
      last = now;
    }
    assertEquals(last, 7);
    assertEquals(await refreshed(), 7);
  });
});

Deno.test("refreshedSoFar() counts an object once when a read ends just behind its mark", async () => {
  await within(async (file) => {
    const refreshed = refreshedSoFar(file);
    const parts = (await Deno.readTextFile(STREAM)).split(/(?<="refresh_complete")/);
    for (const [i, part] of parts.entries()) {
      await Deno.writeTextFile(file, part, { append: true });
      assertEquals(await refreshed(), Math.min(i + 1, 7));
    }
  });
});

Deno.test("refreshedSoFar() reads a file that is longer than one read", async () => {
  await within(async (file) => {
    await Deno.writeTextFile(file, (await Deno.readTextFile(STREAM)).repeat(50));
    assertEquals(await refreshedSoFar(file)(), 350);
  });
});

Deno.test("refreshedSoFar() begins anew when another run replaced the file", async () => {
  await within(async (file) => {
    const text = await Deno.readTextFile(STREAM);
    await Deno.writeTextFile(file, text + text);
    const refreshed = refreshedSoFar(file);
    assertEquals(await refreshed(), 14);
    await Deno.rename(file, `${file}.old`);
    assertEquals(await refreshed(), 14);
    await Deno.writeTextFile(file, text);
    assertEquals(await refreshed(), 7);
  });
});
