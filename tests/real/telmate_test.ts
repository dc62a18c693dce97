/**
 * Guests of Telmate/proxmox in the lab: every scenario, on a stand-in that plans as the real provider did there
 * (tests/record/telmate_lab.ts recorded it), a running API and real state.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { ESTATES, providerMirror } from "../lab/lab.ts";
import { missingParts } from "../lab/missing_parts.ts";
import type { Planned } from "../lab/scenarios/planned.ts";
import { appliedLab, runScenario } from "../lab/scenarios/run.ts";
import { TELMATE, WITNESSED_TELMATE } from "../lab/scenarios/all.ts";
import { compareLooked, look, witness } from "../lab/scenarios/witness_run.ts";
import { testWith } from "../support/programs.ts";

const recorded: Record<string, Planned> = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/telmate_lab.json", import.meta.url)),
);
/** What is not there. */
function missing(): string | undefined {
  const found = existsSync(`${providerMirror()}/registry.terraform.io/telmate/proxmox`);
  return missingParts() ?? (found ? undefined : "needs Telmate/proxmox in the mirror that LAB_PROVIDER names");
}

const chosen = Deno.env.get("PVE_DRIFT_LAB_ONLY");

for (const program of ["terraform", "lab/tofu"]) {
  const scenarios = TELMATE.filter((one) =>
    (program === "terraform" || one.tofu) && (!chosen || new RegExp(chosen, "i").test(one.name))
  );
  testWith(
    [program],
    `the check gives the right verdict on ${program} in ${scenarios.length} scenarios of Telmate/proxmox`,
    async (test, bin) => {
      await using lab = await appliedLab(bin!, ESTATES.telmate);
      for (const scenario of scenarios) {
        await test.step(scenario.name, () => runScenario(lab, scenario, recorded[scenario.name]));
      }
      if (program !== "terraform") return;
      await lab.load("base");
      await witness(lab, 5);
      for (const scenario of WITNESSED_TELMATE) {
        await test.step(
          `with a second witness: ${scenario.name}`,
          async () => compareLooked(lab, scenario, await look(lab, [scenario])),
        );
      }
    },
    missing(),
  );
}
