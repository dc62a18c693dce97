import { assertEquals } from "@std/assert";
import { shellWord } from "./shell_word.ts";

Deno.test("shellWord() quotes what a shell would read otherwise, and nothing else", () => {
  assertEquals(
    ["/srv/infra", "-platform=linux_amd64", "a b", "it's", "$HOME", ""].map(shellWord),
    ["/srv/infra", "-platform=linux_amd64", "'a b'", "'it'\\''s'", "'$HOME'", "''"],
  );
});
