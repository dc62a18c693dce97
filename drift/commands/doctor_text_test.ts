import { assertEquals } from "@std/assert";
import { lines, render } from "./doctor_text.ts";

const VIEW = { color: false, columns: 40, detail: "normal", journal: false } as const;

Deno.test("render() puts the state first, and what belongs to it below, wrapped", () => {
  const finding = {
    state: "failed",
    text: 'Environment "prod": the state does not answer',
    more: ["What to do: ask whoever keeps it"],
  } as const;
  assertEquals(
    render({ ...finding, more: [...finding.more] }, VIEW),
    [
      'failed   Environment "prod": the state',
      "         does not answer",
      "           What to do: ask whoever keeps",
      "           it",
      "",
    ].join("\n"),
  );
});

Deno.test("render() gives each line its priority in the journal, and paints the state alone", () => {
  const finding = { state: "warning", text: "a", more: ["b"] } as { state: "warning"; text: string; more: string[] };
  assertEquals(render(finding, { ...VIEW, journal: true }), "<4>warning  a\n<4>           b\n");
  assertEquals(render({ state: "ok", text: "a" }, { ...VIEW, color: true }), "\x1b[32mok       \x1b[0ma\n");
});

Deno.test("render() lets no control character through", () => {
  assertEquals(render({ state: "ok", text: "a\x1b[2Jb\nc" }, VIEW), "ok       a\\u001b[2Jb c\n");
});

Deno.test("lines() leaves empty lines out", () => {
  assertEquals(lines("\n a \n\nb\n"), ["a", "b"]);
});
