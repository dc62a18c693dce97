/**
 * A scenario of the lab with a second witness: what Proxmox itself says beside the plan.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { EnvironmentReport, WitnessFinding, WitnessReport } from "../../../drift/report.ts";
import type { Lab } from "../lab.ts";
import type { Expected, Scenario } from "./scenario.ts";

/** Somebody who may do anything in Proxmox, by the web interface. */
export const ALICE = "alice@pve";

/** What the note on a guest says that is proven to be deleted. */
export const GONE = /deleted|lists it no more/;
/** What a change's note says where Proxmox keeps no record. */
export const NO_AUTHOR = /Proxmox records no author/;

/** What Proxmox recorded of a change, as the report tells it. */
export interface ExpectedTrace {
  user: string;
  what: RegExp;
  source: "task" | "log";
  /** Names of options; not looked at if absent. */
  options?: string[];
  /** Whether it reads "an apply"; false if absent. */
  byTerraform?: true;
}

/** One scenario with a witness. It begins with an estate that a check with the witness found in order. */
export interface WitnessScenario extends Pick<Scenario, "name" | "env" | "change"> {
  /** It changes what all environments see, so that no other can be looked at in the same check. */
  alone?: true;
  /** No check has asked the witness before. */
  fresh?: true;
  /** What is there and known before, seen by a check of its own. */
  before?: (lab: Lab) => Promise<void>;
  /** Options of the witness beside the usual. */
  config?: (lab: Lab) => Record<string, unknown> | Promise<Record<string, unknown>>;
  /** All environments are checked, not those alone in which something was changed. */
  all?: true;
  /** How often it is checked before it is compared; once if absent. */
  checks?: number;
  /** What the check must say. */
  expect: Expected;
  /** By address, what the witness found of a vanished guest. */
  found?: Record<string, WitnessFinding>;
  /** By address, all that Proxmox recorded. */
  traces?: Record<string, ExpectedTrace[]>;
  /** What must stand in some message. */
  told?: RegExp[];
  /** What must stand in none. */
  untold?: RegExp[];
  /** What must hold of the cluster's part of the report. */
  cluster?: (cluster: WitnessReport, lab: Lab) => void | Promise<void>;
  /** What it adds, in words, for the table. */
  adds: string;
}

/** Compares what the witness said of an environment's changes. */
export function compareWitness(report: EnvironmentReport, { found = {}, traces = {} }: WitnessScenario): void {
  const told = JSON.stringify(report, undefined, 1);
  const findings = report.changes.flatMap(({ address, witness }) => witness ? [[address, witness] as const] : []);
  assertEquals(Object.fromEntries(findings), found, told);
  for (const [address, expected] of Object.entries(traces)) {
    const recorded = report.changes.find((one) => one.address === address)?.traces ?? [];
    const comparable = recorded.map(({ user, what, source, options, byTerraform }, n) => {
      const wanted = expected[n];
      return {
        user,
        what: wanted?.what.test(what) ? wanted.what : what,
        source,
        byTerraform,
        ...(wanted?.options ? { options } : {}),
      };
    });
    assertEquals(comparable, expected.map((one) => ({ byTerraform: false, ...one })), told);
  }
}

/** The ids of what a part of the report lists. */
export function idsOf(listed: readonly { id: number }[]): number[] {
  return listed.map(({ id }) => id).sort((a, b) => a - b);
}
