import { assert, assertEquals, assertMatch } from "@std/assert";
import { usage } from "./help.ts";
import { type CommandRow, COMMANDS } from "../commands/table.ts";
import { type CliOption, OPTIONS } from "./options.ts";

Deno.test("usage() names every option, every command for people, and every exit code", () => {
  for (const { name, short, help } of OPTIONS as readonly CliOption[]) {
    assertMatch(usage(), new RegExp(`^  ${short ? `-${short}, ` : ""}--${name}\\b.*  ${help.split(" ")[0]} `, "m"));
  }
  for (const { name, help } of COMMANDS as readonly CommandRow[]) {
    assertEquals(new RegExp(`^  ${name}\\b`, "m").test(usage()), help !== undefined, name);
  }
  for (const code of [0, 1, 2, 3, 64, 130, 143]) assertMatch(usage(), new RegExp(`^  .*\\b${code}\\b`, "m"));
});

Deno.test("usage() fits 80 columns and loses no word to the wrapping", () => {
  for (const line of usage().split("\n")) assert(line.length <= 80 && line === line.trimEnd(), line);
  const flowing = usage().replaceAll(/\s+/g, " ");
  for (const { help } of [...OPTIONS, ...COMMANDS] as readonly (CliOption | CommandRow)[]) {
    assert(flowing.includes(help ?? ""), help);
  }
  assert(usage().endsWith("\n") && !usage().endsWith("\n\n"));
});
