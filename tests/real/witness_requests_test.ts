/**
 * What a second witness and its looks cost Proxmox: 100 guests on three nodes, some with snapshots, counted by token.
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
  let planned = 0;
  const asked = async (more: Record<string, unknown> | undefined, code: number, args: string[] = []) => {
    await watchMany(lab, more);
    await lab.pve.count(true);
    const { code: ended, report, stderr } = await lab.estate.report(["--all", ...args], lab.env);
    assertEquals(ended, code, stderr);
    planned = report.summary.environments;
    assertEquals(report.proxmox?.map(({ error }) => error) ?? [], more ? [undefined] : [], stderr);
    const { by, unmodeled } = await lab.pve.count();
    assertEquals(unmodeled, []);
    return by[EYES] ?? { requests: 0, mostInFlight: 0 };
  };
  const atMost = async (most: number, more: Record<string, unknown>, code = 0, args: string[] = []) => {
    const { requests, mostInFlight } = await asked(more, code, args);
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
  await test.step("a look that plans asks no guest twice, and one that has nothing to plan asks each but once", async () => {
    await atMost(8 + GUESTS + SNAPSHOTS.length + NODES.length + 1, {}, 2, ["--if-changed"]);
    assertEquals(planned, 1);
    await atMost(4 + GUESTS, {}, 0, ["--if-changed"]);
    assertEquals(planned, 0);
  });
}, missingParts());
