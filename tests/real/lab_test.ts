/**
 * The Proxmox lab in CI: every scenario, on a running provider, a running API and real state.
 *
 * @module
 */

import { assertEquals, AssertionError, assertRejects } from "@std/assert";
import { SCENARIOS } from "../lab/scenarios/all.ts";
import { compareReport, runScenario } from "../lab/scenarios/run.ts";
import { testLab, testScenarios } from "../support/lab.ts";

testScenarios("terraform");

testLab(["terraform"], "a scenario fails where its change, or its mending, is left out", async (_, lab) => {
  const nothing = () => Promise.resolve();
  const { env } = await lab.check();
  const passed: string[] = [];
  for (const { name, env: of, expect, proof } of SCENARIOS) {
    try {
      compareReport(env[of]!, expect);
      await proof?.(lab, env[of]!);
      passed.push(name);
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
    }
  }
  assertEquals(passed, ["Nothing changed, ten runs in a row"]);
  for (const left of [{ change: nothing }, { mend: nothing }]) {
    const { plain: _plain, ...rest } = SCENARIOS.find(({ name }) => name === "RAM added to a VM")!;
    await assertRejects(() => runScenario(lab, { ...rest, ...left }), AssertionError);
  }
});
