import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { type LogOptions, openLog } from "./log.ts";

function capture(options: Partial<LogOptions> = {}): { log: ReturnType<typeof openLog>; said: () => string } {
  let text = "";
  const log = openLog({ journal: false, color: false, level: "info", ...options, write: (more) => text += more });
  return { log, said: () => text };
}

Deno.test("openLog() names the level of what needs attention, and the part that speaks", () => {
  const { log, said } = capture({ level: "debug" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.under("telegram").error("d");
  assertEquals(said(), "debug: a\nb\nwarning: c\nerror: telegram: d\n");
});

Deno.test("openLog() says nothing below its level", () => {
  const { log, said } = capture({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.under("part").info("c");
  log.warn("d");
  assertEquals(said(), "warning: d\n");
});

Deno.test("openLog() marks every line with its priority when it writes to the journal", () => {
  const { log, said } = capture({ journal: true, color: true, level: "debug" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.under("prom").error("first\nsecond\r\n<6>third\n");
  assertEquals(said(), "<7>a\n<6>b\n<4>c\n<3>prom: first\n<3>prom: second\n<3>prom: <6>third\n");
});

Deno.test("openLog() writes control characters out, and takes braces and percent signs as they are", () => {
  const { log, said } = capture();
  log.info("a\x1b[31mred\x07\ttab \u202eturned {name} {} %s {{x}} 👩‍💻");
  assertEquals(said(), "a\\u001b[31mred\\u0007\\ttab \\u202eturned {name} {} %s {{x}} 👩‍💻\n");
});

Deno.test("openLog() keeps a message of several lines together when it is read by a person", () => {
  const { log, said } = capture({ color: true });
  log.warn("first\nsecond");
  assertEquals(said(), "\x1b[33mwarning: first\x1b[0m\n\x1b[33m  second\x1b[0m\n");
});

Deno.test("openLog() does not fail when its writer does", () => {
  const log = openLog({
    journal: false,
    color: false,
    level: "info",
    write() {
      throw new Error("EPIPE");
    },
  });
  log.error("nobody hears this");
});

Deno.test("openLog() writes the whole of a long message to stderr when no writer is given", async () => {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    script,
    `import { openLog } from "${import.meta.resolve("./log.ts")}";
     openLog({ journal: false, color: false, level: "info" }).info("x".repeat(300_000));`,
  );
  const config = fileURLToPath(import.meta.resolve("../deno.json"));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--cached-only", "--config", config, script],
  }).output();
  await Deno.remove(script);
  assertEquals([code, stdout.length, stderr.length], [0, 0, 300_001]);
});
