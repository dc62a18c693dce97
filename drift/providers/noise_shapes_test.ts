import { assertEquals } from "@std/assert";
import { hasShape, isAbout } from "./noise_shapes.ts";
import type { NoiseRow, NoiseShape } from "./provider.ts";

const SAME: [NoiseShape, unknown, unknown][] = [
  ["words", ["Prod"], ["prod"]],
  ["words", ["web", "prod"], ["prod", "web"]],
  ["words", "Web,prod", "prod;web"],
  ["words", " web ; prod;", "prod;web"],
  ["text", "one\ntwo", "one\r\ntwo\n"],
  ["text", "one", "one  \n"],
  ["case", "bc:24:11:00:00:01", "BC:24:11:00:00:01"],
  [{ absent: 0 }, 0, null],
  [{ absent: false }, undefined, false],
  [{ absent: "" }, null, ""],
  [{ absentOr: [false, 1800] }, 1800, null],
  [{ absentOr: [false, 1800] }, null, false],
  [{ absent: { order: -1, delay: -1 } }, null, { delay: -1, order: -1 }],
];

const OTHER: [NoiseShape, unknown, unknown][] = [
  ["words", ["prod"], ["prod", "db"]],
  ["words", ["prod", "db"], ["prod"]],
  ["words", [], null],
  ["words", "", ";"],
  ["words", ["İ"], ["i"]],
  ["words", [1], [1]],
  ["words", { a: "b" }, { a: "B" }],
  ["text", "one", "One"],
  ["text", "one two", "one  two"],
  ["text", " one", "one"],
  ["text", "", null],
  ["text", ["one"], ["one\n"]],
  ["case", "BC:24:11:00:00:01", "BC:24:11:00:00:02"],
  ["case", "a", "a\n"],
  ["case", null, ""],
  [{ absent: 0 }, 0, 1],
  [{ absentOr: [false, 1800] }, null, 60],
  [{ absentOr: [false, 1800] }, false, 1800],
  [{ absent: 0 }, null, 1],
  [{ absent: 0 }, null, false],
  [{ absent: 0 }, null, ""],
  [{ absent: false }, true, null],
  [{ absent: { order: -1, delay: -1 } }, null, { delay: -1, order: 3 }],
  [{ absent: { order: -1, delay: -1 } }, null, { order: -1 }],
  [{ absent: { order: -1 } }, { order: -1 }, { order: -1 }],
];

Deno.test("hasShape() takes two values for the same in the way that a shape names, and in no other", () => {
  for (const [shape, one, other] of SAME) {
    assertEquals(hasShape(shape, one, other), true, JSON.stringify([shape, one, other]));
    assertEquals(hasShape(shape, other, one), true, JSON.stringify([shape, other, one]));
  }
  for (const [shape, one, other] of OTHER) {
    assertEquals(hasShape(shape, one, other), false, JSON.stringify([shape, one, other]));
    assertEquals(hasShape(shape, other, one), false, JSON.stringify([shape, other, one]));
  }
});

Deno.test("isAbout() goes by the whole type and the whole path", () => {
  const row: NoiseRow = { name: "x", types: ["a_vm"], paths: ["disk[*].queues", "tags"], shape: "words", reason: "" };
  const about = ["disk[0].queues", 'disk["scsi0"].queues', "tags"];
  for (const path of about) assertEquals(isAbout(row, "a_vm", path), true, path);
  for (const path of ["disk", "disk[0]", "disk[0].queue", "disk[0].queues[0]", "tags[0]", "x.tags"]) {
    assertEquals(isAbout(row, "a_vm", path), false, path);
  }
  assertEquals(isAbout(row, "a_vm2", "tags"), false);
});
