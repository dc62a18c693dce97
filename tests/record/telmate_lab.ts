/**
 * Records what Telmate's own provider plans in each scenario of the lab, for tests/real/telmate_test.ts, from a mirror with
 * it in all versions that the scenarios name:
 *
 *     LAB_PROVIDER=MIRROR deno run -A tests/record/telmate_lab.ts
 *
 * @module
 */

import { ESTATES, startLab } from "../lab/lab.ts";
import { type Planned, planned } from "../lab/scenarios/planned.ts";
import { TELMATE } from "../lab/scenarios/telmate.ts";

if (!Deno.env.get("LAB_PROVIDER")) throw new Error("Name a mirror with the real provider in LAB_PROVIDER");
await using lab = await startLab("terraform", undefined, ESTATES.telmate);
// It starts a new VM twice, of which Proxmox refuses the second.
await lab.pve.fault("POST /nodes/pve./qemu/\\d+/status/start", { kind: "data", data: null });
await lab.init();
await lab.apply();
await lab.pve.heal();
await lab.check();
await lab.save("base");
const recorded: Record<string, Planned> = {};
for (const { name, env, change } of TELMATE) {
  await lab.load("base");
  await change(lab);
  const { text: _, ...said } = await planned(lab, env);
  recorded[name] = said;
}
const file = new URL("../fixtures/telmate_lab.json", import.meta.url);
await Deno.writeTextFile(file, `${JSON.stringify(recorded, undefined, 2)}\n`);
