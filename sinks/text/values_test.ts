import { assert, assertEquals } from "@std/assert";
import { loadMeasure } from "./text.ts";
import { differenceLines, EXPECTED_ACTUAL, type Room, valueText, WAS_IS } from "./values.ts";

const measure = await loadMeasure();
const ROOM: Room = { columns: 72, verbose: false, measure, words: EXPECTED_ACTUAL };

function lines(path: string, expected: unknown, actual: unknown, room?: Partial<Room>, previous?: unknown) {
  const attribute = previous === undefined ? { path, expected, actual } : { path, expected, actual, previous };
  return differenceLines(attribute, { ...ROOM, ...room });
}

Deno.test("differenceLines() says which value is wanted and which is there", () => {
  assertEquals(lines("memory[0].dedicated", 2048, 4096), ["memory[0].dedicated: expected 2048 → actual 4096"]);
  assertEquals(lines("started", true, false), ["started: expected true → actual false"]);
  assertEquals(lines("a", "", null), ['a: expected "" → actual (none)']);
  assertEquals(lines("n", 0, "0"), ['n: expected 0 → actual "0"']);
});

Deno.test("differenceLines() names the state's value when it is neither of the two", () => {
  assertEquals(lines("m", 3072, 4096, undefined, 2048), ["m: expected 3072 → actual 4096 (the state has 2048)"]);
});

Deno.test("differenceLines() shows each member of an element that came or went whole", () => {
  const card = {
    bridge: "vmbr1",
    comment: "the second card of the web server, for backups",
    mac_address: "BC:24:11:2E:C0:00",
    model: "virtio",
    vlan_id: 0,
  };
  const shown = [
    "network_device[1]:",
    "  expected (none)",
    '  actual   {bridge: "vmbr1",',
    '            comment: "the second card of the web server, for backups",',
    '            mac_address: "BC:24:11:2E:C0:00", model: "virtio",',
    "            vlan_id: 0}",
  ];
  assertEquals(lines("network_device[1]", null, card), shown);
  assertEquals(lines("network_device[1]", card, null, { words: WAS_IS }), [
    "network_device[1]:",
    '  was {bridge: "vmbr1",',
    '       comment: "the second card of the web server, for backups",',
    '       mac_address: "BC:24:11:2E:C0:00", model: "virtio", vlan_id: 0}',
    "  is  (none)",
  ]);
  for (let columns = 24; columns < 80; columns++) {
    const text = lines("network_device[1]", null, card, { columns });
    for (const line of text) assert(measure(line) <= columns, line);
    if (columns > 45) assert(text.some((line) => line.includes('mac_address: "BC:24:11:2E:C0:00"')), text.join("\n"));
  }
});

Deno.test("differenceLines() calls the sides as the room says", () => {
  assertEquals(lines("a", 1, 2, { words: WAS_IS }), ["a: was 1 → is 2"]);
  assertEquals(lines("a", [1], [2], { words: WAS_IS }), ["a: now has +2, lacks -1"]);
});

Deno.test("differenceLines() shows lists as what there is more and what is missing", () => {
  assertEquals(lines("tags", ["managed", "web"], ["managed", "web", "urgent"]), ['tags: actual has +"urgent"']);
  assertEquals(lines("tags", ["a", "b"], ["a", "c"]), ['tags: actual has +"c", lacks -"b"']);
  assertEquals(lines("tags", ["a", "a"], ["a"]), ['tags: actual lacks -"a"']);
  assertEquals(lines("tags", ["a", "b"], ["b", "a"]), ["tags: the same items in another order"]);
  assertEquals(lines("ports", [], [0, 1, 2]), ["ports: actual has +0 +1 +2"]);
});

Deno.test("differenceLines() gives each item a line when a list's difference does not fit", () => {
  assertEquals(lines("ports", [7], Array.from({ length: 11 }, (_, i) => `p${i}`), { columns: 30 }), [
    "ports: actual has (+) or",
    "  lacks (-)",
    ...Array.from({ length: 8 }, (_, i) => `  + "p${i}"`),
    "  and 4 more",
  ]);
  const shown = lines("keys", [`${"A".repeat(90)} alice`], [`${"A".repeat(90)} mallory`]);
  assertEquals(shown[0], "keys: actual has (+) or lacks (-)");
  assert(shown[1]!.endsWith(' mallory"') && shown[1]!.startsWith("  + …AAA"), shown[1]);
  assert(shown[2]!.endsWith(' alice"') && shown[2]!.startsWith("  - …AAA"), shown[2]);
});

Deno.test("differenceLines() writes both orders of a list when verbose", () => {
  assertEquals(lines("tags", ["a", "b"], ["b", "a"], { verbose: true }), [
    "tags: the same items in another order",
    '  expected ["a", "b"]',
    '  actual   ["b", "a"]',
  ]);
});

Deno.test("differenceLines() shows the line that differs when a text has several", () => {
  assertEquals(lines("description", "owner: alice\nbackup: nightly\nend", "owner: alice\nbackup: none\nend"), [
    'description, line 2: expected "backup: nightly" → actual "backup: none"',
  ]);
  assertEquals(lines("description", "a\n", "a\nb\n"), ['description, line 2: expected (no such line) → actual "b"']);
  assertEquals(lines("description", "a", "b\nc\nd"), [
    'description, line 1: expected "a" → actual "b"',
    "  (2 more lines of it may differ)",
  ]);
  assertEquals(lines("description", "a", "b\nc", { verbose: true }), [
    'description, line 1: expected "a" → actual "b"',
    'description, line 2: expected (no such line) → actual "c"',
  ]);
});

Deno.test("differenceLines() does not repeat a mask when both sides are masked", () => {
  assertEquals(lines("password", "(sensitive)", "(sensitive)"), [
    "password: differs (sensitive, not shown)",
  ]);
  assertEquals(lines("name", "(hidden)", "(hidden)"), ["name: differs (hidden)"]);
  assertEquals(lines("password", null, "(sensitive)"), ["password: expected (none) → actual (sensitive)"]);
});

Deno.test("differenceLines() takes two lines, and shows where long values differ, when they do not fit", () => {
  const key = (user: string) => `ssh-ed25519 ${"A".repeat(80)} ${user}@laptop.example.org ${"x".repeat(60)}`;
  const shown = lines("keys", key("alice"), key("mallory"));
  assertEquals(shown[0], "keys:");
  assert(shown[1]!.startsWith("  expected …AAA") && shown[1]!.includes("alice@"), shown[1]);
  assert(shown[2]!.startsWith("  actual   …AAA") && shown[2]!.includes("mallory@"), shown[2]);
});

Deno.test("differenceLines() never exceeds its columns nor shows the same excerpt twice when values are long", () => {
  for (const filler of ["x", "数", "👩‍💻", "\u001b[31m", "word "]) {
    for (const at of [0, 1, 40, 100, 199, 200]) {
      for (const columns of [30, 40, 72]) {
        const base = filler.repeat(200);
        const other = base.slice(0, at * filler.length) + "CHANGED" + base.slice(at * filler.length);
        for (const verbose of [false, true]) {
          const shown = lines("some.path", base, other, { columns, verbose });
          for (const line of shown) assert(measure(line) <= columns, `${measure(line)} > ${columns}: ${line}`);
          // deno-lint-ignore no-control-regex
          assert(!/[\x00-\x1f\x7f]/.test(shown.join("")), shown.join("|"));
          if (!verbose) {
            assertEquals(shown.length, 3);
            assert(shown[1]!.slice(11) !== shown[2]!.slice(11), shown.join("\n"));
          }
        }
      }
    }
  }
});

Deno.test("differenceLines() cuts nothing when verbose", () => {
  const shown = lines("f", "q".repeat(300), "z".repeat(300), { verbose: true });
  assertEquals(shown.join("").replace(/[^qz]/g, ""), "q".repeat(300) + "z".repeat(300));
});

Deno.test("valueText() leaves out of an object what is not set unless verbose", () => {
  const nic = { bridge: "vmbr0", mac: null, trunks: "", queues: 0, extra: [], firewall: false, rate: {} };
  assertEquals(valueText(nic, false), '{bridge: "vmbr0", queues: 0, firewall: false}');
  assertEquals(
    valueText(nic, true),
    '{bridge: "vmbr0", mac: (none), trunks: "", queues: 0, extra: [], firewall: false, rate: {}}',
  );
  assertEquals(valueText({ "a\u001b": ["x\ny"] }, false), '{a\\u001b: ["x\\ny"]}');
});

Deno.test("differenceLines() says that a difference is not shown where both sides read alike", () => {
  for (const verbose of [false, true]) {
    assertEquals(lines("keys", ["(sensitive)"], ["(sensitive)"], { verbose }), [
      "keys: differs (shows as [(sensitive)] on both sides)",
    ]);
    const [line] = lines("data", "a\n(sensitive)\n", "a\n(sensitive)\n", { verbose, columns: 200 });
    assert(line!.startsWith("data: differs (shows as "), line);
  }
});
