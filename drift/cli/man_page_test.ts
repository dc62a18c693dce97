import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../commands/table.ts";
import { type CliOption, OPTIONS } from "./options.ts";
import { usage } from "./help.ts";
import { manPage } from "./man_page.ts";

const shipped = new URL("../../docs/pve-drift.1", import.meta.url);

/** Runs a program on the page; `undefined` where there is none. */
async function formatted(program: string, ...args: string[]): Promise<{ stdout: string; stderr: string } | undefined> {
  try {
    const { stdout, stderr } = await new Deno.Command(program, { args: [...args, shipped.pathname] }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { stdout: text(stdout), stderr: text(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test("manPage() is what docs/pve-drift.1 says", async () => {
  assertEquals(await Deno.readTextFile(shipped), manPage(), 'run "deno task man"');
});

Deno.test("manPage() names every option, command and exit code of the usage text", () => {
  const page = manPage().replaceAll("\\-", "-");
  for (const { name, hidden } of OPTIONS as readonly CliOption[]) {
    assertEquals(page.includes(`\\fB--${name}\\fR`), !hidden, name);
  }
  for (const command of COMMANDS) assertEquals(page.includes(`\n\\fB${command.name}\\fR`), "help" in command);
  const codes = usage().split("Exit codes\n")[1]!.split("\n\n")[0]!.split("\n").map((line) =>
    /^ {2}(\S.*?) {2,}/.exec(line)?.[1]
  );
  const listed = codes.filter((code) => code !== undefined);
  assertEquals(listed.length, 7);
  for (const code of listed) assertStringIncludes(page, `\\fB${code}\\fR\n`);
});

Deno.test("manPage() has no line that roff takes for a request by accident", () => {
  const requests = /^(?:\.\\"|\.(?:TH|SH|TP|PP|B|BR|RI|I|br)\b)/;
  for (const line of manPage().split("\n")) assert(!/^[.']/.test(line) || requests.test(line), line);
});

Deno.test("manPage() is formatted by groff and mandoc without a complaint, where they are", async () => {
  const groff = await formatted("groff", "-man", "-Tutf8", "-ww", "-rHY=0", "-P-cbou");
  if (groff) {
    assertEquals(groff.stderr, "");
    for (const text of ["--lock-timeout DURATION", "EXIT STATUS", "sinks [check | test NAME]"]) {
      assertStringIncludes(groff.stdout, text);
    }
  }
  const mandoc = await formatted("mandoc", "-Tlint", "-W", "warning");
  // A date would make two builds differ.
  if (mandoc) assertEquals(mandoc.stdout.split("\n").filter((line) => line && !/missing date/.test(line)), []);
});
