/** The ways out that `explain` prints, taken as they stand there: each ends its finding, and nothing else changes. */

import { assert, assertEquals, assertObjectMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Explanation, Way } from "../../drift/explain/explanation.ts";
import { shellWord } from "../../lib/shell_word.ts";
import { writeHands } from "../lab/hands.ts";
import type { Lab } from "../lab/lab.ts";
import { missingParts } from "../lab/missing_parts.ts";
import { TOKENS } from "../lab/pve.ts";
import { appliedLab } from "../lab/scenarios/run.ts";
import { ct, edit, rules, SCRATCH, vm } from "../lab/scenarios/scenario.ts";
import { run, testWith } from "../support/programs.ts";

/** What somebody does, by the address of the finding that comes of it. */
type Breaks = Record<string, (lab: Lab) => Promise<unknown>>;

const POOL = "proxmox_virtual_environment_pool.prod";
const USER = "proxmox_virtual_environment_user.exporter";
const ROLE = "proxmox_virtual_environment_role.exporter";
const ACL = "proxmox_virtual_environment_acl.exporter";
const LAB = "environments/lab/main.tf";
const PROMETHEUS = "module.vm.proxmox_virtual_environment_vm.this";
const GRAFANA = "module.ct.proxmox_virtual_environment_container.this";

/** What a hand on the node puts back; in two rounds, since an object has one finding at a time. */
const BY_HAND: Breaks[] = [
  {
    [vm("web-1")]: (lab) => lab.pve.configure(101, { memory: 4096, cores: 4, description: "Bob's" }),
    [vm("web-2")]: (lab) => lab.pve.power(102, "stop"),
    [vm("db-1")]: (lab) => lab.pve.configure(103, { cores: 8 }),
    [ct("dns-1")]: (lab) => lab.pve.configure(201, { memory: 2048 }),
    [ct("proxy-1")]: (lab) => lab.pve.configure(202, { tags: "urgent", description: 'it\'s "mine"' }),
    [POOL]: (lab) => lab.pve.api("PUT", "/pools", { poolid: "prod", comment: "by hand" }),
    [vm("sandbox-1")]: (lab) => lab.pve.migrate(301, "pve2"),
    [vm("sandbox-2")]: (lab) => lab.pve.configure(302, { name: "mine", onboot: 0, protection: 1 }),
    [vm("sandbox-3")]: (lab) => lab.pve.configure(303, { net1: "virtio,bridge=vmbr1", tags: "managed;urgent" }),
    [`lab ${SCRATCH}`]: (lab) => lab.pve.configure(311, { hostname: "mine" }),
    [`monitoring ${PROMETHEUS}`]: (lab) => lab.pve.configure(401, { ostype: "other", bios: "ovmf" }),
    [`monitoring ${GRAFANA}`]: (lab) => lab.pve.power(411, "stop"),
    [USER]: (lab) => lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "Bob's", enable: 0 }),
    [ROLE]: (lab) => lab.pve.api("PUT", "/access/roles/Exporter", { privs: "VM.PowerMgmt", append: 1 }),
  },
  {
    [vm("web-1")]: (lab) => lab.pve.migrate(101, "pve2"),
    [vm("web-2")]: async (lab) => {
      await lab.pve.api("POST", "/pools", { poolid: "attic" });
      await lab.pve.api("PUT", "/pools", { poolid: "attic", vms: 102, "allow-move": 1 });
    },
    [ct("dns-1")]: (lab) => lab.pve.power(201, "stop"),
  },
];

/** What an apply for one object puts back. An object comes after what it depends on, which its plan takes along. */
const BY_APPLY: Breaks = {
  [POOL]: (lab) => lab.pve.api("PUT", "/pools", { poolid: "prod", comment: "by hand" }),
  [vm("web-1")]: (lab) => netOf(lab, 101, (net) => net.replace("vmbr0", "vmbr1")),
  [rules("web-1")]: async (lab) => {
    const rule = { type: "in", action: "ACCEPT", proto: "tcp", dport: "8080", enable: 1 };
    await lab.pve.api("POST", `${await lab.pve.guest(101)}/firewall/rules`, rule);
  },
  [vm("db-1")]: (lab) => netOf(lab, 103, (net) => net.replace("tag=20", "tag=30")),
  [rules("db-1")]: async (lab) => {
    await lab.pve.api("DELETE", `${await lab.pve.guest(103)}/firewall/rules/1`);
  },
  [vm("web-2")]: (lab) => lab.pve.configure(102, { tags: "managed;urgent;web", memory: 4096 }),
  [`lab ${SCRATCH}`]: (lab) => lab.pve.configure(311, { memory: 2048 }),
  [`monitoring ${PROMETHEUS}`]: (lab) => lab.pve.configure(401, { cpu: "host" }),
  [ROLE]: (lab) => lab.pve.api("PUT", "/access/roles/Exporter", { privs: "VM.Audit" }),
  [USER]: (lab) => lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "Bob's" }),
  [ACL]: (lab) => lab.pve.api("PUT", "/access/acl", { path: "/", users: "exporter@pve", roles: "Exporter", delete: 1 }),
};

/** What an edit of the code keeps. */
const BY_EDIT: Breaks = {
  [vm("web-1")]: (lab) => lab.pve.configure(101, { memory: 4096, tags: "managed;web;urgent" }),
  [vm("db-1")]: async (lab) => {
    await lab.pve.api("PUT", `${await lab.pve.guest(103)}/resize`, { disk: "scsi1", size: "80G" });
  },
  [ct("proxy-1")]: (lab) => lab.pve.configure(202, { memory: 2048 }),
  [vm("sandbox-1")]: (lab) => lab.pve.configure(301, { memory: 1536 }),
  [`monitoring ${PROMETHEUS}`]: (lab) => lab.pve.configure(401, { memory: 8192, cores: 4 }),
  [USER]: (lab) => lab.pve.api("PUT", "/access/users/exporter@pve", { comment: "Bob's", enable: 0 }),
  [ROLE]: (lab) => lab.pve.api("PUT", "/access/roles/Exporter", { privs: "VM.PowerMgmt", append: 1 }),
  [POOL]: (lab) => lab.pve.api("PUT", "/pools", { poolid: "prod", comment: 'it\'s "mine"' }),
};

/** What an apply creates, changes or destroys since the code says so, or a guest is gone; with the guests that are others then. */
const ANEW: Breaks = {
  [vm("sandbox-1")]: (lab) => edit(lab, LAB, "301, memory = 1024", "301, memory = 1536"),
  [vm("sandbox-2")]: (lab) => lab.pve.destroy(302),
  [vm("sandbox-3")]: (lab) => edit(lab, LAB, /^ *sandbox-3 = .*$/m, "    sandbox-4 = { id = 304, memory = 1024 }"),
  [vm("sandbox-4")]: () => Promise.resolve(),
  [`lab ${SCRATCH}`]: (lab) => lab.pve.destroy(311),
};
const OTHERS = [301, 302, 303, 304, 311];

/** Everything that Proxmox has of guests, pools, users and roles. */
async function world(lab: Lab): Promise<Map<string, unknown>> {
  const guests = await lab.pve.api<{ vmid: number; node: string; status: string; pool?: string }[]>(
    "GET",
    "/cluster/resources",
    { type: "vm" },
  );
  const all = await Promise.all(guests.map(async ({ vmid, node, status, pool }): Promise<[string, unknown]> => {
    const { digest: _, ...options } = await lab.pve.options(vmid);
    const firewall = await lab.pve.api("GET", `${await lab.pve.guest(vmid)}/firewall/rules`);
    return [`${vmid}`, { node, status, pool, options, firewall }];
  }));
  const rest = ["/pools/prod", "/access/users/exporter@pve", "/access/roles/Exporter", "/access/acl"].map(
    async (path): Promise<[string, unknown]> => [path, await lab.pve.api("GET", path)],
  );
  return new Map([...all, ...await Promise.all(rest)]);
}

/** Compares two worlds, but for these guests, which must be others. */
function compareWorlds(after: Map<string, unknown>, before: Map<string, unknown>, others: number[] = []): void {
  const differ = [...new Set([...before.keys(), ...after.keys()])].filter((key) =>
    JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key))
  );
  for (const key of differ) {
    if (!others.map(String).includes(key)) assertEquals(after.get(key), before.get(key), key);
  }
  assertEquals(differ.sort(), others.map(String));
}

/** What `explain` says of everything, by address; of what stands in two environments with the environment's name before. */
async function explained(lab: Lab, ...args: string[]): Promise<Map<string, Explanation>> {
  const { code, stdout, stderr } = await lab.estate.drift(["explain", "--json", ...args], lab.env);
  assertEquals(code, 0, stderr);
  const all: Explanation[] = JSON.parse(stdout).explanations;
  return new Map(all.map((one) => {
    const of = one.subject.kind === "change" && /^module\.(vm|ct)\./.test(one.address!)
      ? `${one.subject.environment} `
      : "";
    return [`${of}${one.address}`, one];
  }));
}

/**
 * Takes a way as it stands there, in a shell of the administrator's; what is for a file of the environment is written into
 * it. Gives what the shell said.
 */
async function take(lab: Lab, { steps, title }: Way, environment = ""): Promise<string> {
  for (const step of steps) {
    const file = step.kind === "lines" ? /^(\w+\.tf),/.exec(step.where)?.[1] : undefined;
    if (step.kind === "lines") await Deno.writeTextFile(lab.estate.path(environment, file!), `${step.lines}\n`);
  }
  const lines = steps.flatMap((step) => step.kind === "command" ? [step.line] : []);
  const script = lines.map((line) => line.replace(/^(\S+) apply "/, '$1 apply -auto-approve "')).join("\n");
  const env = { ...lab.env, PATH: `${join(lab.estate.dir, "bin")}:${Deno.env.get("PATH")}`, TMPDIR: lab.estate.dir };
  const { code, stdout, stderr } = await run("sh", ["-euc", script], { cwd: lab.estate.dir, env });
  assertEquals(code, 0, `${title}\n${script}\n${stdout}${stderr}`);
  return stripVTControlCharacters(stdout);
}

/** An applied lab of an administrator, whose files of values let them apply. */
async function administered(terraform: string): Promise<Lab> {
  const lab = await appliedLab(terraform);
  const bin = join(lab.estate.dir, "bin");
  await writeHands(bin, lab.pve);
  const [program, args] = lab.estate.invocation();
  const command = [program, ...args].map(shellWord).join(" ");
  await Deno.writeTextFile(join(bin, "pve-drift"), `#!/bin/sh\ncd '${lab.estate.dir}' && exec ${command} "$@"\n`, {
    mode: 0o755,
  });
  for (const name of ["lab", "monitoring", "prod"]) {
    await edit(lab, `environments/${name}/secrets.tfvars`, TOKENS.check, TOKENS.apply);
  }
  await lab.save("base");
  return lab;
}

async function netOf(lab: Lab, id: number, fn: (net: string) => string) {
  const { net0 } = await lab.pve.options(id);
  await lab.pve.configure(id, { net0: fn(net0!) });
}

async function inOrder(lab: Lab): Promise<void> {
  const { code, env } = await lab.check();
  assertEquals(code, 0, JSON.stringify(Object.values(env).map(({ name, changes, error }) => [name, changes, error])));
}

/** Does all of it, and takes for each finding the way whose title begins so. */
async function endAll(lab: Lab, breaks: Breaks, title: RegExp): Promise<void> {
  for (const happen of Object.values(breaks)) await happen(lab);
  const all = await explained(lab);
  for (const address of Object.keys(breaks)) {
    const ways = all.get(address)?.ways.filter((way) => title.test(way.title)) ?? [];
    assert(ways.length > 0, `${address}: no such way in ${JSON.stringify([...all], undefined, 1)}`);
    for (const way of ways) await take(lab, way);
  }
  assertEquals([...all.keys()].sort(), Object.keys(breaks).sort());
  await inOrder(lab);
}

/** A VM with what the provider's defaults are: the code that Terraform generates leaves them out. */
const STRANGER = {
  memory: 512,
  net0: "virtio=BC:24:11:00:09:00,bridge=vmbr0,firewall=0",
  agent: "enabled=0,fstrim_cloned_disks=0,type=virtio",
  ostype: "other",
  scsihw: "virtio-scsi-pci",
};

/** What bpg/proxmox cannot read back of a container. */
const IGNORED = `
  lifecycle {
    ignore_changes = [pool_id, initialization[0].user_account, operating_system[0].template_file_id]
  }
`;

/** The way of a finding whose title begins so. */
function wayOf(all: Map<string, Explanation>, address: string, title: string): Way {
  const way = all.get(address)?.ways.find((way) => way.title.startsWith(title));
  assert(way, `${address}: no such way in ${JSON.stringify([...all], undefined, 1)}`);
  return way;
}

async function byCommand(lab: Lab): Promise<void> {
  const before = await world(lab);
  for (const breaks of BY_HAND) {
    await endAll(lab, breaks, /^Put it back by hand|^Make sure first/);
    compareWorlds(await world(lab), before);
    await lab.load("base");
  }
  await endAll(lab, BY_APPLY, /^Put it back with an apply$|^Create it anew$/);
  compareWorlds(await world(lab), before);
  await lab.load("base");
  await endAll(lab, ANEW, /^Apply|^Create it anew/);
  compareWorlds(await world(lab), before, OTHERS);
}

async function byCode(lab: Lab): Promise<void> {
  for (const happen of Object.values(BY_EDIT)) await happen(lab);
  const before = await world(lab);
  const all = await explained(lab);
  const [first, ...rest] = Object.keys(BY_EDIT).map((address) => wayOf(all, address, "Keep it"));
  await take(lab, first!);
  for (const { steps, danger } of rest) {
    const [step] = steps;
    assert(step?.kind === "patch" && danger === undefined);
    const { code, stderr } = await run("git", ["-C", step.base, "apply"], { stdin: step.patch });
    assertEquals(code, 0, stderr);
  }
  assertEquals(all.size, rest.length + 1);
  await inOrder(lab);
  compareWorlds(await world(lab), before);

  await lab.pve.configure(103, { cores: 8, description: "Bob's" });
  const [step] = wayOf(await explained(lab), vm("db-1"), "Accept it").steps;
  assert(step?.kind === "lines");
  await lab.configure({ accept: JSON.parse(`[${step.lines}]`) });
  await inOrder(lab);
}

async function byAdoption(lab: Lab): Promise<void> {
  const RESCUE = "proxmox_virtual_environment_file.rescue", MAIN = "environments/prod/main.tf";
  await lab.configure({ proxmox: lab.witness() });
  await inOrder(lab);
  await lab.pve.api("POST", "/nodes/pve2/qemu", { ...STRANGER, vmid: 900, name: "Web.Shop" });
  await lab.pve.migrate(311, "pve2");
  await edit(lab, "modules/ct/main.tf", /\n}\n$/, `\n${IGNORED}}\n`);
  await edit(lab, LAB, /^ *sandbox-3 = .*$/m, "");
  await edit(lab, MAIN, /resource "proxmox_virtual_environment_file"[^]*?\n}\n/, "");
  await edit(lab, MAIN, '"proxmox_virtual_environment_pool" "prod"', '"proxmox_virtual_environment_pool" "main"');
  await edit(lab, MAIN, /_pool\.prod\./g, "_pool.main.");
  const before = await world(lab), all = await explained(lab);

  await take(lab, wayOf(all, vm("sandbox-3"), "Let it live"), "lab");
  await edit(lab, LAB, /("scratch"\n +node +=) "pve1"/, '$1 "pve2"');
  assertStringIncludes(await take(lab, wayOf(all, `lab ${SCRATCH}`, "Keep it on pve2"), "lab"), "1 imported");
  await Deno.remove(lab.estate.path("lab", "import.tf"));
  const renamed = await take(lab, wayOf(all, POOL, "Tell Terraform that it has a new name"), "prod");
  assertStringIncludes(renamed, "has moved to");
  assertStringIncludes(renamed, "0 to add, 0 to change");
  await lab.apply(["prod"]);
  await take(lab, wayOf(all, RESCUE, "Let it live"), "prod");
  const adopted = wayOf(all, "qemu/900", 'Bring it under Terraform, in "lab"');
  assertStringIncludes(await take(lab, adopted, "lab"), "1 to import, 0 to add, 1 to change, 0 to destroy");
  await lab.apply(["lab"]);
  await Deno.remove(lab.estate.path("lab", "import.tf"));

  const after = await world(lab);
  // The provider writes down what was the default before.
  compareWorlds(after, before, [900]);
  assertObjectMatch(after.get("900") as Record<string, unknown>, before.get("900") as Record<string, unknown>);
  // What was let go is nobody's now.
  assertEquals([...(await explained(lab)).keys()], ["qemu/303"]);
  await inOrder(lab);
}

testWith(["terraform", "git"], "each way out that explain prints ends its finding", async (test, terraform) => {
  await using lab = await administered(terraform!);
  const ways = {
    "what is to be typed on a node, and what is to be applied, changes nothing else": byCommand,
    "edits of the code, and rules that accept, touch nothing": byCode,
    "importing, renaming and letting go touches no guest": byAdoption,
  };
  for (const [name, fn] of Object.entries(ways)) {
    await lab.load("base");
    await test.step(name, () => fn(lab));
  }
}, missingParts());
