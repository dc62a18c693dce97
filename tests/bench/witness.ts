/**
 * `deno task bench:witness`: what a second witness costs on 100 guests on three nodes: its requests, and its share of a
 * run's time. Runs with and without it take turns.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { startLab } from "../lab/lab.ts";
import { GUESTS, manyGuests, NODES, watchMany } from "../lab/many_guests.ts";
import { TOKENS } from "../lab/pve.ts";
import { findProgram } from "../support/programs.ts";

const TURNS = 5;
const EYES = TOKENS.witness.split("=")[0]!;
const WAYS: [what: string, witness: Record<string, unknown> | undefined][] = [
  ["no witness", undefined],
  ['witness, "details": false', { details: false }],
  ["witness with details", {}],
];

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const bin = findProgram("terraform");
if (!bin) throw new Error("Cannot run the benchmark: terraform is not on the PATH");
await using lab = await startLab(bin, "pve-drift-bench-");
await manyGuests(lab);
const took = new Map<string, number[]>(WAYS.map(([what]) => [what, []])), requests = new Map<string, number>();
for (let turn = 0; turn <= TURNS; turn++) {
  for (const [what, witness] of WAYS) {
    await watchMany(lab, witness);
    await lab.pve.count(true);
    const began = performance.now();
    const { code, stderr } = await lab.estate.drift(["--all", "--quiet"], lab.env);
    const seconds = (performance.now() - began) / 1000;
    assertEquals(code, 0, stderr);
    // The first turn finds nothing remembered, and warms up what there is to warm.
    if (turn > 0) took.get(what)!.push(seconds);
    requests.set(what, (await lab.pve.count()).by[EYES]?.requests ?? 0);
  }
}
const alone = median(took.get(WAYS[0]![0])!);
say(`${GUESTS} guests on ${NODES.length} nodes, ${TURNS} turns, medians; ${navigator.hardwareConcurrency} cores`);
for (const [what] of WAYS) {
  const seconds = median(took.get(what)!), share = (seconds - alone) / seconds;
  say(
    `${what.padEnd(28)} ${seconds.toFixed(1).padStart(6)} s   ${`${requests.get(what)} requests`.padStart(14)}   ${
      what === WAYS[0]![0] ? "" : `${(share * 100).toFixed(0)} % of the run`
    }`,
  );
}
