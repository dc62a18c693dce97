/** What people see in real terminals of three widths, and in a pipe. The texts are kept under tests/fixtures/terminal. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { loadMeasure } from "../../sinks/text/text.ts";
import {
  doctorEstates,
  type Place,
  PLACES,
  played,
  playedDoctor,
  terminalGoldenUrl,
} from "../record/terminal_golden.ts";
import { Estate, simple } from "../support/estate.ts";
import { testWith } from "../support/programs.ts";
import { runInTerminal, testTerminal } from "../support/pty.ts";

const measure = await loadMeasure();
// deno-lint-ignore no-control-regex
const ESCAPE = /\x1b/;

/** No line is wider than the terminal, but for one that a single word fills: a path or command that must be copied whole. */
function assertFits(text: string, place: Place): void {
  if (place === "pipe") return;
  for (const line of text.split("\n")) {
    const isOneWord = !line.trim().replace(/^(?:ok|failed|warning) +/, "").includes(" ") || line.startsWith("---");
    assert(isOneWord || measure(line) <= place, `${measure(line)} > ${place}: ${line}`);
  }
}

for (const place of PLACES) {
  const where = place === "pipe" ? "a pipe" : `a terminal of ${place} columns`;
  testTerminal(`the console reads as kept in ${where}`, async () => {
    const text = await played(place, []);
    assertEquals(text, await Deno.readTextFile(terminalGoldenUrl("console", place)));
    assertFits(text, place);
    assert(!ESCAPE.test(text));
  });
}

testWith(["script", "stty", "terraform"], "doctor reads as kept in terminals and in a pipe", async () => {
  await using estates = await doctorEstates();
  for (const place of PLACES) {
    const text = await playedDoctor(place, estates);
    assertEquals(text, await Deno.readTextFile(terminalGoldenUrl("doctor", place)), `${place}`);
    assertFits(text, place);
    assert(!/os error|\blstat\b/.test(text), text);
  }
});

testTerminal("the console has colors in a terminal alone, and none with NO_COLOR", async () => {
  const scenes = ["drifted", "failing"];
  const colored = await played(80, scenes, { NO_COLOR: "" });
  assertEquals(colored, await Deno.readTextFile(terminalGoldenUrl("color", 80)));
  const plain = await played(80, scenes);
  // deno-lint-ignore no-control-regex
  assertEquals(colored.replace(/\x1b\[\d+m/g, ""), plain);
  assert(!ESCAPE.test(await played("pipe", scenes, { NO_COLOR: "" })));
});

testWith(["script", "stty", "terraform"], "progress is for a terminal, and not with --quiet", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.configure({});
  const [program, args] = estate.invocation("--all");
  const env = { ...estate.env, NO_COLOR: "1" };
  const seen = async (...more: string[]) => {
    const { code, text } = await runInTerminal(program, [...args, ...more], { columns: 80, cwd: estate.dir, env });
    assertEquals(code, 0, text);
    return text;
  };
  const live = await seen();
  // Hides the cursor, shows it again, and leaves the report as all there is to see.
  assertMatch(
    live,
    // deno-lint-ignore no-control-regex
    /^\x1b\[\?25l[^]*\x1b\[\?25hENVIRONMENT  STATUS  RESOURCES CHANGED  DETAILS\nprod {9}OK {6}0 [^\n]*\n$/,
  );
  assertEquals(await seen("--quiet"), "");
  assertStringIncludes(await seen("--json"), '"status": "ok"');
  const piped = await estate.drift(["--all"]);
  assertEquals([piped.code, piped.stderr], [0, ""]);
  const verbose = await estate.drift(["--all", "--verbose"]);
  assertStringIncludes(verbose.stderr, "debug: prod: planning\n");
  assertStringIncludes(verbose.stderr, "debug: prod: ok\n");
});
