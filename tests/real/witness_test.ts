/**
 * The second witness on the lab: what Proxmox says beside each plan, on a running provider, a running API and real state.
 *
 * @module
 */

import { providerMirror } from "../lab/lab.ts";
import { s3Program } from "../lab/s3.ts";
import { WITNESSED } from "../lab/scenarios/all.ts";
import { batches, compareLooked, look, type Looked, witnessedLab } from "../lab/scenarios/witness_run.ts";
import { keepsSecrets } from "../lab/scenarios/witness_secrets.ts";
import { findProgram, testWith } from "../support/programs.ts";

const missing = [
  s3Program() ? "" : "needs minio on the PATH, or versitygw: run tests/lab/install",
  findProgram("lab/pve") ? "" : "needs fakepve: run tests/lab/install pve",
  providerMirror() ? "" : "needs the lab's provider: run tests/lab/install provider",
].filter(Boolean).join(", ");

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
  missing || undefined,
);
