/**
 * What a second witness costs Proxmox: 100 guests on three nodes, some with snapshots, counted by token.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { startLab } from "../lab/lab.ts";
import { GUESTS, manyGuests, NODES, SNAPSHOTS, watchMany } from "../lab/many_guests.ts";
import { missingParts } from "../lab/missing_parts.ts";
import { TOKENS } from "../lab/pve.ts";
import { testWith } from "../support/programs.ts";

const EYES = TOKENS.witness.split("=")[0]!;

testWith(["terraform"], "a second witness asks as little as it may", async (test, bin) => {
  await using lab = await startLab(bin!);
  await manyGuests(lab);
  const asked = async (more: Record<string, unknown> | undefined, code: number) => {
    await watchMany(lab, more);
    await lab.pve.count(true);
    const { code: ended, report, stderr } = await lab.estate.report(["--all"], lab.env);
    assertEquals(ended, code, stderr);
    assertEquals(report.proxmox?.map(({ error }) => error) ?? [], more ? [undefined] : [], stderr);
    const { by, unmodeled } = await lab.pve.count();
    assertEquals(unmodeled, []);
    return by[EYES] ?? { requests: 0, mostInFlight: 0 };
  };
  const atMost = async (most: number, more: Record<string, unknown>, code = 0) => {
    const { requests, mostInFlight } = await asked(more, code);
    assert(requests > 0 && requests <= most, `${requests} requests, where ${most} are allowed`);
    assert(mostInFlight <= 4, `${mostInFlight} requests at once`);
  };
  await test.step("nothing without it", async () => assertEquals((await asked(undefined, 0)).requests, 0));
  await test.step("with details, one for each guest and each that has snapshots", async () => {
    await atMost(8 + GUESTS + SNAPSHOTS.length, {});
  });
  await test.step("without details, no more than eight", () => atMost(8, { details: false }));
  await test.step("who did it, one for each node and the log", async () => {
    await lab.pve.configure(1010, { memory: 2048 }, "alice@pve");
    await atMost(8 + NODES.length + 1, { details: false }, 2);
  });
  await test.step("what became of a vanished guest, three", async () => {
    await lab.pve.destroy(2020, "alice@pve");
    await atMost(8 + NODES.length + 1 + 3, { details: false }, 2);
  });
}, missingParts());
