import { assertEquals } from "@std/assert";
import { SENSITIVE } from "../../lib/secrets.ts";
import { differences, type DiffRules, type Leaf, type Sides } from "./diff.ts";
import { isEqual } from "./json.ts";
import { mask, mergeMarks } from "./marks.ts";

const noNames = () => false;
const rules: DiffRules = {
  isSecretName: noNames,
  isSame: () => false,
  listRule: () => undefined,
  showsNames: true,
};

function diff(
  sides: Partial<Sides>,
  more: Partial<DiffRules> = {},
): Pick<Leaf, "path" | "kind" | "previous" | "actual" | "expected">[] {
  const all = { previous: {}, actual: {}, expected: {}, unknown: {}, marks: {}, ...sides };
  return differences(all, { ...rules, ...more })
    .map(({ path, kind, previous, actual, expected }) => ({ path, kind, previous, actual, expected }));
}

Deno.test("differences() tells the four kinds apart, leaf by leaf", () => {
  assertEquals(
    diff({
      previous: { a: 1, b: 1, c: 1, d: 1, same: 1 },
      actual: { a: 2, b: 1, c: 2, d: 2, same: 1 },
      expected: { a: 1, b: 3, c: 3, d: 2, same: 1 },
    }),
    [
      { path: "a", kind: "outside", previous: 1, actual: 2, expected: 1 },
      { path: "b", kind: "pending", previous: 1, actual: 1, expected: 3 },
      { path: "c", kind: "both", previous: 1, actual: 2, expected: 3 },
      { path: "d", kind: "observed", previous: 1, actual: 2, expected: 2 },
    ],
  );
});

Deno.test("differences() leaves out phantoms where only reality moved", () => {
  for (const [previous, actual] of [[null, ""], [null, []], [null, {}], ["", null]]) {
    assertEquals(diff({ previous: { x: previous }, actual: { x: actual }, expected: { x: actual } }), []);
  }
});

Deno.test("differences() takes 0 and false for what somebody set, not for nothing", () => {
  for (const [previous, actual] of [[null, 0], [null, false], [false, null], [0, ""]]) {
    const kinds = (expected: unknown) =>
      diff({ previous: { x: previous }, actual: { x: actual }, expected: { x: expected } }).map(({ kind }) => kind);
    assertEquals([kinds(actual), kinds(previous), kinds("y")], [["observed"], ["outside"], ["both"]]);
  }
});

Deno.test("differences() lists a leaf that the plan itself changes, empty or not", () => {
  assertEquals(diff({ previous: { x: "" }, actual: { x: "" }, expected: { x: null } }).map((one) => one.kind), [
    "pending",
  ]);
  assertEquals(diff({ previous: { x: null }, actual: { x: {} }, expected: { x: null } }).map((one) => one.kind), [
    "pending",
  ]);
  assertEquals(diff({ previous: { x: null }, actual: { x: 5 }, expected: { x: 0 } }).map((one) => one.kind), [
    "outside",
  ]);
});

Deno.test("differences() takes a list of plain values as one attribute", () => {
  assertEquals(diff({ previous: { tags: ["a"] }, actual: { tags: ["a", "b"] }, expected: { tags: ["a"] } }), [
    { path: "tags", kind: "outside", previous: ["a"], actual: ["a", "b"], expected: ["a"] },
  ]);
});

Deno.test("differences() takes an element that came or went as one attribute, null where it is not", () => {
  const nic = (bridge: string) => ({ bridge });
  assertEquals(
    diff({ previous: { n: [nic("a")] }, actual: { n: [nic("a"), nic("b")] }, expected: { n: [nic("a")] } }),
    [
      { path: "n[1]", kind: "outside", previous: null, actual: nic("b"), expected: null },
    ],
  );
  assertEquals(diff({ previous: { n: [nic("a")] }, actual: { n: [] }, expected: { n: [nic("a")] } }), [
    { path: "n[0]", kind: "outside", previous: nic("a"), actual: null, expected: nic("a") },
  ]);
  assertEquals(
    diff({ previous: { n: null }, actual: { n: null }, expected: { n: [nic("a")] } }).map((one) => one.path),
    ["n[0]"],
  );
  // Changed by hand, and the code no longer has it: an apply would remove it, not change it back.
  assertEquals(
    diff({ previous: { n: [nic("a")] }, actual: { n: [nic("b")] }, expected: { n: [] } }).map((one) => one.kind),
    ["both"],
  );
});

Deno.test("differences() takes an element that is gone for an outside change though the plan leaves its computed parts null", () => {
  const rule = (pos: number | null, dport: string) => ({ pos, dport, macro: pos === null ? null : "" });
  assertEquals(
    diff({ previous: { r: [rule(1, "22")] }, actual: { r: [] }, expected: { r: [rule(null, "22")] } }).map((one) =>
      one.kind
    ),
    ["outside"],
  );
  assertEquals(
    diff({ previous: { r: [rule(1, "22")] }, actual: { r: [] }, expected: { r: [rule(null, "80")] } }).map((one) =>
      one.kind
    ),
    ["both"],
  );
});

Deno.test("differences() takes an element of which all is null for one that is gone, as bpg leaves a detached disk", () => {
  const [scsi0, scsi1] = ["scsi0", "scsi1"].map((slot) => ({
    interface: slot,
    size: 8,
    format: "raw",
    iothread: false,
  }));
  const gone = { interface: null, size: null, format: null, iothread: null, serial: "", speed: [] };
  const asked = { ...scsi1, format: "" };
  assertEquals(
    diff({
      previous: { disk: [scsi0, scsi1] },
      actual: { disk: [scsi0, gone] },
      expected: { disk: [scsi0, asked] },
    }),
    [{ path: "disk[1]", kind: "outside", previous: scsi1, actual: null, expected: asked }],
  );
  assertEquals(diff({ previous: { disk: [gone] }, actual: { disk: [gone] }, expected: { disk: [gone] } }), []);
});

Deno.test("differences() takes an element that is gone for an outside change though the provider writes part of it another way", () => {
  const [state, code] = ["**********", "secret"].map((password) => ({ user: "ops", password }));
  assertEquals(
    diff(
      { previous: { account: [state] }, actual: { account: [] }, expected: { account: [code] } },
      {
        isSame: (path, expected, found) =>
          path === "account[0].password" && expected === "secret" && found === "**********",
      },
    )
      .map(({ path, kind }) => ({ path, kind })),
    [{ path: "account[0]", kind: "outside" }],
  );
});

Deno.test("differences() compares the elements of a list of objects by position, and looks inside", () => {
  assertEquals(
    diff({ previous: { m: [{ d: 1, f: 0 }] }, actual: { m: [{ d: 2, f: 0 }] }, expected: { m: [{ d: 1, f: 0 }] } }).map(
      (one) => one.path,
    ),
    ["m[0].d"],
  );
});

Deno.test("differences() has no attribute for what the plan leaves unknown", () => {
  assertEquals(
    diff({ previous: { a: 1, b: 1 }, actual: { a: 2, b: 1 }, expected: { b: 2 }, unknown: { a: true } }).map((one) =>
      one.path
    ),
    ["b"],
  );
  assertEquals(
    diff({
      previous: { l: [{ a: 1 }] },
      actual: { l: [{ a: 1 }] },
      expected: { l: [{}] },
      unknown: { l: [{ a: true }] },
    }),
    [],
  );
});

Deno.test("differences() reports a masked subtree whole, and what is named like a secret", () => {
  const leaves = differences({
    previous: { s: { deep: "a" }, password: "p" },
    actual: { s: { deep: "b" }, password: "q" },
    expected: { s: { deep: "a" }, password: "p" },
    unknown: {},
    marks: { s: true },
  }, { ...rules, isSecretName: (name) => name === "password" });
  assertEquals(leaves.map(({ path, marks }) => ({ path, marks })), [{ path: "s", marks: true }, {
    path: "password",
    marks: true,
  }]);
});

Deno.test("differences() takes what objects inherit for no value", () => {
  const own = { tags: { o: "x", constructor: "acme", toString: "t" } };
  for (const [actual, expected] of [[own, { tags: { o: "x" } }], [{ tags: { o: "x" } }, own]]) {
    const found = diff({ previous: actual!, actual: actual!, expected: expected! });
    assertEquals(found.map(({ path, kind }) => [path, kind]), [["tags.constructor", "pending"], [
      "tags.toString",
      "pending",
    ]]);
    assertEquals(
      found.flatMap(({ actual, expected }) => [actual, expected]).filter((side) => typeof side === "function"),
      [],
    );
  }
  assertEquals(isEqual({}, { constructor: "x" }), false);
  assertEquals(isEqual({ valueOf: 1 }, {}), false);
  assertEquals(mergeMarks({ a: true }, { constructor: true }), { a: true, constructor: true });
  const odd = JSON.parse('{"__proto__":{"a":"s"},"b":"s"}');
  assertEquals(
    JSON.stringify(mask(odd, JSON.parse('{"__proto__":{"a":true}}'), noNames)),
    `{"__proto__":{"a":"${SENSITIVE}"},"b":"s"}`,
  );
});
