import { assert, assertEquals, assertStringIncludes } from "@std/assert";

/** What a stand-in for a task prints, and how it ends. */
type Tasks = Record<string, { prints?: string; code?: number }>;

/** What `npx` was called with, and what it saw. */
interface Call {
  task: string;
  home: string;
  /** Names below the home folder when it began. */
  found: string[];
  umask: string;
  env: Record<string, string>;
}

/** Programs that take root or a network to do what .ci/run asks of them: here they only pass on the rest. */
const STAND_INS: Record<string, string> = {
  git: '[ "$1 $2 $3" = "clone --quiet ." ] && mkdir "$4"',
  unshare: 'echo "unshare $1"; shift; exec "$@"',
  setpriv: 'echo "setpriv $1 $2 $3"; shift 3; exec "$@"',
  ...Object.fromEntries(["ip", "chown", "zsh", "fish", "go", "script", "terraform"].map((name) => [name, "exit 0"])),
};

/** Runs the real .ci/run over a project whose `deno task` is a stand-in: `test` is that on a fresh machine, `test again` the later one. */
async function ci(tasks: Tasks, install = 0) {
  const dir = await Deno.makeTempDir({ prefix: "ci_test_" });
  try {
    for (const folder of [".ci", "tests/lab", "bin", "home"]) await Deno.mkdir(`${dir}/${folder}`, { recursive: true });
    const cases = Object.entries(tasks).map(([task, { prints, code }]) =>
      `"${task}") printf '%b\\n' '${prints ?? ""}'; exit ${code ?? 0} ;;`
    );
    const record = [
      `{ echo "$4"; echo "$HOME"; ls -A "$HOME" | tr '\\n' ' '; echo; umask; env -0 | base64 -w 0; echo; } >>'${dir}/calls'`,
      'touch "$HOME/.cached"',
    ];
    const files = {
      ".ci/run": await Deno.readTextFile(new URL("../.ci/run", import.meta.url)),
      "tests/lab/install": `#!/bin/sh\nexit ${install}\n`,
      "bin/npx": `#!/bin/sh\n${record.join("\n")}\nagain=\ncase "$4$COLUMNS" in test60) again=' again' ;; esac\n` +
        `case "$4$again" in ${cases.join(" ")} esac\n`,
      ...Object.fromEntries(Object.entries(STAND_INS).map(([name, text]) => [`bin/${name}`, `#!/bin/sh\n${text}\n`])),
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text, { mode: 0o755 });
    const { code, stdout } = await new Deno.Command("sh", {
      args: ["-c", "umask 022; exec bash .ci/run"],
      cwd: dir,
      clearEnv: true,
      env: {
        PATH: `${dir}/bin:${Deno.env.get("PATH")}`,
        ...{ HOME: `${dir}/home`, DENO_DIR: "/warm", NPM_CONFIG_CACHE: "/warm", SSL_CERT_FILE: "/ca.pem" },
      },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    const lines = (await Deno.readTextFile(`${dir}/calls`)).split("\n");
    const calls: Call[] = [];
    while (lines.length > 1) {
      const [task, home, found, umask, env] = lines.splice(0, 5) as [string, string, string, string, string];
      const variables = new TextDecoder().decode(Uint8Array.fromBase64(env)).split("\0").slice(0, -1);
      const pairs = variables.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]);
      calls.push({ task, home, found: found.trim().split(" ").filter(Boolean), umask, env: Object.fromEntries(pairs) });
    }
    return { code, text, last: text.trimEnd().split("\n").at(-1), calls, home: `${dir}/home` };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const ok = { prints: "ok | 40 passed (3 steps) | 0 failed (1s)" };
const real = { prints: "ok | 2 passed | 0 failed (1s)" };
const all: Tasks = { test: ok, "test again": ok, "test:real": real };

Deno.test(".ci/run ends with the sum of all test runs and code 0 when all is well", async () => {
  const { code, last } = await ci(all);
  assertEquals([code, last], [0, "82 passed, 0 failed"]);
});

Deno.test(".ci/run begins with the README's two commands in a clean clone, an empty home and no cache, and repeats them as somebody else", async () => {
  const { calls, home, text } = await ci(all);
  const titles = [...text.matchAll(/^== (.*?)(: ok, \d+ s|: exit code .*)$/gm)].map(([, title]) => title);
  assertEquals(titles, [
    "toolchain",
    "a clean clone",
    "demo on a fresh machine",
    "test on a fresh machine",
    ...["fmt:check", "lint", "check", "doc"],
    "demo as somebody else, without a network",
    "test as somebody else, without a network",
    "tests/lab/install",
    "test:real",
  ]);
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  const commands = [...readme.split("```")[1]!.matchAll(/^npx -y (deno@\S+) task (\S+)/gm)].map(([, , task]) => task);
  assertEquals(commands, ["demo", "test"]);
  const strangers = calls.filter((call) => call.home !== home);
  assertEquals(strangers.map(({ task, found }) => [task, found]), [
    ["demo", []],
    ...["test", "demo", "test"].map((task) => [task, [".cached"]] as [string, string[]]),
  ]);
  for (const { env } of strangers) {
    assertEquals(Object.keys(env).filter((name) => /DENO_DIR|XDG_CACHE|NPM_CONFIG_CACHE|REQUIRE_ALL/i.test(name)), []);
    assertEquals([env.PWD === Deno.cwd(), env.SSL_CERT_FILE], [false, "/ca.pem"]);
  }
  const [first, again] = [strangers.slice(0, 2), strangers.slice(2)];
  for (const { umask, env } of first) {
    assertEquals([umask, env.COLUMNS, env.HTTP_PROXY], ["0022", undefined, undefined]);
  }
  const proxies = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  for (const { umask, env } of again) {
    assertEquals([umask, env.COLUMNS], ["0077", "60"]);
    assert(env.TZ && env.LC_ALL);
    for (const name of proxies) assertEquals([name, env[name]], [name, "http://127.0.0.1:9"]);
  }
  assertEquals(text.match(/^unshare --net\nsetpriv --reuid=65534 --regid=65534 --clear-groups$/gm)?.length, 2);
  // In the checkout itself, and nothing is skipped any more.
  assertEquals(calls.at(-1)!.task, "test:real");
  assertEquals([calls.at(-1)!.home, calls.at(-1)!.env.PVE_DRIFT_REQUIRE_ALL], [home, "1"]);
});

Deno.test(".ci/run counts skipped tests, and reads a summary in colors", async () => {
  const prints = "\\033[0m\\033[32mok\\033[0m | 2 passed | 0 failed | 7 ignored \\033[0m(1s)\\033[0m";
  const { code, last } = await ci({ ...all, "test:real": { prints } });
  assertEquals([code, last], [0, "82 passed, 0 failed, 7 skipped"]);
});

Deno.test(".ci/run adds up the runs of one task, and repeats why the first of them failed without what came after", async () => {
  const first =
    "\\033[0m\\033[41m ERRORS \\033[0m\\n\\none => one_test.ts\\nFAILED | 20 passed | 2 failed | 1 ignored (1s)";
  const prints = `${first}\\nmore ... ok\\nok | 30 passed | 0 failed | 3 ignored (1s)`;
  const { code, last, text } = await ci({ ...all, test: { prints, code: 1 } });
  assertEquals([code, last], [1, "92 passed, 2 failed, 4 skipped"]);
  const end = text.slice(text.indexOf(real.prints));
  assertStringIncludes(end, " ERRORS \n\none => one_test.ts\nFAILED | 20 passed");
  assert(!end.includes("more ... ok"), end);
});

Deno.test(".ci/run fails with the number of failed tests", async () => {
  const failing = { prints: "FAILED | 38 passed | 2 failed (1s)", code: 1 };
  for (
    const [name, title] of [
      ["test", "test on a fresh machine"],
      ["test again", "test as somebody else, without a network"],
    ] as const
  ) {
    const { code, last, text } = await ci({ ...all, [name]: failing });
    assertEquals([code, last], [1, "80 passed, 2 failed"]);
    assertStringIncludes(text, `\nFAILED: ${title}\n`);
  }
});

Deno.test(".ci/run fails when the README's first command fails", async () => {
  const { code, last, text } = await ci({ ...all, demo: { prints: "no network", code: 1 } });
  assertEquals([code, last], [1, "82 passed, 2 failed"]);
  assertStringIncludes(
    text,
    "\nno network\nFAILED: demo on a fresh machine\nFAILED: demo as somebody else, without a network\n",
  );
});

Deno.test(".ci/run repeats at its end why something failed, since more may be printed after it", async () => {
  const broken =
    "one ... FAILED\\n\\n\\033[0m\\033[41m ERRORS \\033[0m\\n\\none => one_test.ts\\nFAILED | 1 passed | 1 failed (1s)";
  const { text } = await ci({ ...all, test: { prints: broken, code: 1 }, lint: { prints: "bad style", code: 1 } });
  const end = text.slice(text.indexOf(real.prints));
  assertStringIncludes(end, " ERRORS \n\none => one_test.ts\n");
  assertStringIncludes(end, "bad style\nFAILED: test on a fresh machine\nFAILED: lint\n43 passed, 2 failed\n");
});

Deno.test(".ci/run fails when a test run breaks off without a summary", async () => {
  const { code, last, text } = await ci({ ...all, test: { prints: "error: Type checking failed", code: 1 } });
  assertEquals([code, last], [1, "42 passed, 1 failed"]);
  assertStringIncludes(text.slice(text.indexOf(real.prints)), "error: Type checking failed\n");
});

Deno.test(".ci/run fails when a test run ends badly though no test failed", async () => {
  const { code, last } = await ci({ ...all, test: { ...ok, code: 1 } });
  assertEquals([code, last], [1, "82 passed, 1 failed"]);
});

Deno.test(".ci/run fails when a test run ends well without having run", async () => {
  const { code, last } = await ci({ ...all, "test:real": { prints: "nothing to do" } });
  assertEquals([code, last], [1, "80 passed, 1 failed"]);
});

Deno.test(".ci/run fails when no test passed", async () => {
  const none = { prints: "ok | 0 passed | 0 failed (1s)" };
  const { code, last } = await ci({ test: none, "test again": none, "test:real": none });
  assertEquals([code, last], [1, "0 passed, 1 failed"]);
});

Deno.test(".ci/run fails when the lab's parts cannot be installed, or a check finds something, and names both", async () => {
  const { code, last, text } = await ci({ ...all, lint: { code: 1 } }, 1);
  assertEquals([code, last], [1, "82 passed, 2 failed"]);
  assertStringIncludes(text, "FAILED: lint\nFAILED: tests/lab/install\n");
});
