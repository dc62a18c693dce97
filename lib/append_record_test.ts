import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { appendRecord } from "./append_record.ts";

const OPTIONS = { mode: 0o640, signal: new AbortController().signal };

/** Deno's own would need the right to write anywhere. */
async function symlink(target: string, path: string): Promise<void> {
  await new Deno.Command("ln", { args: ["-s", target, path] }).output();
}

async function inFolder(test: (file: string, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(join(dir, "record.log"), dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("appendRecord() makes the file with its mode and appends to it", () =>
  inFolder(async (file) => {
    await appendRecord(file, "one\n", OPTIONS);
    await appendRecord(file, "two\n", OPTIONS);
    assertEquals(await Deno.readTextFile(file), "one\ntwo\n");
    assertEquals((await Deno.stat(file)).mode! & 0o7777, 0o640);
  }));

Deno.test("appendRecord() restores the mode when the file has another", () =>
  inFolder(async (file) => {
    await Deno.writeTextFile(file, "");
    await Deno.chmod(file, 0o600);
    await appendRecord(file, "one\n", OPTIONS);
    assertEquals((await Deno.stat(file)).mode! & 0o7777, 0o640);
  }));

Deno.test("appendRecord() closes a tail without newline when a writer was cut off", () =>
  inFolder(async (file) => {
    await Deno.writeTextFile(file, "whole\nhal");
    await appendRecord(file, "next\n", OPTIONS);
    assertEquals(await Deno.readTextFile(file), "whole\nhal\n(cut off)\nnext\n");
  }));

Deno.test("appendRecord() keeps records whole when many write at once", () =>
  inFolder(async (file) => {
    const record = (at: number) => `${at}`.padEnd(200_000, String.fromCharCode(97 + at)) + "\n";
    await Promise.all(Array.from({ length: 20 }, (_, at) => appendRecord(file, record(at), OPTIONS)));
    const lines = (await Deno.readTextFile(file)).split("\n");
    assertEquals(lines.pop(), "");
    assertEquals(lines.map((line) => `${line}\n`).sort(), Array.from({ length: 20 }, (_, at) => record(at)).sort());
  }));

Deno.test("appendRecord() waits for another writer's lock, and gives up when its signal fires", () =>
  inFolder(async (file) => {
    await Deno.writeTextFile(file, "");
    const other = await Deno.open(file, { read: true });
    await other.lock(true);
    const waiting = appendRecord(file, "patient\n", OPTIONS);
    const stop = AbortSignal.abort();
    await assertRejects(
      () => appendRecord(file, "x\n", { ...OPTIONS, signal: stop }),
      Error,
      "another process holds its lock",
    );
    assertEquals(await Deno.readTextFile(file), "");
    other.close();
    await waiting;
    assertEquals(await Deno.readTextFile(file), "patient\n");
  }));

Deno.test("appendRecord() does not follow a symbolic link", () =>
  inFolder(async (file, dir) => {
    const target = join(dir, "target");
    await Deno.writeTextFile(target, "precious\n");
    for (const to of [target, join(dir, "missing")]) {
      await symlink(to, file);
      await assertRejects(
        () => appendRecord(file, "x\n", OPTIONS),
        Error,
        `Cannot write "${file}": it is a symbolic link`,
      );
      await Deno.remove(file);
    }
    assertEquals(await Deno.readTextFile(target), "precious\n");
    assertEquals(await Array.fromAsync(Deno.readDir(dir), ({ name }) => name), ["target"]);
  }));

Deno.test("appendRecord() refuses what is no regular file, without hanging on a FIFO", () =>
  inFolder(async (file, dir) => {
    await Deno.mkdir(file);
    await assertRejects(() => appendRecord(file, "x\n", OPTIONS), Error, "it is a folder");
    await Deno.remove(file);
    await new Deno.Command("mkfifo", { args: [file] }).output();
    await assertRejects(() => appendRecord(file, "x\n", OPTIONS), Error, "it is not a regular file");
    const missing = join(dir, "no", "file.log");
    const error = await assertRejects(() => appendRecord(missing, "x\n", OPTIONS));
    assertStringIncludes(error.message, `its folder does not exist: create it (mkdir -p "${join(dir, "no")}")`);
    assert(error.cause instanceof Error);
  }));
