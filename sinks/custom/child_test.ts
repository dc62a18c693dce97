import { assert, assertEquals, assertMatch } from "@std/assert";
import { cleanEnv, endingText, OUTPUT_CAP, startChild } from "./child.ts";
import { killPrinted, processes } from "../../tests/support/processes.ts";

const env = { PATH: "/usr/bin:/bin" };

/** Milliseconds that no machine is late by; far less than what a child here would take by itself. */
const LONG = 60_000;

/** Runs a script of the shell's with an input, and gives what came of it. */
async function shell(script: string, input = "", side = false) {
  let answers = "";
  const began = performance.now();
  const child = startChild("/bin/sh", ["-c", script], {
    cwd: "/",
    env,
    ...(side && { onAnswer: (chunk: Uint8Array) => void (answers += new TextDecoder().decode(chunk)) }),
  });
  child.send(input).then(() => child.endSending());
  const { code, signal } = await child.ended;
  const ms = performance.now() - began;
  return { code, signal, stdout: child.stdout(), stderr: child.stderr(), answers, ms };
}

Deno.test("startChild() hands the input over and captures both outputs", async () => {
  const { code, stdout, stderr } = await shell("cat; echo complaint >&2; exit 3", "hello");
  assertEquals([code, stdout, stderr], [3, "hello", "complaint\n"]);
});

Deno.test("startChild() keeps standard input and outputs out of the answers when there is a side channel", async () => {
  const { stdout, stderr, answers } = await shell("cat <&4 >&3; echo printed; cat; echo complaint >&2", "hello", true);
  assertEquals([stdout, stderr, answers], ["", "printed\ncomplaint\n", "hello"]);
});

Deno.test("startChild() takes it when the child does not read its input, or closes it", async () => {
  const input = "x".repeat(2_000_000);
  assertEquals((await shell("exit 0", input)).code, 0);
  assertEquals((await shell("exec <&-; sleep 0.1", input)).code, 0);
});

Deno.test("startChild() keeps the end of an output and drops the rest", async () => {
  const { stdout, stderr } = await shell("head -c 20000000 /dev/zero; echo end; head -c 20000000 /dev/zero >&2");
  assertEquals([stdout.length, stderr.length, stdout.slice(-5)], [OUTPUT_CAP, OUTPUT_CAP, "\0end\n"]);
});

Deno.test("startChild() kills what a child leaves behind, and does not wait for what left its group", async () => {
  const left = await shell("sleep 86398 & echo $!");
  assertEquals(left.code, 0);
  assert(left.ms < LONG, `took ${left.ms} ms`);
  assertEquals(await isRunning(left.stdout.trim()), false);
  const gone = await shell("setsid sleep 86398 & echo $!", "x".repeat(1_000_000));
  assert(gone.ms < LONG, `took ${gone.ms} ms`);
  killPrinted(gone.stdout, "SIGKILL"); // throws if it were not there
});

Deno.test("startChild() gives the child no environment, no core file, and limits on memory and processor time", async () => {
  const { stdout } = await shell("env | cut -d = -f 1 | grep -v PWD; ulimit -c; ulimit -d; ulimit -t");
  assertMatch(stdout, /^PATH\n0\n\d{7}\n900\n$/);
});

Deno.test("startChild() ends a child that ignores SIGTERM when it is stopped", async () => {
  const child = startChild("/bin/sh", ["-c", "trap '' TERM; echo x; while :; do sleep 0.05; done"], { cwd: "/", env });
  while (child.stdout() === "") await new Promise((resolve) => setTimeout(resolve, 10));
  child.stop();
  assertEquals(await child.ended, { code: 137, signal: "SIGKILL", stopped: true });
});

Deno.test("startChild() reports a program that cannot be started as the shell does", async () => {
  const child = startChild("/nowhere/program", [], { cwd: "/", env });
  const { code } = await child.ended;
  assertEquals(code, 127);
  assertMatch(child.stderr(), /\/nowhere\/program: not found/);
});

Deno.test("cleanEnv() gives PATH, HOME, LANG and what was named, as far as it is set", () => {
  const own = { PATH: "/bin", LANG: "C", TOPIC: "t", SECRET: "s", EMPTY: "" };
  assertEquals(cleanEnv(own, ["TOPIC", "MISSING", "EMPTY"]), { PATH: "/bin", LANG: "C", TOPIC: "t", EMPTY: "" });
});

Deno.test("endingText() tells how a child ended and the last thing it said", () => {
  assertEquals(endingText({ code: 3, stopped: false }, "first\nlast \n\n"), "exit code 3: last");
  assertEquals(endingText({ code: 0, stopped: false }, ""), "exit code 0");
  assertEquals(endingText({ code: 137, signal: "SIGKILL", stopped: false }, ""), "killed by SIGKILL");
  const v8 = "\n# Fatal JavaScript out of memory: Reached heap limit\n#\n==== C stack trace\n";
  assertEquals(
    endingText({ code: 133, signal: "SIGTRAP", stopped: false }, v8),
    "out of the memory that a sink may have",
  );
});

async function isRunning(pid: string): Promise<boolean> {
  assertMatch(pid, /^\d+$/);
  return (await processes()).some((one) => one.pid === Number(pid));
}
