import { assertEquals } from "@std/assert";
import { SENSITIVE } from "../../lib/secrets.ts";
import { eachSecret, mask, mergeMarks } from "./marks.ts";

const noNames = () => false;

Deno.test("mergeMarks() marks what any side marks", () => {
  assertEquals(mergeMarks({ a: true }, { b: [{}, { c: true }] }, false, undefined, {}), {
    a: true,
    b: [{}, { c: true }],
  });
  assertEquals(mergeMarks({ a: { b: true } }, { a: true }), { a: true });
  assertEquals(mergeMarks(undefined, { a: 1 }, true), true);
});

Deno.test("mask() hides marked values at every depth and keeps null", () => {
  assertEquals(mask({ a: "x", b: [{ c: "y", d: 1 }], n: null }, { b: [{ c: true }], n: true }, noNames), {
    a: "x",
    b: [{ c: SENSITIVE, d: 1 }],
    n: null,
  });
  assertEquals(mask({ token: "x", token_set: { deep: 1 } }, {}, (name) => name === "token"), {
    token: SENSITIVE,
    token_set: { deep: 1 },
  });
});

Deno.test("eachSecret() finds marked and named secrets and nothing else", () => {
  const found: unknown[] = [];
  eachSecret(
    { a: "open", b: "m1", c: [{ password: "n1" }, "open"], d: { e: "m2" } },
    { b: true, d: { e: true } },
    (name) => name === "password",
    (one) => found.push(one),
  );
  assertEquals(found.sort(), ["m1", "m2", "n1"]);
});

Deno.test("eachSecret() finds what a text holds under a secret name, as JSON or in lines, and pairs of name and value", () => {
  const found: unknown[] = [];
  const json = JSON.stringify({
    password: "in-json",
    deep: [JSON.stringify({ password: "in-json-in-json" })],
    open: "open",
  });
  eachSecret(
    {
      json,
      yaml: "user: open\npassword: 'in-yaml'\n",
      env: [{ name: "password", value: "in-a-pair" }, { name: "user", value: "open" }, {
        key: "password",
        value: "in-a-key",
      }],
      broken: '{"password": "no json"',
      list: ["password=in-a-variable", "user=open"],
      command: "run --user open --password in-an-option --password=in-another",
      one_line: "password: none",
    },
    {},
    (name) => name === "password",
    (one) => found.push(one),
  );
  assertEquals(found.sort(), [
    "in-a-key",
    "in-a-pair",
    "in-a-variable",
    "in-an-option",
    "in-another",
    "in-json",
    "in-json-in-json",
    "in-yaml",
  ]);
});
