import { assertEquals } from "@std/assert";
import { runInTerminal, testTerminal } from "./pty.ts";

testTerminal("runInTerminal() gives a program a terminal as wide as asked for, and what it printed", async () => {
  for (const columns of [60, 120]) {
    assertEquals(await runInTerminal("/bin/sh", ["-c", 'stty size; echo "it\'s $0" >&2; exit 7'], { columns }), {
      code: 7,
      text: `50 ${columns}\nit's /bin/sh\n`,
    });
  }
});

testTerminal("runInTerminal() waits for nobody when the program reads from the terminal", async () => {
  assertEquals(await runInTerminal("/bin/cat", [], { columns: 80 }), { code: 0, text: "" });
});
