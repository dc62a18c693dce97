import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import type { Snooze } from "./snooze.ts";
import { SnoozeFiles } from "./snooze_files.ts";

const snooze = (address: string): Snooze => ({
  ...{ version: 1, address, since: "2026-11-23T06:00:00.000Z", until: "2026-11-25T06:00:00.000Z", reason: "test" },
  findings: [{ action: "update", origin: "outside", path: "tags", hash: "h" }],
});
const look = { now: 1, isReadOnly: false };

Deno.test("SnoozeFiles keeps one snooze for each address of an environment", async () => {
  const dir = await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-test-" });
  try {
    const prod = new SnoozeFiles(dir, "prod"), lab = new SnoozeFiles(dir, "lab");
    assertEquals(await prod.load(look), { snoozes: [], problems: [] });
    await prod.remove("vm.a");
    await prod.save(snooze("vm.b"));
    await prod.save(snooze("vm.a"));
    await prod.save({ ...snooze("vm.b"), reason: "again" });
    await lab.save(snooze("../../vm"));
    assertEquals((await prod.load(look)).snoozes, [snooze("vm.a"), { ...snooze("vm.b"), reason: "again" }]);
    assertEquals((await lab.load(look)).snoozes, [snooze("../../vm")]);
    await prod.remove("vm.b");
    assertEquals((await prod.load(look)).snoozes, [snooze("vm.a")]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("SnoozeFiles sets a damaged one aside and says so, and keeps the others", async () => {
  const dir = await Deno.makeTempDir({ dir: "/tmp", prefix: "pve-drift-test-" });
  try {
    const files = new SnoozeFiles(dir, "prod");
    const damages: [address: string, spoil: (whole: Snooze) => string][] = [
      ["vm.half", (whole) => JSON.stringify(whole).slice(0, 40)],
      ["vm.none", () => ""],
      ["vm.other", (whole) => JSON.stringify({ ...whole, address: "vm.another" })],
      ["vm.time", (whole) => JSON.stringify({ ...whole, until: "soon" })],
      ["vm.empty", (whole) => JSON.stringify({ ...whole, findings: [] })],
      ["vm.version", (whole) => JSON.stringify({ ...whole, version: 2 })],
    ];
    await files.save(snooze("vm.good"));
    for (const [address, spoil] of damages) {
      const before = new Set(await names(dir));
      await files.save(snooze(address));
      const [file] = (await names(dir)).filter((name) => !before.has(name));
      await Deno.writeTextFile(join(dir, "snooze/prod", file!), spoil(snooze(address)));
    }
    const seen = await files.load({ ...look, isReadOnly: true });
    assertEquals([seen.snoozes, seen.problems.length], [[snooze("vm.good")], damages.length]);
    assertMatch(seen.problems[0]!, /is damaged: the next check sets it aside$/);
    const { snoozes, problems } = await files.load(look);
    assertEquals([snoozes, problems.length], [[snooze("vm.good")], damages.length]);
    for (const problem of problems) {
      assertMatch(
        problem,
        /^A snooze was damaged and is set aside as ".*\.json\.damaged-1": what it kept silent is told$/,
      );
    }
    assertEquals(await files.load(look), { snoozes: [snooze("vm.good")], problems: [] });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

async function names(dir: string): Promise<string[]> {
  return await Array.fromAsync(Deno.readDir(join(dir, "snooze/prod")), ({ name }) => name);
}
