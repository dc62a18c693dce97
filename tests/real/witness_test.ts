/**
 * The second witness on the lab: what Proxmox says beside each plan, on a running provider, a running API and real state.
 *
 * @module
 */

import { missingParts } from "../lab/missing_parts.ts";
import { WITNESSED } from "../lab/scenarios/all.ts";
import { batches, compareLooked, look, type Looked, witnessedLab } from "../lab/scenarios/witness_run.ts";
import { keepsSecrets } from "../lab/scenarios/witness_secrets.ts";
import { testWith } from "../support/programs.ts";

const chosen = Deno.env.get("PVE_DRIFT_LAB_ONLY");
const scenarios = WITNESSED.filter(({ name }) => !chosen || new RegExp(chosen, "i").test(name));

testWith(
  ["terraform"],
  `a second witness says what it can prove, and no more, in ${scenarios.length} scenarios`,
  async (test, bin) => {
    await using lab = await witnessedLab(bin!);
    for (const batch of batches(scenarios)) {
      let looked: Promise<Looked> | undefined;
      for (const scenario of batch) {
        await test.step(
          `${scenario.env}: ${scenario.name}`,
          async () => compareLooked(lab, scenario, await (looked ??= look(lab, batch))),
        );
      }
    }
    await test.step("no secret that Proxmox tells is seen outside", () => keepsSecrets(lab));
  },
  missingParts(),
);
