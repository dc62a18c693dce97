import { assertEquals } from "@std/assert";
import { readFile, stat } from "node:fs/promises";
import { messageOf } from "./message_of.ts";

async function thrownBy(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return messageOf(error);
  }
  throw new Error("it did not throw");
}

Deno.test("messageOf() says what the system says in words alone, whoever asked the system", async () => {
  const missing = "No such file or directory";
  for (
    const [act, said] of [
      [() => Deno.readTextFile("/nowhere"), missing],
      [() => Deno.realPath("/nowhere/it's"), missing],
      [() => readFile("/nowhere"), missing],
      [() => stat("/nowhere/it's"), missing],
      [() => new Deno.Command("/nowhere").spawn(), missing],
      [() => Deno.rename("/tmp/nowhere", "/tmp/elsewhere"), missing],
      [() => Deno.readTextFile("/"), "Is a directory"],
      [() => Deno.lstat("/etc/passwd/x"), "Not a directory"],
      [() => Deno.lstat(`/${"a".repeat(300)}`), "File name too long"],
      [() => Deno.lstat("/a\nb"), missing],
    ] as const
  ) assertEquals(await thrownBy(act), said);
});

Deno.test("messageOf() leaves every other message as it is", () => {
  assertEquals(messageOf(new Error("EAGER: it says (os error 2)")), "EAGER: it says (os error 2)");
  assertEquals(messageOf("text"), "text");
  assertEquals(messageOf(undefined), "undefined");
});
