import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CHECK, type CommandRow, COMMANDS } from "../commands/table.ts";
import { commandUsage, HANDBOOK, introduction, SHOWN_COMMANDS, usage } from "./help.ts";
import { type CliOption, OPTIONS } from "./options.ts";
import { parseCli } from "./parse.ts";

/** Every text of the program about itself, in a terminal of that many columns. */
function texts(columns: number): string[] {
  return [
    introduction(columns),
    usage(columns),
    ...SHOWN_COMMANDS.map(({ name }) => commandUsage(name, columns)),
  ];
}

Deno.test("usage() names every option of a check that is not hidden, every command for people, and every exit code", () => {
  for (const { name, short, hidden, commands = ["check"], help } of OPTIONS as readonly CliOption[]) {
    const line = new RegExp(`^  ${short ? `-${short}, ` : "    "}--${name}\\b.*  ${help.split(" ")[0]} `, "m");
    assertEquals(line.test(usage()), !hidden && commands.includes("check"), name);
    if (!commands.includes("check")) assertMatch(commandUsage(commands[0]!, 80), line);
  }
  for (const { name, help } of COMMANDS as readonly CommandRow[]) {
    assertEquals(new RegExp(`^  ${name}\\b`, "m").test(usage()), help !== undefined, name);
  }
  for (const code of [0, 1, 2, 3, 64, 130, 141, 143]) assertMatch(usage(), new RegExp(`^  .*\\b${code}\\b`, "m"));
});

Deno.test("commandUsage() shows the options of a command, its examples and the place in the handbook", async () => {
  const handbook = await Deno.readTextFile(new URL(`../../${HANDBOOK.checkout}`, import.meta.url));
  const anchors = [...handbook.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    `#${title!.toLowerCase().replace(/[^\w\s-]/g, "").replaceAll(" ", "-")}`
  );
  for (const { name, examples, chapter } of SHOWN_COMMANDS) {
    const text = commandUsage(name, 80);
    assertStringIncludes(text, `\nUsage\n  pve-drift ${name}`);
    for (const [line] of examples ?? []) assertStringIncludes(text, `\n  pve-drift ${line}\n`);
    if (chapter) assert(anchors.includes(chapter), `${name}: the handbook has no ${chapter}`);
  }
  const doctor = commandUsage("doctor", 80);
  for (const option of ["--env NAME", "--root DIR", "--verbose"]) assertStringIncludes(doctor, option);
  for (const option of ["--json", "--force", "--concurrency"]) assert(!doctor.includes(option), option);
});

Deno.test("Every example is a command line that the program takes", () => {
  const examples = [CHECK.examples, ...SHOWN_COMMANDS.map(({ examples }) => examples ?? [])].flat();
  for (const [line] of examples) {
    const words = line.replace(/ [|>].*$/, "").split(" ");
    parseCli(words);
    const shown = ["setup", "explain", "snooze"].map((name) => commandUsage(name, 80)).join(usage());
    assertEquals(words.filter((word) => word.startsWith("-") && !shown.includes(word) && word !== "-"), []);
  }
});

Deno.test("introduction() says what this is, and what to try", () => {
  assertMatch(introduction(80), /^pve-drift: shows .*\n(?:.*\n)+\nTry\n(?: {2}pve-drift .*\n){3}\n/);
});

Deno.test("usage() and all the rest fit the terminal, and lose no word to the wrapping", () => {
  for (const columns of [60, 80, 120]) {
    for (const text of texts(columns)) {
      const flowing = text.split("\nExamples\n")[0]!;
      for (const line of flowing.split("\n")) {
        assert(line.length <= Math.min(columns, 80) && line === line.trimEnd(), line);
      }
      assert(text.endsWith("\n") && !text.endsWith("\n\n"));
    }
    const flowing = texts(columns).join("").replaceAll(/\s+/g, " ");
    for (const { help, hidden } of [...OPTIONS, ...COMMANDS] as readonly Partial<CliOption & CommandRow>[]) {
      if (!hidden) assert(flowing.includes(help ?? ""), help);
    }
  }
});
