import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { until } from "../../tests/support/until.ts";
import { liveProgress, plainProgress } from "./progress.ts";

Deno.test("liveProgress() draws a line for each environment under way, and erases them all at the end", async () => {
  const written: string[] = [];
  const progress = liveProgress({ write: (text) => void written.push(text), now: () => 1000, columns: 80 }, 1);
  progress.update("prod", { text: "planning" });
  progress.update("lab", { text: "initializing" });
  progress.done("lab", "ok");
  await until(() => written.length > 1);
  progress.close();
  assertEquals(written[0], "\x1b[?25l");
  assertEquals(written[1], "prod: planning (0ms)\n");
  assertEquals(written.at(-1), "\x1b[1A\x1b[2K\n\x1b[1A\x1b[?25h");
});

Deno.test("liveProgress() goes on where the terminal is gone", async () => {
  let tried = 0;
  const write = () => {
    tried++;
    throw new Error("Input/output error (os error 5)");
  };
  const progress = liveProgress({ write, now: () => 1000, columns: 80 }, 1);
  progress.update("prod", { text: "planning" });
  await until(() => tried > 1);
  progress.done("prod", "ok");
  progress.close();
});

Deno.test("liveProgress() writes nothing more once it is closed, be it in the middle of drawing", async () => {
  const written: string[] = [];
  const dir = await Deno.makeTempDir();
  const stream = `${dir}/plan.stdout`;
  await Deno.writeTextFile(stream, '{"type":"refresh_start"}\n'.repeat(200_000));
  const progress = liveProgress({ write: (text) => void written.push(text), now: () => 1000, columns: 80 }, 1);
  progress.update("prod", { text: "planning", refreshing: stream });
  await delay(3);
  progress.close();
  await delay(200);
  assertEquals(written.at(-1)!.endsWith("\x1b[?25h"), true, written.at(-1));
  await Deno.remove(dir, { recursive: true });
});

Deno.test("plainProgress() logs what takes longer than usual; steps and ends of checks are for debugging", () => {
  const logged: string[] = [], debugged: string[] = [];
  const progress = plainProgress((line) => logged.push(line), (line) => debugged.push(line));
  progress.update("prod", { text: "planning against anything" });
  progress.update("prod", { text: "network, trying again in 1 s", isNotable: true });
  progress.done("prod", "ok");
  assertEquals(logged, ["prod: network, trying again in 1 s"]);
  assertEquals(debugged, ["prod: planning against anything", "prod: ok"]);
});
