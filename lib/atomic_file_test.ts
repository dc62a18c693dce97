import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { sweepTemps, writeFileAtomic } from "./atomic_file.ts";

async function within(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function names(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
}

Deno.test("writeFileAtomic() writes text and bytes with the asked mode, whatever the umask", async () => {
  await within(async (dir) => {
    const umask = Deno.umask();
    try {
      for (const hostile of [0o000, 0o077, 0o777]) {
        Deno.umask(hostile);
        for (const mode of [0o644, 0o600]) {
          await writeFileAtomic(join(dir, "a.prom"), "text\n", { mode });
          assertEquals((await Deno.stat(join(dir, "a.prom"))).mode! & 0o7777, mode);
        }
      }
    } finally {
      Deno.umask(umask);
    }
    assertEquals(await Deno.readTextFile(join(dir, "a.prom")), "text\n");
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    await writeFileAtomic(join(dir, "a.prom"), bytes, { mode: 0o600 });
    assertEquals(await Deno.readFile(join(dir, "a.prom")), bytes);
    assertEquals(names(dir), ["a.prom"]);
  });
});

Deno.test("writeFileAtomic() shows a reader the old or the new file, and no temporary one of the same suffix", async () => {
  await within(async (dir) => {
    const file = join(dir, "a.prom");
    const texts = ["a".repeat(500_000), "b".repeat(500_000)];
    await writeFileAtomic(file, texts[0]!, { mode: 0o644 });
    let writing = true;
    const seen = new Set<string>();
    const reading = (async () => {
      while (writing) {
        assert(texts.includes(await Deno.readTextFile(file)));
        for (const name of names(dir)) seen.add(name === "a.prom" ? name : name.replace(/[0-9a-f-]{36}/, "ID"));
      }
    })();
    for (let i = 0; i < 20; i++) await writeFileAtomic(file, texts[i % 2]!, { mode: 0o644 });
    writing = false;
    await reading;
    assertEquals([...seen].sort(), [".a.prom.ID.tmp", "a.prom"]);
  });
});

Deno.test("writeFileAtomic() replaces a symbolic link and leaves what it points to", async () => {
  await within(async (dir) => {
    await Deno.writeTextFile(join(dir, "victim"), "old");
    await new Deno.Command("ln", { args: ["-s", "victim", join(dir, "link")] }).output();
    await writeFileAtomic(join(dir, "link"), "new", { mode: 0o644 });
    assertEquals(await Deno.readTextFile(join(dir, "victim")), "old");
    assertEquals((await Deno.lstat(join(dir, "link"))).isFile, true);
  });
});

Deno.test("writeFileAtomic() throws, names the file and leaves nothing when it cannot write", async () => {
  await within(async (dir) => {
    const missing = join(dir, "missing", "a");
    const error = await assertRejects(() => writeFileAtomic(missing, "x", { mode: 0o644 }), Error, missing);
    assert(error.cause instanceof Deno.errors.NotFound);
    await Deno.mkdir(join(dir, "folder", "full"), { recursive: true });
    await assertRejects(() => writeFileAtomic(join(dir, "folder"), "x", { mode: 0o644 }), Error, "Cannot write");
    assertEquals(names(dir), ["folder"]);
  });
});

Deno.test("sweepTemps() removes only old temporary files of the named one", async () => {
  await within(async (dir) => {
    const id = crypto.randomUUID();
    const old = [
      `.a.prom.${id}.tmp`,
      `.b.prom.${id}.tmp`,
      ".a.prom.swp",
      ".a.prom.tmp",
      `.a.prom.${id}.tmp.x`,
      "a.prom",
    ];
    const young = `.a.prom.${crypto.randomUUID()}.tmp`;
    for (const name of [...old, young]) await Deno.writeTextFile(join(dir, name), "");
    for (const name of old) await Deno.utime(join(dir, name), new Date(), new Date(Date.now() - 7_200_000));
    await sweepTemps(dir, "a.prom");
    assertEquals(names(dir), [...old.slice(1), young].sort());
    await sweepTemps(join(dir, "missing"), "a.prom");
  });
});
