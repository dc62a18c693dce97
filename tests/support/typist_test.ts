import { assertEquals, assertRejects } from "@std/assert";
import { testTerminal } from "./pty.ts";
import { Typist } from "./typist.ts";

testTerminal("a Typist answers what is asked in a terminal, sees what is shown, and is counted", async () => {
  const asks = "printf 'Name: '; read name; printf '\\033[1mHello, %s.\\033[0m\\n' \"$name\"; read rest";
  await using person = new Typist("script", [
    "--quiet",
    "--command",
    `exec sh -c '${asks.replaceAll("'", "'\\''")}'`,
    "/dev/null",
  ]);
  await person.sees(/Name: $/);
  await person.types("Ada", "says a name");
  assertEquals(await person.sees(/Hello, \w+\./), "Hello, Ada.");
  person.did("is pleased");
  assertEquals(person.steps.map(({ what }) => what), ["says a name", "is pleased"]);
  await assertRejects(() => person.sees(/Hello/, 50), Error, "Hello, Ada.");
});
