/**
 * What happens by itself in an estate that nobody changes, and the runs that must keep silent about it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Lab } from "../lab.ts";
import { edit, type Scenario } from "./scenario.ts";

/** Makes an environment's code take another version of its provider. */
export async function withVersion(lab: Lab, env: Scenario["env"], from: string, to: string): Promise<void> {
  await edit(lab, `environments/${env}/terraform.tf`, `"${from}"`, `"${to}"`);
  await lab.init([env], "-upgrade");
}

/** Two runs in which nothing may be told, though a VM's agent tells other addresses each time and leases are new. */
export async function quietRuns(lab: Lab, env: Scenario["env"], vmid: number): Promise<void> {
  for (const run of [30, 31]) {
    await lab.pve.agent(vmid, { lo: "127.0.0.1", eth0: `192.0.2.${run}`, docker0: `172.17.0.${run}` });
    await lab.pve.lease(run);
    lab.telegram.accepted.splice(0);
    const { code, env: { [env]: report } } = await lab.check([env]);
    const { status, changes, error } = report!;
    assertEquals({ code, status, changes, error }, { code: 0, status: "ok", changes: [], error: undefined });
    assertEquals(lab.telegram.accepted, []);
  }
}
