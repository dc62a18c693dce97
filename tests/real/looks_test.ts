/**
 * Looks between two plans, on the lab: what a person did is noticed by one look, planned once and told with its author, and
 * nothing else is planned.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ENVIRONMENTS, type Lab } from "../lab/lab.ts";
import { missingParts } from "../lab/missing_parts.ts";
import { TOKENS } from "../lab/pve.ts";
import { DEEDS } from "../lab/scenarios/deeds.ts";
import { witnessedLab } from "../lab/scenarios/witness_run.ts";
import { testWith } from "../support/programs.ts";

/** At least so many looks with no change in between, spread over the deeds; 200 where somebody has the time. */
const LOOKS = Number(Deno.env.get("PVE_DRIFT_LOOKS") ?? 20);

/** All guests, by name. */
const GUESTS = [
  ...["web-1", "web-old", "web-2", "db-1", "dns-1", "proxy-1"],
  ...["sandbox-1", "sandbox-2", "sandbox-3", "scratch"],
  ...["prometheus", "grafana", "stranger"],
];

/** One look: which environments it planned, and what it said. */
async function look(lab: Lab) {
  lab.telegram.accepted.splice(0);
  const { report, code, stderr } = await lab.estate.report(["--all", "--if-changed"], lab.env);
  const planned = report.environments.filter(({ skipped }) => !skipped).map(({ name }) => name);
  const messages = lab.telegram.accepted.splice(0).map(({ text }) => text);
  return { report, planned, messages, told: `${stderr}\n${JSON.stringify(report, undefined, 1)}`, code };
}

/** A look that has nothing to plan and nothing to say. */
async function looksInVain(lab: Lab, what: string): Promise<void> {
  const { report, planned, messages, told, code } = await look(lab);
  assertEquals({ planned, messages, code, checked: report.summary.environments }, {
    planned: [],
    messages: [],
    code: 0,
    checked: 0,
  }, `${what}: ${told}`);
}

testWith(["terraform"], "looks plan once what a person did, tell of it, and plan nothing else", async (test, bin) => {
  await using lab = await witnessedLab(bin!);
  await test.step("the first look plans each environment, and then there is nothing to plan", async () => {
    assertEquals((await look(lab)).planned, ["lab", "monitoring", "prod"]);
    await looksInVain(lab, "the second look");
  });
  const restingLooks = Math.ceil(LOOKS / DEEDS.length);
  for (const { what, planned, name, act, told } of DEEDS) {
    await test.step(`${what}: one look, one plan of ${planned.join(", ")}, one message`, async () => {
      await act(lab);
      const seen = await look(lab);
      assertEquals(seen.planned, planned, seen.told);
      assertEquals(seen.messages.length, told.length === 0 ? 0 : 1, seen.messages.join("\n\n"));
      const said = seen.messages.join();
      for (const says of told) assertMatch(said, says, seen.told);
      // Other lines count what is as before.
      const news = said.split("\n").filter((line) => line.startsWith("• ")).join("\n");
      const spokenOf = GUESTS.filter((one) => news.includes(`"${one}"`));
      assertEquals(spokenOf, name === undefined ? [] : [name], said);
      const environments = ENVIRONMENTS.filter((one) => said.includes(`--env ${one} `));
      assert(environments.every((one) => planned.includes(one)), said);
      for (let n = 0; n < restingLooks; n++) await looksInVain(lab, `look ${n} after it`);
    });
  }
  await test.step("all looks that found nothing new are seen in the metrics", async () => {
    const metrics = await Deno.readTextFile(lab.metrics);
    assertEquals(metrics.match(/^pve_drift_last_look_timestamp\{env="\w+"\} \d+$/gm)?.length, 3, metrics);
  });
  await test.step("a night with backups of all guests plans nothing", () => nightOfBackups(lab));
  await test.step("an hour without the witness plans nothing, and stays visible in metrics and journal alone", async () => {
    await hourWithoutWitness(lab);
    await looksInVain(lab, "the witness is back");
  });
  assertEquals((await lab.pve.count()).unmodeled, [], "the played Proxmox was asked for what it does not model");
}, missingParts());

/** Backups of all guests, a third at a time: locked meanwhile, one in stop mode; then each gets a snapshot and loses it. */
async function nightOfBackups(lab: Lab): Promise<void> {
  const listed = await lab.pve.api<{ vmid: number; node: string; type: string; status: string }[]>(
    "GET",
    "/cluster/resources",
    { type: "vm" },
  );
  const guests = listed.map((one) => ({ ...one, path: `/nodes/${one.node}/${one.type}/${one.vmid}` }));
  const digests = async () =>
    await Promise.all(guests.map(async ({ vmid }) => (await lab.pve.options(vmid))["digest"]));
  const before = await digests();
  for (let part = 0; part < 3; part++) {
    const saved = guests.filter((_, at) => at % 3 === part);
    for (const { vmid } of saved) await lab.pve.lock(vmid, "backup");
    const { path } = saved.find(({ status }) => status === "running")!;
    await lab.pve.api("POST", `${path}/status/stop`, { skiplock: 1 });
    await looksInVain(lab, `while ${path} is stopped for its backup`);
    for (const { vmid } of saved) await lab.pve.lock(vmid, null);
    await lab.pve.api("POST", `${path}/status/start`);
    await looksInVain(lab, "after backups");
  }
  for (const { path } of guests) await lab.pve.api("POST", `${path}/snapshot`, { snapname: "night" });
  assert((await digests()).every((digest, at) => digest !== before[at]), "no digest has changed");
  await looksInVain(lab, "with snapshots");
  for (const { path } of guests) await lab.pve.api("DELETE", `${path}/snapshot/night`);
  await looksInVain(lab, "without snapshots");
}

/** Twelve looks, one every five minutes, at a witness that does not answer. `DriftLookStale` tells of them once. */
async function hourWithoutWitness(lab: Lab): Promise<void> {
  const lastLooks = async () =>
    (await Deno.readTextFile(lab.metrics)).match(/^pve_drift_last_look_timestamp\{.*$/gm)?.toSorted();
  const before = await lastLooks();
  assertEquals(before?.length, ENVIRONMENTS.length);
  await lab.pve.fault(/./, { kind: "drop" }, undefined, TOKENS.witness.split("=")[0]!);
  for (let n = 0; n < 12; n++) {
    const { report, planned, messages, told, code } = await look(lab);
    assertEquals({ planned, messages, code }, { planned: [], messages: [], code: 0 }, told);
    for (const { skipped } of report.environments) {
      assertStringIncludes(skipped!.reason, "the second witness is silent");
      assertEquals(skipped!.lookedAt, undefined);
    }
    assertEquals(told.match(/Not planned: the second witness is silent/g)?.length, ENVIRONMENTS.length, told);
    assertEquals(await lastLooks(), before);
  }
  assertMatch(await Deno.readTextFile(lab.metrics), /^pve_drift_witness_up\{cluster="proxmox"\} 0$/m);
  await lab.pve.heal();
}
