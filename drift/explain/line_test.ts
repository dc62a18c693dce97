import { assertEquals } from "@std/assert";
import { commandLine, optionWord } from "./line.ts";

Deno.test("commandLine() quotes every word that a shell would read otherwise", () => {
  assertEquals(
    commandLine(["qm", "set", "101", "--description", "it's $(reboot) `now`; rm -rf ~"]),
    "qm set 101 --description 'it'\\''s $(reboot) `now`; rm -rf ~'",
  );
  assertEquals(optionWord("-target", 'module.vm["web"].a.b'), `-target='module.vm["web"].a.b'`);
});

Deno.test("commandLine() gives nothing where a word is masked or acts on a terminal", () => {
  for (const word of ["(sensitive)", 'vm["(hidden)"]', "(known after apply)", "a\nb", "a\x1b[2J", "a\u202eb"]) {
    assertEquals(commandLine(["qm", "set", "101", "--name", word]), undefined, word);
  }
});
