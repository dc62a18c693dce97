import { assertEquals } from "@std/assert";
import { hintAt, nearest } from "./nearest.ts";

const COMMANDS = ["replay", "doctor", "init", "sinks", "completion", "help", "version"];

Deno.test("nearest() gives the word that somebody mistyped", () => {
  for (
    const [word, meant] of [
      ["doctr", "doctor"],
      ["docotr", "doctor"],
      ["Doctor", "doctor"],
      ["doc", "doctor"],
      ["sink", "sinks"],
      ["repaly", "replay"],
      ["verison", "version"],
      ["hlep", "help"],
    ] as const
  ) assertEquals(nearest(word, COMMANDS), meant);
  assertEquals(nearest("lba", ["prod", "lab"]), "lab");
  assertEquals(nearest("prd", ["lab", "prod"]), "prod");
  assertEquals(nearest("prod.vms", ["lab", "envs.prod.vms"]), "envs.prod.vms");
  assertEquals(nearest("PROD", ["lab", "prod"]), "prod");
});

Deno.test("nearest() gives nothing where no known word is near", () => {
  for (const word of ["nope", "apply-all", "d", "apply", "", "x".repeat(300)]) {
    assertEquals(nearest(word, COMMANDS), undefined, word);
  }
  assertEquals(nearest("nope", ["lab"]), undefined);
  assertEquals(nearest("web", ["lab"]), undefined);
  assertEquals(nearest("v", ["env", "all"]), undefined);
  assertEquals(nearest("a", []), undefined);
});

Deno.test("hintAt() asks whether that was meant, or says nothing", () => {
  assertEquals(hintAt("doctr", COMMANDS), 'did you mean "doctor"? ');
  assertEquals(hintAt("apply", COMMANDS), "");
});
