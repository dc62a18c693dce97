import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { killPrinted } from "../tests/support/processes.ts";
import { acquireRunLock, type Holder, RunLockHeld } from "./run_lock.ts";

const US: Holder = { pid: 7, host: "pve1", startedAt: "2026-01-02T03:04:05Z", what: "pve-drift --all" };

async function within(use: (file: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await use(join(dir, "run.lock"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("acquireRunLock() says who holds the lock, in the file and in the error", async () => {
  await within(async (file) => {
    const lock = await acquireRunLock(file, { waitMs: 0, holder: US });
    assertEquals(JSON.parse(await Deno.readTextFile(file)), US);
    assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
    const message =
      `Cannot lock "${file}": process 7 on "pve1", since 2026-01-02T03:04:05Z (pve-drift --all), holds it`;
    const error = await assertRejects(() => acquireRunLock(file, { waitMs: 0, holder: US }), RunLockHeld, message);
    assertEquals(error.holder, US);
    lock.release();
    assertEquals(await Deno.readTextFile(file), "");
    (await acquireRunLock(file, { waitMs: 0, holder: US })).release();
  });
});

Deno.test("acquireRunLock() waits for the holder, and says so once", async () => {
  await within(async (file) => {
    const first = await acquireRunLock(file, { waitMs: 0, holder: US });
    const told: (Holder | undefined)[] = [];
    const waiting = acquireRunLock(file, {
      waitMs: 60_000,
      holder: { ...US, pid: 8 },
      onWait: (holder) => told.push(holder),
    });
    setTimeout(() => first.release(), 200);
    const second = await waiting;
    assertEquals(told, [US]);
    assertEquals(JSON.parse(await Deno.readTextFile(file)).pid, 8);
    second.release();
  });
});

Deno.test("acquireRunLock() gives up when the wait is over", async () => {
  await within(async (file) => {
    const lock = await acquireRunLock(file, { waitMs: 0, holder: US });
    const started = performance.now();
    await assertRejects(() => acquireRunLock(file, { waitMs: 120, holder: US }), RunLockHeld);
    const ms = performance.now() - started;
    assert(ms >= 119, `took ${ms} ms`);
    lock.release();
  });
});

Deno.test("acquireRunLock() stops waiting when it is told to", async () => {
  await within(async (file) => {
    const lock = await acquireRunLock(file, { waitMs: 0, holder: US });
    const reason = new Error("interrupted");
    const options = { waitMs: 60_000, holder: US };
    const signal = AbortSignal.abort(reason);
    assertEquals(await assertRejects(() => acquireRunLock(file, { ...options, signal })), reason);
    const control = new AbortController();
    setTimeout(() => control.abort(reason), 50);
    assertEquals(
      await assertRejects(() => acquireRunLock(file, { ...options, signal: control.signal })),
      reason,
    );
    lock.release();
  });
});

Deno.test("acquireRunLock() does not mind what stands in the file", async () => {
  await within(async (file) => {
    for (const text of ["", "{", "[]", "null", `{"pid":"x"}`, "\0".repeat(100), `{"pid":1}`.repeat(1000)]) {
      await Deno.writeTextFile(file, text);
      const lock = await acquireRunLock(file, { waitMs: 0, holder: US });
      assertEquals(JSON.parse(await Deno.readTextFile(file)), US);
      await Deno.writeTextFile(file, text);
      const told: unknown[] = [];
      const onWait = (holder: unknown) => told.push(holder);
      const error = await assertRejects(
        () => acquireRunLock(file, { waitMs: 50, holder: US, onWait }),
        RunLockHeld,
        "another run holds it",
      );
      assertEquals([error.holder, told], [undefined, [undefined]]);
      lock.release();
    }
  });
});

Deno.test("acquireRunLock() leaves no stale lock when the holder is killed, even if its child lives on", async () => {
  await within(async (file) => {
    const script = `
      import { acquireRunLock } from ${JSON.stringify(import.meta.resolve("./run_lock.ts"))};
      await acquireRunLock(${JSON.stringify(file)}, { waitMs: 0, holder: ${JSON.stringify(US)} });
      const io = { stdin: "null", stdout: "null", stderr: "null" };
      const child = new Deno.Command("/bin/sleep", { args: ["60"], detached: true, ...io }).spawn();
      console.log(child.pid);
      await child.status;`;
    await Deno.writeTextFile(`${file}.ts`, script);
    const config = new URL("../deno.json", import.meta.url).pathname;
    const args = ["run", "-q", "-A", "--config", config, `${file}.ts`];
    const holder = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    const reader = holder.stdout.getReader();
    const child = new TextDecoder().decode((await reader.read()).value);
    await assertRejects(() => acquireRunLock(file, { waitMs: 0, holder: US }), RunLockHeld);
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    (await acquireRunLock(file, { waitMs: 0, holder: US })).release();
    killPrinted(child, "SIGKILL"); // throws if it had not lived on
  });
});

Deno.test("acquireRunLock() throws and names the file when it cannot be opened", async () => {
  await within(async (file) => {
    const options = { waitMs: 0, holder: US };
    await assertRejects(() => acquireRunLock(join(file, "x"), options), Error, `Cannot open lock file "${file}/x"`);
    await Deno.mkdir(file);
    await assertRejects(() => acquireRunLock(file, options), Error, `"${file}": it is not a regular file`);
    await new Deno.Command("ln", { args: ["-s", "/etc/passwd", `${file}.link`] }).output();
    await assertRejects(() => acquireRunLock(`${file}.link`, options), Error, "it is not a regular file");
  });
});
