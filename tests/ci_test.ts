import { assertEquals, assertStringIncludes } from "@std/assert";

/** Runs the real .ci/run over a project whose `deno task` is a stand-in: per task what it prints and how it ends. */
async function ci(tasks: Record<string, { prints?: string; code?: number }>, install = 0) {
  const dir = await Deno.makeTempDir({ prefix: "ci_test_" });
  try {
    await Deno.mkdir(`${dir}/.ci`);
    await Deno.mkdir(`${dir}/tests/lab`, { recursive: true });
    await Deno.mkdir(`${dir}/bin`);
    const cases = Object.entries(tasks).map(([task, { prints, code }]) =>
      `${task}) printf '%b\\n' '${prints ?? ""}'; exit ${code ?? 0} ;;`
    );
    const files = {
      ".ci/run": await Deno.readTextFile(new URL("../.ci/run", import.meta.url)),
      "tests/lab/install": `#!/bin/sh\nexit ${install}\n`,
      "bin/npx": `#!/bin/sh\ncase "$4" in ${cases.join(" ")} esac\n`,
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text, { mode: 0o755 });
    const { code, stdout } = await new Deno.Command("bash", {
      args: [".ci/run"],
      cwd: dir,
      env: { PATH: `${dir}/bin:${Deno.env.get("PATH")}` },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    return { code, text, last: text.trimEnd().split("\n").at(-1) };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const ok = { prints: "ok | 40 passed (3 steps) | 0 failed (1s)" };
const real = { prints: "ok | 2 passed | 0 failed (1s)" };

Deno.test(".ci/run ends with the sum of both test runs and code 0 when all is well", async () => {
  const { code, last } = await ci({ test: ok, "test:real": real });
  assertEquals([code, last], [0, "42 passed, 0 failed"]);
});

Deno.test(".ci/run counts skipped tests, and reads a summary in colors", async () => {
  const prints = "\\033[0m\\033[32mok\\033[0m | 2 passed | 0 failed | 7 ignored \\033[0m(1s)\\033[0m";
  const { code, last } = await ci({ test: ok, "test:real": { prints } });
  assertEquals([code, last], [0, "42 passed, 0 failed, 7 skipped"]);
});

Deno.test(".ci/run fails with the number of failed tests", async () => {
  const { code, last, text } = await ci({
    test: { prints: "FAILED | 38 passed | 2 failed (1s)", code: 1 },
    "test:real": real,
  });
  assertEquals([code, last], [1, "40 passed, 2 failed"]);
  assertStringIncludes(text, "FAILED: test\n");
});

Deno.test(".ci/run repeats at its end why something failed, since more may be printed after it", async () => {
  const broken =
    "one ... FAILED\\n\\n\\033[0m\\033[41m ERRORS \\033[0m\\n\\none => one_test.ts\\nFAILED | 1 passed | 1 failed (1s)";
  const { text } = await ci({
    test: { prints: broken, code: 1 },
    "test:real": real,
    lint: { prints: "bad style", code: 1 },
  });
  const end = text.slice(text.indexOf(real.prints));
  assertStringIncludes(end, "bad style\n ERRORS \n\none => one_test.ts\n");
  assertStringIncludes(end, "\nFAILED: lint\nFAILED: test\n3 passed, 2 failed\n");
});

Deno.test(".ci/run fails when a test run breaks off without a summary", async () => {
  const { code, last, text } = await ci({
    test: { prints: "error: Type checking failed", code: 1 },
    "test:real": real,
  });
  assertEquals([code, last], [1, "2 passed, 1 failed"]);
  assertStringIncludes(text.slice(text.indexOf(real.prints)), "error: Type checking failed\n");
});

Deno.test(".ci/run fails when a test run ends badly though no test failed", async () => {
  const { code, last } = await ci({ test: { ...ok, code: 1 }, "test:real": real });
  assertEquals([code, last], [1, "42 passed, 1 failed"]);
});

Deno.test(".ci/run fails when a test run ends well without having run", async () => {
  const { code, last } = await ci({ test: ok, "test:real": { prints: "nothing to do" } });
  assertEquals([code, last], [1, "40 passed, 1 failed"]);
});

Deno.test(".ci/run fails when no test passed", async () => {
  const none = { prints: "ok | 0 passed | 0 failed (1s)" };
  const { code, last } = await ci({ test: none, "test:real": none });
  assertEquals([code, last], [1, "0 passed, 1 failed"]);
});

Deno.test(".ci/run fails when the lab's parts cannot be installed, or a check finds something, and names both", async () => {
  const { code, last, text } = await ci({ test: ok, "test:real": real, lint: { code: 1 } }, 1);
  assertEquals([code, last], [1, "42 passed, 2 failed"]);
  assertStringIncludes(text, "FAILED: tests/lab/install\nFAILED: lint\n");
});
