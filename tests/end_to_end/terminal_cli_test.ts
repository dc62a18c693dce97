/** What the command line says, in real terminals of three widths and in a pipe. The texts are kept under tests/fixtures/terminal. */

import { assert, assertEquals } from "@std/assert";
import { cliGoldenUrl, spokenIn } from "../record/cli_golden.ts";
import { PLACES } from "../record/terminal_golden.ts";
import { testTerminal } from "../support/pty.ts";

for (const place of PLACES) {
  const where = place === "pipe" ? "a pipe" : `a terminal of ${place} columns`;
  testTerminal(`the command line reads as kept in ${where}`, async () => {
    const text = await spokenIn(place);
    assertEquals(text, await Deno.readTextFile(cliGoldenUrl(place)), "deno run -A tests/record/cli_golden.ts");
    if (place === "pipe") return;
    // What must be copied whole, as a command or a path, is not broken.
    const isMessage = (line: string) => !/^(?:\$ | {2}pve-drift | {2}# )/.test(line) && line.trim().includes(" ");
    for (const line of text.split("\n").filter(isMessage)) assert(line.length <= place, line);
  });
}
