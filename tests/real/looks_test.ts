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
import { ALICE } from "../lab/scenarios/witness.ts";
import { witnessedLab } from "../lab/scenarios/witness_run.ts";
import { testWith } from "../support/programs.ts";

/** What somebody did: whom it concerns, and what the messages say of it; nothing where there is nothing to say. */
interface Deed {
  what: string;
  planned: string[];
  act: (lab: Lab) => Promise<unknown>;
  told: RegExp[];
}

const DEEDS: Deed[] = [
  {
    what: "memory of a VM changed",
    planned: ["prod"],
    act: (lab) => lab.pve.configure(101, { memory: 3072 }, ALICE),
    told: [/memory/, /alice@pve/],
  },
  {
    what: "a VM stopped",
    planned: ["monitoring"],
    act: (lab) => lab.pve.power(401, "stop", ALICE),
    told: [/started/, /alice@pve/],
  },
  {
    what: "a VM moved",
    planned: ["lab"],
    act: (lab) => lab.pve.migrate(301, "pve2", ALICE),
    told: [/moved from pve1 to pve2/, /alice@pve/],
  },
  {
    what: "tags of a VM changed",
    planned: ["prod"],
    act: (lab) => lab.pve.configure(102, { tags: "by-hand;web" }, ALICE),
    told: [/tags/, /alice@pve/],
  },
  {
    what: "a firewall rule added",
    planned: ["prod"],
    act: async (lab) =>
      await lab.pve.api("POST", `${await lab.pve.guest(103)}/firewall/rules`, {
        ...{ type: "in", action: "ACCEPT", proto: "tcp", dport: "8080", enable: 1 },
      }, ALICE),
    told: [/8080/],
  },
  {
    what: "a user changed",
    planned: ["monitoring"],
    act: (lab) => lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "by hand" }, ALICE),
    told: [/by hand/],
  },
  {
    what: "a container deleted",
    planned: ["lab"],
    act: (lab) => lab.pve.destroy(311, ALICE),
    told: [/scratch/, /destroyed/, /alice@pve/],
  },
  {
    what: "a guest made that no state knows",
    planned: ["lab", "monitoring", "prod"],
    act: (lab) => lab.pve.api("POST", "/nodes/pve1/qemu", { vmid: 900, name: "stranger" }, ALICE),
    told: [/900/, /stranger/],
  },
  {
    what: "a comment written into the code",
    planned: ["prod"],
    act: (lab) => Deno.writeTextFile(lab.estate.path("prod", "main.tf"), "# Nothing else.\n", { append: true }),
    told: [],
  },
];

/** One look: which environments it planned, and what it said. */
async function look(lab: Lab) {
  lab.telegram.accepted.splice(0);
  const { report, code, stderr } = await lab.estate.report(["--all", "--if-changed"], lab.env);
  const planned = report.environments.filter(({ skipped }) => !skipped).map(({ name }) => name);
  const said = lab.telegram.accepted.splice(0).map(({ text }) => text).join("\n\n");
  return { report, planned, said, told: `${stderr}\n${JSON.stringify(report, undefined, 1)}`, code };
}

/** A look that has nothing to plan and nothing to say. */
async function looksInVain(lab: Lab, what: string): Promise<void> {
  const { report, planned, said, told, code } = await look(lab);
  assertEquals({ planned, said, code, checked: report.summary.environments }, {
    planned: [],
    said: "",
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
  for (const { what, planned, act, told } of DEEDS) {
    await test.step(`${what}: one look, one plan of ${planned.join(", ")}`, async () => {
      await act(lab);
      const seen = await look(lab);
      assertEquals(seen.planned, planned, seen.told);
      for (const says of told) assertMatch(seen.said, says, seen.told);
      if (told.length === 0) assertEquals(seen.said, "");
      const spokenOf = ENVIRONMENTS.filter((name) => seen.said.includes(`--env ${name} `));
      assert(spokenOf.every((name) => planned.includes(name)), seen.said);
      await looksInVain(lab, "the next look");
    });
  }
  await test.step("twenty looks with nothing new plan nothing and send nothing", async () => {
    for (let n = 0; n < 20; n++) await looksInVain(lab, `look ${n}`);
    const metrics = await Deno.readTextFile(lab.metrics);
    assertEquals(metrics.match(/^pve_drift_last_look_timestamp\{env="\w+"\} \d+$/gm)?.length, 3, metrics);
  });
  await test.step("backups and snapshots of all guests plan nothing", async () => {
    const guests = await lab.pve.api<{ vmid: number; node: string; type: string }[]>("GET", "/cluster/resources", {
      type: "vm",
    });
    const digests = async () =>
      await Promise.all(guests.map(async ({ vmid }) => (await lab.pve.options(vmid))["digest"]));
    const before = await digests();
    for (const { vmid } of guests) await lab.pve.lock(vmid, "backup");
    await looksInVain(lab, "while backups run");
    for (const { vmid } of guests) await lab.pve.lock(vmid, null);
    await looksInVain(lab, "after backups");
    const machines = guests.map(({ vmid, node, type }) => `/nodes/${node}/${type}/${vmid}/snapshot`);
    for (const machine of machines) await lab.pve.api("POST", machine, { snapname: "night" });
    assert((await digests()).every((digest, at) => digest !== before[at]), "no digest has changed");
    await looksInVain(lab, "with snapshots");
    for (const machine of machines) await lab.pve.api("DELETE", `${machine}/night`);
    await looksInVain(lab, "without snapshots");
  });
  await test.step("where the witness is down, looks plan nothing and say so, and it is back with nothing to plan", async () => {
    await lab.pve.fault(/./, { kind: "drop" }, undefined, TOKENS.witness.split("=")[0]!);
    for (let n = 0; n < 3; n++) {
      const { report, planned, said, code } = await look(lab);
      assertEquals({ planned, said, code }, { planned: [], said: "", code: 0 });
      for (const { skipped } of report.environments) {
        assertStringIncludes(skipped!.reason, "the second witness is silent");
        assertEquals(skipped!.lookedAt, undefined);
      }
    }
    await lab.pve.heal();
    await looksInVain(lab, "the witness is back");
  });
  assertEquals((await lab.pve.count()).unmodeled, [], "the played Proxmox was asked for what it does not model");
}, missingParts());
