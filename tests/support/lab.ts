/**
 * Tests on a running lab.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { type Lab, providerMirror } from "../lab/lab.ts";
import { missingParts } from "../lab/missing_parts.ts";
import { SCENARIOS } from "../lab/scenarios/all.ts";
import { appliedLab, runScenario } from "../lab/scenarios/run.ts";
import { testWith } from "./programs.ts";

/** A test that has an applied estate to itself, on the first of the programs; it gets the paths of the others. */
export function testLab(
  programs: string[],
  title: string,
  fn: (test: Deno.TestContext, lab: Lab, ...paths: string[]) => Promise<void>,
): void {
  testWith(programs, title, async (test, ...paths) => {
    await using lab = await appliedLab(paths[0]!);
    await fn(test, lab, ...paths.slice(1));
  }, missingParts());
}

/** Whether the mirror holds a version of the provider, in a folder or packed. */
function inMirror(version: string): boolean {
  const folder = `${providerMirror()}/registry.terraform.io/bpg/proxmox`;
  return existsSync(folder) &&
    [...Deno.readDirSync(folder)].some(({ name }) =>
      name === version || (name.startsWith(`terraform-provider-proxmox_${version}_`) && name.endsWith(".zip"))
    );
}

/** One test of the scenarios that run on a program, all on one estate; PVE_DRIFT_LAB_ONLY, a pattern, chooses some by name. */
export function testScenarios(program: "terraform" | "lab/tofu"): void {
  const chosen = Deno.env.get("PVE_DRIFT_LAB_ONLY");
  const scenarios = SCENARIOS.filter((one) =>
    (program === "terraform" || one.tofu) && (!chosen || new RegExp(chosen, "i").test(one.name))
  );
  testLab(
    [program],
    `the check gives the right verdict on ${program} in ${scenarios.length} scenarios`,
    async (test, lab) => {
      for (const scenario of scenarios) {
        const { env, name, providerVersion: version } = scenario;
        const ignore = version !== undefined && !inMirror(version);
        await test.step({
          name: `${env}: ${name}${ignore ? ` (needs version ${version} of the provider in the mirror)` : ""}`,
          ignore,
          fn: () => runScenario(lab, scenario),
        });
      }
    },
  );
}
