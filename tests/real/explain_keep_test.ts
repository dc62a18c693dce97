/** The edits of the code that `explain` prints, taken with git: what was changed by hand is kept, and nothing else changes. */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { CodeAnswer } from "../../drift/explain/code/code_answer.ts";
import type { Explanation } from "../../drift/explain/explanation.ts";
import { missingParts } from "../lab/missing_parts.ts";
import type { Lab } from "../lab/lab.ts";
import { appliedLab } from "../lab/scenarios/run.ts";
import { ct, SCRATCH, vm } from "../lab/scenarios/scenario.ts";
import { run, testWith } from "../support/programs.ts";

/** What somebody does to one object, and the lines that keep it. */
interface Keeping {
  env: string;
  address: string;
  happen: (lab: Lab) => Promise<unknown>;
  /** Lines that the edit adds; a reason where there is no edit. */
  edit: string[] | { whyNot: string };
}

const PROMETHEUS = "module.vm.proxmox_virtual_environment_vm.this";
const GRAFANA = "module.ct.proxmox_virtual_environment_container.this";

/** Each keeps its distance in the files: the patches of one run are made for the code as it is. */
const KEEPINGS: Keeping[] = [
  {
    env: "prod",
    address: vm("web-1"),
    happen: (lab) => lab.pve.configure(101, { memory: 4096 }),
    edit: ["    memory  = 4096"],
  },
  {
    env: "prod",
    address: vm("web-2"),
    happen: (lab) => lab.pve.configure(102, { tags: "managed;urgent;web" }),
    edit: ['    tags    = ["web", "urgent"]'],
  },
  {
    env: "prod",
    address: vm("db-1"),
    happen: async (lab) => {
      await lab.pve.configure(103, { cores: 8 });
      await lab.pve.api("PUT", `${await lab.pve.guest(103)}/resize`, { disk: "scsi1", size: "80G" });
    },
    edit: ["    cores   = 8", "    disks   = [16, 80]"],
  },
  {
    env: "prod",
    address: ct("dns-1"),
    happen: (lab) => lab.pve.configure(201, { memory: 2048 }),
    edit: ['  dns-1   = { id = 201, node = "pve1", memory = 2048 }'],
  },
  {
    env: "prod",
    address: "proxmox_virtual_environment_pool.prod",
    happen: (lab) => lab.pve.api("PUT", "/pools", { poolid: "prod", comment: "by hand: ${x}" }),
    edit: ['  comment = "by hand: $${x}"'],
  },
  {
    env: "prod",
    address: ct("proxy-1"),
    happen: (lab) => lab.pve.configure(202, { description: "ask Bob" }),
    edit: { whyNot: "shared-file" },
  },
  {
    env: "lab",
    address: vm("sandbox-1"),
    happen: (lab) => lab.pve.configure(301, { memory: 1536 }),
    edit: ["    sandbox-1 = { id = 301, memory = 1536 }"],
  },
  {
    env: "lab",
    address: vm("sandbox-3"),
    happen: (lab) => lab.pve.configure(303, { net1: "virtio,bridge=vmbr1" }),
    edit: { whyNot: "shared-file" },
  },
  {
    env: "lab",
    address: SCRATCH,
    happen: (lab) => lab.pve.configure(311, { memory: 2048 }),
    edit: ["  memory        = 2048"],
  },
  {
    env: "monitoring",
    address: PROMETHEUS,
    happen: (lab) => lab.pve.configure(401, { cores: 4, description: 'it\'s "mine"' }),
    edit: ["  cores          = 4", '  description    = "it\'s \\"mine\\""'],
  },
  {
    env: "monitoring",
    address: GRAFANA,
    happen: (lab) => lab.pve.configure(411, { hostname: "graphs", description: "ask Bob" }),
    edit: ['  hostname      = "graphs"', '  description   = "ask Bob"'],
  },
  {
    env: "monitoring",
    address: "proxmox_virtual_environment_role.exporter",
    happen: (lab) => lab.pve.api("PUT", "/access/roles/Exporter", { privs: "VM.PowerMgmt", append: 1 }),
    edit: ['  privileges = ["Datastore.Audit", "Sys.Audit", "VM.Audit", "VM.PowerMgmt"]'],
  },
  {
    env: "monitoring",
    address: "proxmox_virtual_environment_user.exporter",
    happen: (lab) => lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "Bob's", enable: 0 }),
    edit: ['  comment  = "Bob\'s"', "  enabled  = false"],
  },
];

testWith(
  ["terraform", "git"],
  "the edits that explain offers keep what is there, and change nothing else",
  async (_, terraform, git) => {
    await using lab = await appliedLab(terraform!);
    await lab.load("base");
    for (const { happen } of KEEPINGS) await happen(lab);
    const { code, stdout, stderr } = await lab.estate.drift(["explain", "--json"], lab.env);
    assertEquals(code, 0, stderr);
    const all: Explanation[] = JSON.parse(stdout).explanations;
    assertEquals(all.map(nameOf).sort(), KEEPINGS.map(({ env, address }) => `${env} ${address}`).sort());
    const left: string[] = [];
    for (const { env, address, edit } of KEEPINGS) {
      const found = all.find((one) => nameOf(one) === `${env} ${address}`)!;
      const way = found.ways.find(({ kind }) => kind === "keep");
      if (!Array.isArray(edit)) {
        assertEquals([...reasons(found.code)], [edit.whyNot], JSON.stringify(found));
        left.push(address);
        continue;
      }
      const [step] = way?.steps ?? [];
      assert(step?.kind === "patch", `${address}: ${JSON.stringify(found.code)}`);
      const added = step.patch.split("\n").filter((line) => /^\+(?!\+\+)/.test(line)).map((line) => line.slice(1));
      assertEquals(added.filter((line) => edit.includes(line)), edit, step.patch);
      const applied = await run(git!, ["-C", step.base, "apply"], { stdin: step.patch, env: lab.env });
      assertEquals(applied.code, 0, `${applied.stderr}${step.patch}`);
    }
    const { env } = await lab.check();
    const changes = Object.values(env).flatMap(({ changes }) => changes);
    assertEquals(changes.map(({ address }) => address).sort(), left.sort(), JSON.stringify(changes));
    for (const file of ["lab/main.tf", "monitoring/main.tf", "prod/main.tf", "prod/prod.tfvars"]) {
      const path = join(lab.estate.dir, "environments", file);
      const formatted = await run(terraform!, ["fmt", "-check", path], { env: lab.env });
      assertEquals(formatted.code, 0, formatted.stdout);
    }
  },
  missingParts(),
);

function nameOf({ subject, address }: Explanation): string {
  return subject.kind === "change" ? `${subject.environment} ${address}` : `${address}`;
}

function reasons(code: CodeAnswer | undefined): Set<string> {
  return new Set(code?.attributes.flatMap(({ whyNot }) => whyNot?.reason ?? []));
}
