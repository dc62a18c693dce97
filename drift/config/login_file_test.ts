import { assertEquals, assertThrows } from "@std/assert";
import { parseEnvFile } from "./env_file.ts";
import { namesIn, withVariables } from "./login_file.ts";

const read = (text: string) => parseEnvFile(new TextEncoder().encode(text), "x");

Deno.test("withVariables() begins a file, adds to one, and replaces the line of a variable that is there", () => {
  const first = withVariables(undefined, { A: "1", B: "drift@pve!check=0-0" });
  assertEquals(first.split("\n").slice(1), ["A=1", "B=drift@pve!check=0-0", ""]);
  assertEquals(withVariables("# mine\nexport A=0\nX=y", { A: "2", C: "3" }), "# mine\nA=2\nX=y\nC=3\n");
  assertEquals(withVariables("A=0\n", { A: "$&" }), "A='$&'\n");
});

Deno.test("withVariables() quotes what systemd and our own reader would take for something else", () => {
  const values = { A: "two words", B: "it's", C: `say "x"`, D: "#x", E: "back\\slash", F: "" };
  assertEquals(read(withVariables("", values)), values);
  for (const value of ["a\nb", `it's "both"`, "it's $HOME"]) {
    const { message } = assertThrows(() => withVariables("", { A: value }), RangeError);
    assertEquals(message.includes(value), false);
  }
});

Deno.test("namesIn() knows the variables that have a value", () => {
  assertEquals([...namesIn("A=1\n#B=2\n export C='x'\nD=\n")], ["A", "C"]);
});
