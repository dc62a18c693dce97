import { assertEquals } from "@std/assert";
import { detailLines } from "./detail_lines.ts";

Deno.test("detailLines() leaves out what the summary has told, and keeps what goes on behind it", () => {
  assertEquals(
    detailLines(
      'Reference to undeclared input variable\nAn input variable with the name "nope" has not been declared. This variable can be declared with a variable "nope" {} block.\n\non main.tf line 2',
      'Reference to undeclared input variable: An input variable with the name "nope" has not been declared. (and 1 more)',
    ),
    ['This variable can be declared with a variable "nope" {} block.', "on main.tf line 2"],
  );
});

Deno.test("detailLines() leaves out lines that the summary has joined", () => {
  assertEquals(
    detailLines(
      "Error refreshing state: GET http://192.0.2.5/state\ngiving up after 1 attempt(s): connection refused\nThe cache cannot be opened",
      "Error refreshing state: GET http://192.0.2.5/state giving up after 1 attempt(s): connection refused (and 1 more)",
    ),
    ["The cache cannot be opened"],
  );
});

Deno.test("detailLines() keeps a sentence of which the headline has only the beginning", () => {
  assertEquals(detailLines("one two three four five", "one two three…"), ["one two three four five"]);
});

Deno.test("detailLines() keeps a short line that stands in the summary by chance", () => {
  assertEquals(detailLines("state\nlab", "The state of lab is locked"), ["state", "lab"]);
  assertEquals(detailLines("Took long", "Took long"), []);
});

Deno.test("detailLines() makes its lines harmless", () => {
  assertEquals(detailLines("a\u001b[2J", "b"), ["a\\u001b[2J"]);
});
