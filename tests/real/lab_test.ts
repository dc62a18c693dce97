/**
 * The Proxmox lab in CI: every scenario, on a running provider, a running API and real state.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { ENVIRONMENTS, type Lab, providerMirror, SECRETS } from "../lab/lab.ts";
import { TOKENS } from "../lab/pve.ts";
import { s3Program } from "../lab/s3.ts";
import { SCENARIOS } from "../lab/scenarios/all.ts";
import { appliedLab, runScenario } from "../lab/scenarios/run.ts";
import { vm } from "../lab/scenarios/scenario.ts";
import { findProgram, testWith } from "../programs.ts";

const missing = [
  s3Program() ? "" : "needs minio on the PATH, or versitygw: run tests/lab/install",
  findProgram("lab/pve") ? "" : "needs fakepve: run tests/lab/install pve",
  providerMirror() ? "" : "needs the lab's provider: run tests/lab/install provider",
].filter(Boolean).join(", ");

/** All tests of one program share one estate, which each of them finds as it was applied. */
function labTest(program: string, title: string, fn: (test: Deno.TestContext, lab: Lab) => Promise<void>) {
  testWith([program], title, async (test, path) => {
    await using lab = await appliedLab(path!);
    await fn(test, lab);
  }, missing || undefined);
}

const chosen = Deno.env.get("PVE_DRIFT_LAB_ONLY");
const inMirror = (version: string) => existsSync(`${providerMirror()}/registry.terraform.io/bpg/proxmox/${version}`);

for (const program of ["terraform", "lab/tofu"]) {
  const scenarios = SCENARIOS.filter((one) =>
    (program === "terraform" || one.tofu) && (!one.providerVersion || inMirror(one.providerVersion)) &&
    (!chosen || new RegExp(chosen, "i").test(one.name))
  );
  labTest(
    program,
    `the check gives the right verdict on ${program} in ${scenarios.length} scenarios`,
    async (test, lab) => {
      for (const scenario of scenarios) {
        await test.step(`${scenario.env}: ${scenario.name}`, () => runScenario(lab, scenario));
      }
    },
  );
}

labTest(
  "terraform",
  "three environments are checked at once, each with its own verdict, and nothing is left behind",
  async (_, lab) => {
    await lab.configure({ concurrency: 3 });
    await lab.pve.configure(101, { memory: 4096 });
    await lab.pve.power(303, "stop");
    const before = await Promise.all(ENVIRONMENTS.map((name) => lab.listing(name)));
    const { code, env, stderr } = await lab.check();
    assertEquals(code, 2, stderr);
    assertEquals(
      ENVIRONMENTS.map((name) => [name, env[name]!.status, env[name]!.changes.map((one) => one.address)]),
      [["lab", "drift", [vm("sandbox-3")]], ["monitoring", "ok", []], ["prod", "drift", [vm("web-1")]]],
    );
    const spans = Object.values(env).map((one) => [Date.parse(one.startedAt), one.durationMs] as const);
    const latest = Math.max(...spans.map(([at]) => at)), first = Math.min(...spans.map(([at, ms]) => at + ms));
    assert(latest < first, "the checks did not overlap");
    assertEquals(await Promise.all(ENVIRONMENTS.map((name) => lab.listing(name))), before);
    assertEquals((await lab.s3.keys()).filter((key) => key.endsWith(".tflock")), []);
  },
);

labTest("terraform", "no secret of the estate leaves the check, whatever it writes", async (_, lab) => {
  await lab.pve.configure(101, { memory: 4096, cipassword: "by-hand-Passw0rd" });
  await lab.pve.destroy(401);
  await lab.pve.expire();
  const failed = await lab.estate.drift(["--all", "--json", "--verbose"], lab.env);
  await lab.load("base");
  await lab.pve.configure(101, { memory: 4096 });
  await lab.pve.destroy(401);
  const drifted = await lab.estate.drift(["--all", "--json", "--verbose"], lab.env);
  assertStringIncludes(drifted.stdout, "module.vm.proxmox_virtual_environment_vm.this");
  const told = [failed, drifted].map((one) => one.stdout + one.stderr).join("") + await Deno.readTextFile(lab.metrics);
  const secrets = [...Object.values(SECRETS), ...Object.values(TOKENS).map((token) => token.split("=")[1]!)];
  assertEquals(secrets.filter((secret) => told.includes(secret)), []);
});
