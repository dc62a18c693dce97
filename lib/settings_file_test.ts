import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { writeSettings } from "./settings_file.ts";

const NOW = Date.UTC(2026, 10, 30, 17, 45, 1, 5);

async function inFolder(test: (dir: string, file: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir, join(dir, "x.json"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const names = async (dir: string) => (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
const modeOf = async (path: string) => (await Deno.lstat(path)).mode! & 0o777;

Deno.test("writeSettings() writes a new file with its mode, whatever the umask", () =>
  inFolder(async (dir, file) => {
    const umask = Deno.umask(0o077);
    try {
      assertEquals(await writeSettings(file, "one", { mode: 0o644, now: NOW }), { fate: "new" });
    } finally {
      Deno.umask(umask);
    }
    assertEquals([await Deno.readTextFile(file), await modeOf(file), await names(dir)], ["one", 0o644, ["x.json"]]);
  }));

Deno.test("writeSettings() keeps what was there beside it, and leaves a file with the same text alone", () =>
  inFolder(async (dir, file) => {
    await Deno.writeTextFile(file, "one");
    await Deno.chmod(file, 0o640);
    const backup = `${file}.2026-11-30T17-45-01.bak`;
    assertEquals(await writeSettings(file, "two", { mode: 0o644, now: NOW }), { fate: "changed", backup });
    assertEquals([await Deno.readTextFile(file), await modeOf(file)], ["two", 0o640]);
    assertEquals([await Deno.readTextFile(backup), await modeOf(backup)], ["one", 0o640]);
    const before = (await Deno.stat(file)).ino;
    assertEquals(await writeSettings(file, "two", { mode: 0o644, now: NOW + 5000 }), { fate: "same" });
    assertEquals([(await Deno.stat(file)).ino, (await names(dir)).length], [before, 2]);
  }));

Deno.test("writeSettings() takes from a secret the rights that others have, also where the text is the same", () =>
  inFolder(async (_dir, file) => {
    await Deno.writeTextFile(file, "one");
    await Deno.chmod(file, 0o644);
    await writeSettings(file, "one", { mode: 0o600, now: NOW });
    assertEquals(await modeOf(file), 0o600);
  }));

Deno.test("writeSettings() writes neither through a link nor over anything else that is no file", () =>
  inFolder(async (dir, file) => {
    const target = join(dir, "target");
    await Deno.writeTextFile(target, "whole");
    await new Deno.Command("ln", { args: ["-s", target, file] }).output();
    const write = () => writeSettings(file, "two", { mode: 0o600, now: NOW });
    await assertRejects(write, Error, `Cannot write "${file}": it is a link to "${target}"`);
    assertEquals([await Deno.readTextFile(target), await names(dir)], ["whole", ["target", "x.json"]]);
    await Deno.remove(file);
    await Deno.mkdir(file);
    await assertRejects(write, Error, "no regular file");
    await assertRejects(() => writeSettings(join(dir, "none/x"), "", { mode: 0o600, now: NOW }), Error, "Cannot write");
  }));
