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
  const all = { previous: {}, actual: {}, expected: {}, unknown: {}, marks: [], ...sides };
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

Deno.test("differences() leaves out an entry that is empty and came or went without the plan acting on it", () => {
  const found = { a: [["::1"], []] };
  assertEquals(diff({ previous: { a: [["::1"]] }, actual: found, expected: found }), []);
  const filled = { a: [["::1"], ["::2"]] };
  assertEquals(diff({ previous: { a: [["::1"]] }, actual: filled, expected: filled }).map(({ kind }) => kind), [
    "observed",
  ]);
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
    marks: [{ s: true }],
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

const rule = (dport: string, rest: Record<string, unknown> = {}) => ({ action: "ACCEPT", dport, comment: "", ...rest });
const cidr = (name: string, comment = "") => ({ name, comment });
const brief = (found: ReturnType<typeof diff>) => found.map(({ path, kind }) => `${path} ${kind}`);

Deno.test("differences() tells an entry that came or went as one, wherever its neighbors moved", () => {
  const [ssh, https, new_] = [rule("22"), rule("443"), rule("8080")];
  const three = (previous: unknown[], actual: unknown[], expected: unknown[]) =>
    brief(diff({ previous: { r: previous }, actual: { r: actual }, expected: { r: expected } }));
  const name = /^r\["#[0-9a-f]{8}"\] (\w+)$/;
  const kinds = (found: string[]) => found.map((one) => name.exec(one)?.[1] ?? one);
  assertEquals(kinds(three([ssh, https], [new_, ssh, https], [ssh, https])), ["outside"]);
  assertEquals(kinds(three([ssh, https, new_], [https, new_], [ssh, https, new_])), ["outside"]);
  assertEquals(kinds(three([ssh, https], [ssh, https], [new_, ssh, https])), ["pending"]);
  assertEquals(kinds(three([ssh, https], [ssh, https], [https])), ["pending"]);
  assertEquals(kinds(three([ssh, https], [new_, ssh, https], [new_, ssh, https])), ["observed"]);
  assertEquals(kinds(three([ssh, https], [https], [https])), ["observed"]);
  assertEquals(kinds(three([ssh, https], [new_, ssh, https], [ssh])).sort(), ["outside", "pending"]);
  // At the end, the place of an entry tells enough.
  assertEquals(three([ssh], [ssh, https], [ssh]), ["r[1] outside"]);
  assertEquals(three([ssh, https], [ssh, { ...https, action: "DROP" }], [ssh, https]), ["r[1].action outside"]);
});

Deno.test("differences() calls an entry by the same name wherever it stands, and two equal ones by two", () => {
  const names = (actual: unknown[]) =>
    diff({ previous: { r: [rule("22")] }, actual: { r: actual }, expected: { r: [rule("22")] } }).map(({ path }) =>
      path
    );
  const [first] = names([rule("8080"), rule("22")]);
  assertEquals(names([rule("9090"), rule("8080"), rule("22")]).includes(first!), true);
  assertEquals(new Set(names([rule("8080"), rule("8080"), rule("22")])).size, 2);
});

Deno.test("differences() compares the entries of a list whose order means nothing each with itself", () => {
  const listRule: DiffRules["listRule"] = (path) => path === "cidr" ? { isUnordered: true, key: ["name"] } : undefined;
  const three = (previous: unknown[], actual: unknown[], expected: unknown[], more: Partial<DiffRules> = {}) =>
    diff({ previous: { cidr: previous }, actual: { cidr: actual }, expected: { cidr: expected } }, {
      listRule,
      ...more,
    });
  const [a, b] = [cidr("10.1.1.1", "ann"), cidr("10.1.1.2", "bob")];
  assertEquals(three([b, a], [cidr("6.6.6.6"), b, a], [a, b]), [
    { path: 'cidr["6.6.6.6"]', kind: "outside", previous: null, actual: cidr("6.6.6.6"), expected: null },
  ]);
  assertEquals(brief(three([a, b], [b, cidr("10.1.1.1", "eve")], [a, b])), ['cidr["10.1.1.1"].comment outside']);
  assertEquals(brief(three([a, b], [a, b], [b, cidr("10.1.1.1", "new")])), ['cidr["10.1.1.1"].comment pending']);
  assertEquals(brief(three([a, b], [b, a], [b, a])), []);
  assertEquals(brief(three([a, b], [a, b], [b, a])), ["cidr pending"]);
  // Names are values.
  assertEquals(/^cidr\["#[0-9a-f]{8}"\]$/.test(three([a], [a, b], [a], { showsNames: false })[0]!.path), true);
});

Deno.test("differences() passes over what only says where an entry stands", () => {
  const listRule: DiffRules["listRule"] = () => ({ isUnordered: false, key: ["dport"], position: "pos" });
  const at = (pos: number, dport: string, comment = "") => ({ pos, dport, comment });
  const three = (actual: unknown[]) =>
    diff({
      previous: { rule: [at(0, "22"), at(1, "443")] },
      actual: { rule: actual },
      expected: { rule: [at(0, "22"), at(1, "443")] },
    }, { listRule });
  assertEquals(three([at(0, "8080"), at(1, "22"), at(2, "443")]), [
    { path: 'rule["8080"]', kind: "outside", previous: null, actual: { dport: "8080", comment: "" }, expected: null },
  ]);
  assertEquals(brief(three([at(0, "8080"), at(1, "22", "x"), at(2, "443")])), [
    'rule["8080"] outside',
    'rule["22"].comment outside',
  ]);
});

Deno.test("differences() says that nothing but the order changed", () => {
  const [ssh, https] = [rule("22"), rule("443")];
  const order = (one: unknown[], other: unknown[]) =>
    differences(
      { previous: { r: one }, actual: { r: other }, expected: { r: one }, unknown: {}, marks: [] },
      rules,
    ).map(({ path, kind, isOrder }) => [path, kind, isOrder]);
  assertEquals(order([ssh, https], [https, ssh]), [["r", "outside", true]]);
  assertEquals(order(["a", "b"], ["b", "a"]), [["r", "outside", true]]);
  assertEquals(order(["a", "b"], ["b", "b"]), [["r", "outside", undefined]]);
});

Deno.test("differences() keeps the secrets of an entry out of its name, wherever it stands", () => {
  const key = (name: string, value: string) => ({ name, value });
  const paths = (secret: string) =>
    differences({
      previous: { k: [key("", "old")] },
      actual: { k: [key("", secret), key("", "old")] },
      expected: { k: [key("", "old")] },
      unknown: {},
      marks: [{ k: [{}, { value: true }] }],
    }, rules).map(({ path, marks }) => [path, marks]);
  assertEquals(paths("hunter2"), paths("hunter3"));
  assertEquals(paths("hunter2")[0]?.[1], { value: true });
});

Deno.test("differences() asks for nothing in place of an element that only an apply can tell", () => {
  const three = (actual: unknown[]) =>
    diff({
      previous: { l: ["a", "b"] },
      actual: { l: actual },
      expected: { l: [null, "b"] },
      unknown: { l: [true, false] },
    });
  assertEquals(three(["a", "b"]), []);
  assertEquals(three(["a", "x"]), [
    { path: "l", kind: "outside", previous: ["a", "b"], actual: ["a", "x"], expected: ["(known after apply)", "b"] },
  ]);
  assertEquals(brief(three(["c", "b"])), []);
  assertEquals(brief(three(["a"])), ["l outside"]);
});

Deno.test("differences() asks for nothing in an entry that moved where only an apply can tell", () => {
  const disk = (name: string, uid?: string) => ({ name, size: 1, ...uid === undefined ? {} : { uid } });
  const [a, b, c] = [disk("a", "u1"), disk("b", "u2"), disk("c", "u3")];
  const three = (previous: unknown[], expected: unknown[], unknown: unknown, more: Partial<DiffRules> = {}) =>
    brief(diff({ previous: { d: previous }, actual: { d: previous }, expected: { d: expected }, unknown }, more));
  const uids = { d: [{ uid: true }, { uid: true }] };
  assertEquals(three([a, b, c], [disk("b"), disk("c")], uids), ['d["a"] pending']);
  const listRule: DiffRules["listRule"] = () => ({ isUnordered: true, key: ["name"] });
  assertEquals(three([a, b], [disk("b"), disk("a")], uids, { listRule }), []);
});

Deno.test("differences() moves entries past one that only an apply can tell, unless it may be one that seems gone", () => {
  const [a, b] = [{ name: "a" }, { name: "b" }];
  const three = (actual: unknown[], expected: unknown[], unknown: boolean[]) =>
    brief(diff({ previous: { l: actual }, actual: { l: actual }, expected: { l: expected }, unknown: { l: unknown } }));
  assertEquals(three([a, b], [null, a, b], [true, false, false]), []);
  assertEquals(three([a, b], [null, b], [true, false]), []);
});
