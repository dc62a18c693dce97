/**
 * Runs scenarios with a second witness: up to one of each environment in one check, so that they take a third of the time.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { DriftReport } from "../../../drift/report.ts";
import type { Lab } from "../lab.ts";
import { appliedLab, compareReport } from "./run.ts";
import { compareWitness, type WitnessScenario } from "./witness.ts";

/** Starts a lab that a check with the witness found in order, saved as "witnessed". */
export async function witnessedLab(bin: string): Promise<Lab> {
  const lab = await appliedLab(bin);
  try {
    await witness(lab, 11);
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Has a check with the witness find an {@linkcode appliedLab} in order, with so many guests, and saves it as "witnessed". */
export async function witness(lab: Lab, managed: number): Promise<void> {
  await lab.configure({ proxmox: lab.witness() });
  const { code, report, stderr } = await lab.estate.report(["--all"], lab.env);
  assertEquals(code, 0, stderr);
  assertEquals(report.proxmox?.map(({ error, guests }) => [error, guests]), [[
    undefined,
    { managed, unmanaged: 0, excluded: 0 },
  ]]);
  await lab.save("witnessed");
}

/** Puts scenarios together that one check can look at: of each environment one, and none that must be alone. */
export function batches(scenarios: readonly WitnessScenario[]): WitnessScenario[][] {
  const together: WitnessScenario[][] = [];
  for (const scenario of scenarios) {
    const place = scenario.alone
      ? undefined
      : together.find((batch) => batch.every(({ env, alone }) => !alone && env !== scenario.env));
    if (place) place.push(scenario);
    else together.push([scenario]);
  }
  return together;
}

/** What the last check of a batch said. */
export interface Looked {
  report: DriftReport;
  /** Those that all checks sent, since what was there before. */
  messages: string;
  told: string;
}

/** Makes all changes of a batch, and checks its environments. */
export async function look(lab: Lab, batch: readonly WitnessScenario[]): Promise<Looked> {
  await lab.load(batch.some(({ fresh }) => fresh) ? "base" : "witnessed");
  const options = await Promise.all(batch.map((one) => one.config?.(lab)));
  await lab.configure({ concurrency: 3, proxmox: lab.witness(Object.assign({}, ...options)) });
  const names = batch.some(({ all }) => all) ? ["--all"] : batch.flatMap(({ env }) => ["--env", env]);
  const check = () => lab.estate.report(names, lab.env);
  const prepared = batch.filter(({ before }) => before);
  for (const { before } of prepared) await before!(lab);
  if (prepared.length > 0) await check();
  lab.telegram.accepted.splice(0);
  for (const { change } of batch) await change(lab);
  await lab.pve.count(true);
  let found = await check();
  for (let n = 1; n < Math.max(...batch.map(({ checks = 1 }) => checks)); n++) found = await check();
  const messages = lab.telegram.accepted.splice(0).map(({ text }) => text).join("\n\n");
  return {
    report: found.report,
    messages,
    told: `${found.stderr}\n${JSON.stringify(found.report.proxmox, undefined, 1)}`,
  };
}

/** Throws where a check did not say what a scenario of its batch expects. */
export async function compareLooked(lab: Lab, scenario: WitnessScenario, { report, messages, told }: Looked) {
  const environment = report.environments.find(({ name }) => name === scenario.env)!;
  compareReport(environment, scenario.expect, `${told}\n${JSON.stringify(environment, undefined, 1)}`);
  compareWitness(environment, scenario);
  assertEquals(report.proxmox?.length, 1, told);
  await scenario.cluster?.(report.proxmox![0]!, lab);
  for (const says of scenario.told ?? []) assertMatch(messages, says);
  for (const says of scenario.untold ?? []) assert(!says.test(messages), messages);
  assertEquals((await lab.pve.count()).unmodeled, [], "the played Proxmox was asked for what it does not model");
}
