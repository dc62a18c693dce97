import { assertEquals } from "@std/assert";
import { Secrets, SENSITIVE } from "../../lib/secrets.ts";
import { shownSides } from "./shown_sides.ts";

function shown(...sides: unknown[]): unknown[] {
  const secrets = new Secrets();
  secrets.add(["known-secret", "known-other", 123456]);
  return shownSides(sides, { marks: undefined, isSecretName: () => false, secrets }).sides;
}

Deno.test("shownSides() masks the side that no secret is known of where one was erased on another", () => {
  assertEquals(shown("pw: known-secret", "pw: OLD", "pw: OLDER"), [SENSITIVE, SENSITIVE, SENSITIVE]);
  assertEquals(shown("known-secret", "OLD"), [SENSITIVE, SENSITIVE]);
  assertEquals(shown(123456, 654321), [SENSITIVE, SENSITIVE]);
  assertEquals(shown("known-secret and known-other", "known-secret and OLD"), [SENSITIVE, SENSITIVE]);
  assertEquals(shown("https://u:known-secret@h", "token OLD"), [SENSITIVE, SENSITIVE]);
});

Deno.test("shownSides() masks what differs in lists and objects, and shows the rest", () => {
  assertEquals(shown(["a", "pw: known-secret", 7], ["pw: OLD", "a", 8]), [["a", SENSITIVE, SENSITIVE], [
    SENSITIVE,
    "a",
    SENSITIVE,
  ]]);
  assertEquals(shown({ a: { b: "known-secret" }, c: "same" }, { a: { b: "OLD" }, c: "same" }), [
    { a: { b: SENSITIVE }, c: "same" },
    { a: { b: SENSITIVE }, c: "same" },
  ]);
});

Deno.test("shownSides() shows what stands around a secret that was erased on all sides, and a side alone", () => {
  assertEquals(shown("https://u:one@h1", "https://u:two@h2"), [
    `https://u:${SENSITIVE}@h1`,
    `https://u:${SENSITIVE}@h2`,
  ]);
  assertEquals(shown("pw: known-secret", null, undefined), [`pw: ${SENSITIVE}`, null, null]);
  assertEquals(shown("nothing", "secret", { here: true }), ["nothing", "secret", { here: true }]);
});

Deno.test("shownSides() says whether it masked anything", () => {
  const secrets = new Secrets();
  secrets.add("known-secret");
  const rules = { marks: { a: true }, isSecretName: () => false, secrets };
  assertEquals(shownSides([{ a: 1 }, { a: 2 }], rules), {
    sides: [{ a: SENSITIVE }, { a: SENSITIVE }],
    sensitive: true,
  });
  assertEquals(shownSides([{ b: 1 }, { b: 2 }], rules), { sides: [{ b: 1 }, { b: 2 }], sensitive: false });
  assertEquals(shownSides([{ b: "known-secret" }, null], rules).sensitive, true);
});
