import { assertEquals } from "@std/assert";
import { change, environment } from "../../tests/support/sample_reports.ts";
import type { Change, EnvironmentReport } from "../report.ts";
import type { Finding } from "../verdict/file_entry.ts";
import { isFlaps, settledFindings, settlingIn } from "./flapping.ts";
import { flapsAfter, type Memory, newSalt, remember } from "./memory.ts";
import { recallFrom } from "./recall.ts";

const START = Date.parse("2026-11-02T05:00:00.000Z");
const DAY = 86_400_000;
const VM = change().address;

/** What a check finds of an environment: attributes by their path, each with its value. */
type Found = Record<string, unknown>;

/** An environment whose checks follow each other, as its memory sees them. */
class Life {
  memory: Memory | undefined;
  readonly salt = newSalt();

  /** A check so many days after the first; what it says of the attributes, and of what settles. */
  check(
    day: number,
    found: Found,
    { status, action = "update", accepted = [] }: {
      status?: "error";
      action?: Finding["action"];
      accepted?: Change[];
    } = {},
  ): { flapping: Record<string, number>; isNew: string[]; settling: Record<string, number>; settled: string[] } {
    const startedAt = new Date(START + day * DAY).toISOString();
    const findings = Object.entries(found).map(([path, actual]): Finding => ({
      address: VM,
      action,
      origin: "outside",
      ...(path === "" ? {} : { path }),
      actual,
    }));
    const recall = recallFrom(this.memory, { salt: this.salt, startedAt, versions: {} });
    const flapping = findings.flatMap((one) => {
      const { flapping } = recall(one);
      return flapping ? [[one.path, flapping] as const] : [];
    });
    const report: EnvironmentReport = environment("prod", {
      status: status ?? (findings.length > 0 ? "drift" : "ok"),
      startedAt,
      changes: findings.length > 0 ? [change({ action })] : [],
    });
    const { flaps, settled } = status
      ? { flaps: [], settled: [] }
      : flapsAfter(this.memory, findings, accepted, { salt: this.salt, startedAt });
    this.memory = JSON.parse(JSON.stringify(
      remember(report, { findings, flaps, resources: 1 }, this.memory, this.salt),
    ));
    return {
      flapping: Object.fromEntries(flapping.map(([path, { returns }]) => [path, returns])),
      isNew: flapping.flatMap(([path, { isNew }]) => isNew ? [path!] : []),
      settling: Object.fromEntries(settlingIn(flaps).map(({ path, equalChecks }) => [path, equalChecks])),
      settled: settledFindings(settled).map(({ path }) => path!),
    };
  }
}

const NOTHING = { flapping: {}, isNew: [], settling: {}, settled: [] };

/** A life in which `memory` has come back on three days; its next check is on day 7. */
function flappingLife(): Life {
  const life = new Life();
  for (let day = 0; day < 7; day++) life.check(day, day % 2 === 0 ? { memory: 4096 } : {});
  return life;
}

Deno.test("a value flaps when it has come back on three different days, and settles when three checks find it equal", () => {
  const life = new Life();
  for (const day of [0, 2, 4]) {
    assertEquals(life.check(day, { memory: 4096 }), NOTHING);
    assertEquals(life.check(day + 1, {}), NOTHING);
  }
  assertEquals(life.check(6, { memory: 4096 }), { ...NOTHING, flapping: { memory: 3 }, isNew: ["memory"] });
  assertEquals(life.check(7, { memory: 4096 }), { ...NOTHING, flapping: { memory: 3 } });
  assertEquals(life.check(8, {}), { ...NOTHING, settling: { memory: 1 } });
  assertEquals(life.check(9, { memory: 4096 }), { ...NOTHING, flapping: { memory: 4 } });
  assertEquals(life.check(10, {}), { ...NOTHING, settling: { memory: 1 } });
  assertEquals(life.check(11, {}), { ...NOTHING, settling: { memory: 2 } });
  assertEquals(life.check(12, {}), { ...NOTHING, settled: ["memory"] });
  assertEquals(life.check(13, {}), NOTHING);
  assertEquals(life.check(14, { memory: 4096 }), NOTHING, "it begins anew");
});

Deno.test("a value that stays does not flap, nor do values that are others each time", () => {
  const life = new Life();
  for (let day = 0; day < 9; day++) assertEquals(life.check(day, { memory: 4096 }), NOTHING);
  assertEquals(life.memory?.flaps, [], "nothing is followed");
  for (let day = 10; day < 22; day++) assertEquals(life.check(day, day % 2 ? { memory: day } : {}), NOTHING);
});

Deno.test("two values in turn flap as one value does, whichever is there", () => {
  const life = new Life();
  const values = (day: number) => ({ memory: day % 2 ? "B" : "A" });
  for (let day = 0; day < 6; day++) assertEquals(life.check(day, values(day)), NOTHING, `day ${day}`);
  assertEquals(life.check(6, values(6)), { ...NOTHING, flapping: { memory: 3 }, isNew: ["memory"] });
  assertEquals(life.check(7, values(7)), { ...NOTHING, flapping: { memory: 3 } });
  assertEquals(life.check(8, { memory: "C" }), { ...NOTHING, flapping: { memory: 3 } });
});

Deno.test("three returns within one day are one, and days are those of UTC", () => {
  const life = new Life();
  const hours = (from: number) => {
    const told = [];
    for (let at = 0; at < 6; at++) told.push(life.check(from + at / 24, at % 2 ? {} : { memory: 4096 }));
    return told.at(-2)!;
  };
  assertEquals(hours(0), NOTHING);
  assertEquals(hours(1), NOTHING);
  // Before midnight, UTC, it is the second day still.
  assertEquals(life.check(1.78, { memory: 4096 }), NOTHING);
  assertEquals(life.check(1.785, {}), NOTHING);
  assertEquals(life.check(1.8, { memory: 4096 }).flapping, { memory: 7 });
});

Deno.test("a check without a verdict is no equal one, and no return", () => {
  const life = flappingLife();
  assertEquals(life.check(7, {}).settling, { memory: 1 });
  assertEquals(life.check(8, {}, { status: "error" }).settling, {});
  assertEquals(life.check(9, {}, { status: "error" }).settling, {});
  assertEquals(life.check(10, { memory: 4096 }, { status: "error" }).flapping, { memory: 4 });
  assertEquals(life.check(11, {}).settling, { memory: 2 });
  assertEquals(life.check(12, {}).settled, ["memory"]);
});

Deno.test("an object that is to be created, destroyed or replaced never flaps, and says nothing of its attributes", () => {
  for (const action of ["create", "delete", "replace"] as const) {
    const life = new Life();
    for (let day = 0; day < 12; day++) {
      assertEquals(life.check(day, day % 2 ? {} : { "": null }, { action }), NOTHING, action);
    }
    assertEquals(life.memory?.flaps, []);
  }
  const replaced = new Life();
  for (let day = 0; day < 12; day++) {
    assertEquals(replaced.check(day, day % 2 ? {} : { memory: 4096 }, { action: "replace" }), NOTHING);
  }
  assertEquals(replaced.memory?.flaps, []);
  const life = flappingLife();
  assertEquals(life.check(7, { memory: 4096 }, { action: "replace" }), NOTHING);
  for (const day of [8, 9, 10]) assertEquals(life.check(day, { "": null }, { action: "delete" }), NOTHING);
  assertEquals(life.check(11, { memory: 4096 }).flapping, { memory: 3 }, "it was there all the time");
});

Deno.test("an attribute that a rule sets aside is neither equal nor gone", () => {
  const life = flappingLife();
  const [attribute] = change().attributes;
  const accepted = [change({ attributes: [{ ...attribute!, path: "memory" }] })];
  for (const day of [7, 8, 9, 10]) assertEquals(life.check(day, {}, { accepted }), NOTHING);
  assertEquals(life.check(11, {}).settling, { memory: 1 });
});

Deno.test("what keeps its value or stays equal for 30 days is forgotten", () => {
  const life = flappingLife();
  assertEquals(life.check(36, { memory: 4096 }).flapping, { memory: 3 });
  life.check(37, { memory: 4096 });
  assertEquals(life.memory?.flaps, []);
  assertEquals(life.check(38, { memory: 4096 }), NOTHING);
});

Deno.test("remember() keeps no value of what flaps, and only so many attributes and values", () => {
  const life = new Life();
  const many = (value: string) => Object.fromEntries(Array.from({ length: 1010 }, (_, at) => [`a${at}`, value]));
  life.check(0, many("S3CRET"));
  for (let day = 1; day < 10; day++) life.check(day, many(`S3CRET ${day}`));
  assertEquals(life.memory?.flaps?.length, 1000);
  assertEquals(Math.max(...life.memory!.flaps!.map(({ values }) => values.length)), 8);
  assertEquals(JSON.stringify(life.memory).includes("S3CRET"), false);
});

Deno.test("remember() begins to follow where a memory of an older version follows nothing", () => {
  const life = new Life();
  life.check(0, { memory: 4096 });
  const { flaps: _, ...old } = life.memory!;
  life.memory = old;
  for (let day = 1; day < 6; day++) assertEquals(life.check(day, day % 2 ? {} : { memory: 4096 }), NOTHING);
  assertEquals(life.check(6, { memory: 4096 }).flapping, { memory: 3 });
});

Deno.test("isFlaps() takes what is kept, and nothing else", () => {
  const { flaps } = flappingLife().memory!;
  assertEquals([isFlaps(flaps), isFlaps([])], [true, true]);
  const [flap] = flaps!, [value] = flap!.values;
  const wrongs = [
    null,
    {},
    [null],
    ...[{ address: 1 }, { path: undefined }, { now: 1 }, { equalChecks: 1.5 }, { changedAt: "soon" }, { values: [] }, {
      isFlapping: "yes",
    }]
      .map((part) => [{ ...flap, ...part }]),
    ...[null, {}, { ...value, hash: 1 }, { ...value, days: [1] }, { ...value, returns: "3" }, {
      ...value,
      firstSeenAt: 1,
    }]
      .map((one) => [{ ...flap, values: [one] }]),
  ];
  for (const wrong of wrongs) assertEquals(isFlaps(wrong), false, JSON.stringify(wrong));
});
