import { assert, assertEquals, assertThrows } from "@std/assert";
import { killPrinted, processesOf } from "./processes.ts";
import { run } from "./programs.ts";

Deno.test("processesOf() finds a process by any part of a long command line, as long as it lives", async () => {
  const mark = crypto.randomUUID();
  const args = ["-c", "read line", "x".repeat(300), mark];
  const shell = new Deno.Command("sh", { args, stdin: "piped", env: { COLUMNS: "60" } }).spawn();
  const [found, ...others] = await processesOf(mark);
  assert(found, "it is not found");
  assertEquals([found.pid, found.command, others], [shell.pid, `${found.command.split(" ")[0]} ${args.join(" ")}`, []]);
  assert(found.group > 0);
  await shell.stdin.close();
  await shell.status;
  assertEquals(await processesOf(mark), []);
});

Deno.test("killPrinted() refuses what is no process id", async () => {
  for (const pid of ["", "0", "-1", "NaN", "1 2", undefined]) {
    assertThrows(() => killPrinted(pid, "SIGTERM"), Error, `Cannot send SIGTERM: "${pid}" is no process id`);
  }
  const { stdout } = await run("sh", ["-c", "sleep 60 >&- 2>&- & echo $!"]);
  killPrinted(stdout, "SIGKILL");
});
