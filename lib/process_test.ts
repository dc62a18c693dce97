import { assert, assertEquals } from "@std/assert";
import { type Exit, superviseGroup, type SuperviseOptions } from "./process.ts";
import { killPrinted, processes } from "../tests/support/processes.ts";

/** Milliseconds that no machine is late by; what must not be waited for takes longer. */
const SOON = 30_000;
const PATIENT = { termMs: 2 * SOON, killMs: 2 * SOON };

function shell(script: string): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", { args: ["-c", script], stdin: "null", stdout: "piped", detached: true }).spawn();
}

/** Supervises the child, and does `act` when it has said "ready". */
async function supervise(
  script: string,
  act: (controls: { pid: number; stop: AbortController; kill: AbortController }) => void = () => {},
  options: SuperviseOptions = {},
): Promise<{ exit: Exit; output: string; ms: number; pid: number }> {
  const child = shell(script);
  const stop = new AbortController();
  const kill = new AbortController();
  const ended = superviseGroup(child, stop.signal, { kill: kill.signal, grace: PATIENT, ...options });
  let output = "";
  let since: number | undefined;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk;
    if (since === undefined && output.includes("ready\n")) {
      since = performance.now();
      act({ pid: child.pid, stop, kill });
    }
  }
  const exit = await ended;
  return { exit, output, ms: performance.now() - (since ?? NaN), pid: child.pid };
}

/** What runs in the group. */
async function members(id: number): Promise<string[]> {
  return (await processes()).filter(({ group }) => group === id).map(({ command }) => command);
}

Deno.test("superviseGroup() gives the child's own exit code when it ends by itself", async () => {
  const { exit } = await supervise("exit 3");
  assertEquals(exit, { code: 3, stopped: false });
});

Deno.test("superviseGroup() gives 128 + n and the signal when somebody else killed the child", async () => {
  const killed = await supervise("echo ready; sleep 60", ({ pid }) => Deno.kill(pid, "SIGKILL"));
  assertEquals(killed.exit, { code: 137, signal: "SIGKILL", stopped: false });
  const terminated = await supervise("echo ready; sleep 60", ({ pid }) => Deno.kill(pid, "SIGTERM"));
  assertEquals(terminated.exit, { code: 143, signal: "SIGTERM", stopped: false });
});

Deno.test("superviseGroup() says so when it stopped the child, whatever the exit code", async () => {
  const { exit, ms } = await supervise("trap 'exit 0' TERM; echo ready; sleep 60 & wait", ({ stop }) => stop.abort());
  assertEquals(exit, { code: 0, stopped: true });
  assert(ms < SOON, `took ${ms} ms`);
});

Deno.test("superviseGroup() signals twice, then kills, when the child ignores SIGTERM", async () => {
  const script = `trap 'echo TERM' TERM; exec 2>&-; echo ready; while :; do sleep 0.02; done`;
  const { exit, output, ms } = await supervise(script, ({ stop }) => stop.abort(), {
    grace: { termMs: 800, killMs: 800 },
  });
  assertEquals(exit, { code: 137, signal: "SIGKILL", stopped: true });
  assertEquals(output, "ready\nTERM\nTERM\n");
  assert(ms >= 1599 && ms < SOON, `took ${ms} ms`);
});

Deno.test("superviseGroup() kills at once when the second signal comes", async () => {
  const { exit, ms } = await supervise("trap '' TERM; echo ready; while :; do sleep 0.02; done", ({ stop, kill }) => {
    stop.abort();
    kill.abort();
  });
  assertEquals(exit, { code: 137, signal: "SIGKILL", stopped: true });
  assert(ms < SOON, `took ${ms} ms`);
});

Deno.test("superviseGroup() stops a child that was started too late", async () => {
  const child = shell("sleep 60");
  await child.stdout.cancel();
  assertEquals(await superviseGroup(child, AbortSignal.abort()), { code: 143, signal: "SIGTERM", stopped: true });
});

Deno.test("superviseGroup() leaves no grandchild when it stopped the child", async () => {
  const script = `(trap '' TERM; while :; do sleep 0.02; done) & trap 'exit 1' TERM; echo ready; wait`;
  const { exit, pid, ms } = await supervise(script, ({ stop }) => stop.abort());
  assertEquals(exit, { code: 1, stopped: true });
  assertEquals(await members(pid), []);
  assert(ms < SOON, `took ${ms} ms`);
});

Deno.test("superviseGroup() leaves no grandchild when the child was killed from outside", async () => {
  const { exit, pid, ms } = await supervise(
    "sleep 60 & sleep 0.1; echo ready; wait",
    ({ pid }) => Deno.kill(pid, "SIGKILL"),
  );
  assertEquals(exit.code, 137);
  assertEquals(await members(pid), []);
  assert(ms < SOON, `took ${ms} ms`);
});

Deno.test("superviseGroup() gives a grandchild its time when the child ended by itself", async () => {
  const { output } = await supervise("(sleep 0.1; echo bye) & exit 0", () => {}, { settleMs: SOON });
  assertEquals(output, "bye\n");
});

Deno.test("superviseGroup() leaves no grandchild, and no reader waiting for it, when its time is over", async () => {
  const { exit, pid, ms } = await supervise("sleep 60 & echo ready", () => {}, { settleMs: 100 });
  assertEquals(exit, { code: 0, stopped: false });
  assertEquals(await members(pid), []);
  assert(ms >= 99 && ms < SOON, `took ${ms} ms`);
});

Deno.test("superviseGroup() does not wait for the dead that nobody reaps", async () => {
  // The inner shell's child dies in the group; its parent leaves the group and never asks for it.
  const script = `(true & echo ready; exec setsid sh -c 'echo $$; exec sleep 60 >&-') & sleep 0.1`;
  const { output, ms } = await supervise(script, () => {}, { settleMs: 60_000 });
  killPrinted(output.split("\n")[1], "SIGKILL");
  assert(ms < SOON, `took ${ms} ms`);
});

Deno.test("superviseGroup() returns when the kernel does not end the child", async () => {
  const child = shell("sleep 60");
  await child.stdout.cancel();
  const stuck = { pid: child.pid, status: new Promise<never>(() => {}) };
  const started = performance.now();
  const exit = await superviseGroup(stuck, AbortSignal.abort(), { grace: { termMs: 10, killMs: 10 } });
  assertEquals(exit, { code: 137, signal: "SIGKILL", stopped: true });
  assert(performance.now() - started < SOON);
  await child.status;
});

Deno.test("killAllGroups() leaves no orphan when our own process ends by an uncaught error", async () => {
  const script = `
    import { killAllGroups, superviseGroup } from ${JSON.stringify(import.meta.resolve("./process.ts"))};
    for (const event of ["error", "unhandledrejection", "unload"]) addEventListener(event, killAllGroups);
    const args = ["-c", "trap '' TERM; sleep 60 & while :; do sleep 0.1; done"];
    const child = new Deno.Command("/bin/sh", { args, detached: true }).spawn();
    superviseGroup(child, new AbortController().signal);
    console.log(child.pid);
    setTimeout(() => { throw new Error("uncaught") }, 100);`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, script);
    const ours = new Deno.Command(Deno.execPath(), { args: ["run", "-q", "-A", file], stderr: "null" });
    const { code, stdout } = await ours.output();
    assertEquals(code, 1);
    const pid = Number(new TextDecoder().decode(stdout));
    assert(pid > 1);
    assertEquals(await members(pid), []);
  } finally {
    await Deno.remove(file);
  }
});
