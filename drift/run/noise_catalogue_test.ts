/**
 * The catalogue of noise on recorded plans: what each row sets aside and what it never does, on the way of a check.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NOISE_NAMES } from "../config/noise_names.ts";
import { isAbout } from "../providers/noise_shapes.ts";
import { providerOf } from "../providers/registry.ts";
import type { NoiseRow } from "../providers/provider.ts";
import { plan } from "../../tests/support/plans.ts";
import type { Change, EnvironmentReport } from "../report.ts";
import { type ReplayContext, replayEnvironment } from "./replay.ts";

const FIXTURES = new URL("../../tests/fixtures/noise/", import.meta.url);
const SOURCES = {
  bpg: "registry.terraform.io/bpg/proxmox",
  telmate: "registry.terraform.io/telmate/proxmox",
};
const ROWS = Object.values(SOURCES).flatMap((source) => providerOf(source).noise.map((row) => ({ source, row })));

type Known = Partial<Pick<ReplayContext, "accept" | "noise" | "versions">>;

const CONTEXT: ReplayContext = { accept: [], hideText: false, inherited: {}, now: () => Date.UTC(2026, 10, 30) };

async function judged(file: string, known: Known): Promise<EnvironmentReport> {
  const json = JSON.parse(await Deno.readTextFile(new URL(file, FIXTURES)));
  return replayEnvironment("prod", "/envs/prod", { shown: { json } }, { ...CONTEXT, ...known });
}

/** The rows that a report names. */
function namedIn({ observed, changes }: EnvironmentReport): string[] {
  const told = [...observed, ...changes].flatMap(({ noise = [], note = "" }) => [
    ...noise,
    ...[...note.matchAll(/\(noise: ([\w-]+)\)/g)].map(([, name]) => name!),
  ]);
  return [...new Set(told)];
}

/** A version that a row is about, where it is about some. */
function versionOf({ since, until }: NoiseRow): string {
  return since ?? (until ? "0.94.0" : "0.111.1");
}

Deno.test("the names that a configuration knows are those of the rows, each once", () => {
  assertEquals(ROWS.map(({ row }) => row.name), [...NOISE_NAMES]);
  assertEquals(new Set(NOISE_NAMES).size, NOISE_NAMES.length);
});

for (const { source, row } of ROWS) {
  Deno.test(`the row ${row.name} sets aside what is noise, as long as it applies, and nothing else`, async () => {
    const versions = { [source]: versionOf(row) };
    const noisy = await judged(`${row.name}/noise.json`, { noise: true, versions });
    assertEquals([noisy.status, noisy.changes, noisy.counts.update, namedIn(noisy)], ["ok", [], 0, [row.name]]);
    const [told] = noisy.observed;
    assertStringIncludes(told!.note!, row.reason);
    assertEquals(noisy.observed.length, 1);

    const isPlanned = told!.noise !== undefined;
    const isVersioned = row.since !== undefined || row.until !== undefined;
    const without: Known[] = [
      { noise: false, versions },
      { noise: [row.name], versions },
      ...isVersioned ? [{}, { versions: { [source]: "no version" } }] : [],
      ...row.since ? [{ versions: { [source]: "0.93.1" } }, { versions: { [source]: `${row.since}-rc1` } }] : [],
      ...row.until ? [{ versions: { [source]: row.until } }] : [],
    ];
    for (const known of without) {
      const loud = await judged(`${row.name}/noise.json`, known);
      assertEquals([loud.status, namedIn(loud)], [isPlanned ? "drift" : "ok", []], JSON.stringify(known));
    }
    const others = NOISE_NAMES.filter((name) => name !== row.name);
    assertEquals(namedIn(await judged(`${row.name}/noise.json`, { noise: others, versions })), [row.name]);

    const real = await judged(`${row.name}/drift.json`, { noise: true, versions });
    assertEquals([real.status, real.changes.length], ["drift", 1]);
    assertEquals(real.observed.filter(({ noise }) => noise), []);
  });
}

Deno.test("each folder of recorded noise is one of a row", async () => {
  const folders = (await Array.fromAsync(Deno.readDir(FIXTURES))).filter((one) => one.isDirectory);
  assertEquals(folders.map(({ name }) => name).sort(), [...NOISE_NAMES, "controls"].sort());
});

/** What no row may ever set aside: the action, and the attribute that must be listed. */
const CONTROLS: Record<string, [action: string, path?: string]> = {
  acl: ["update", 'acl["/ Administrator"]'],
  beside: ["update", "tags"],
  bios: ["update", "bios"],
  cores: ["update", "cpu[0].cores"],
  create: ["create"],
  delete: ["delete"],
  disk_datastore: ["update", "disk[0].datastore_id"],
  disk_size: ["update", "disk[0].size"],
  firewall_policy: ["update", "input_policy"],
  ha_state: ["update", "state"],
  memory: ["update", "memory[0].dedicated"],
  nic_bridge: ["update", "network_device[0].bridge"],
  nic_firewall: ["update", "network_device[0].firewall"],
  nic_vlan: ["update", "network_device[0].vlan_id"],
  protection: ["update", "protection"],
  replace: ["replace", "operating_system[0].template_file_id"],
  role_privileges: ["update", "privileges"],
  started: ["update", "started"],
  tag_added: ["update", "tags"],
  tainted: ["replace", "tags"],
};

/** The same of the short names of types, in plans that were recorded for their verdicts. VMs and containers of the old kind,
 * roles and firewalls have no short name; Telmate's controls are judged with the whole catalogue in `../verdict`. */
const SHORT_CONTROLS: typeof CONTROLS = {
  short_vm_cores: ["update", "cpu.cores"],
  short_vm_tag_added: ["update", "tags"],
  short_vm_description: ["update", "description"],
  short_vm_renamed: ["update", "name"],
  short_vm_replaced: ["replace", "id"],
  short_vm_moved: ["create"],
  short_acl_gone: ["create"],
  short_ha_stopped: ["update", "state"],
  cloned_vm_deleted: ["create"],
  cloned_vm_disk_grown: ["update", "disk.scsi0.size_gb"],
  cloned_vm_disk_datastore: ["update", "disk.scsi0.datastore_id"],
  cloned_vm_memory_in_code: ["update", "memory.size"],
  cloned_vm_nic: ["update", "network.net0.bridge"],
  cloned_vm_nic_firewall: ["update", "network.net0.firewall"],
  cloned_vm_stopped: ["update", "started"],
  cloned_vm_tag_added: ["update", "tags"],
};

Deno.test("every negative control stays drift with the whole catalogue", async () => {
  const files = await Array.fromAsync(Deno.readDir(new URL("controls", FIXTURES)), ({ name }) => name);
  assertEquals(files.sort(), Object.keys(CONTROLS).map((name) => `${name}.json`).sort());
  const controls = [
    ...Object.entries(CONTROLS).map(([name, wanted]) => [`controls/${name}`, wanted] as const),
    ...Object.entries(SHORT_CONTROLS).map(([name, wanted]) => [`../bpg_newest/${name}`, wanted] as const),
  ];
  for (const [name, [action, path]] of controls) {
    for (const version of ["0.94.0", "0.98.0", "0.103.0", "0.109.0", "0.111.1", "0.112.0", "9.0.0"]) {
      const versions = { [SOURCES.bpg]: version };
      const { status, changes, observed } = await judged(`${name}.json`, { noise: true, versions });
      assertEquals([status, changes.map((one) => one.action)], ["drift", [action]], name);
      assert(path === undefined || changes[0]!.attributes.some((one) => one.path === path), `${name} lacks ${path}`);
      assertEquals(observed.filter(({ noise }) => noise), [], name);
    }
  }
});

Deno.test("what a rule accepts counts no more than noise, beside which it stands", async () => {
  const rule = { address: "*", path: "memory[0].dedicated", reason: "tried out" };
  const { status, accepted, observed } = await judged("controls/beside.json", { accept: [rule] });
  const paths = (changes: Change[]) => changes.map(({ attributes }) => attributes.map(({ path }) => path));
  assertEquals([status, paths(accepted)], ["ok", [["memory[0].dedicated"]]]);
  assertEquals(paths(observed.filter(({ noise }) => noise)), [["tags"]]);
});

Deno.test("noise hides no value that the code sets and only an apply can tell", () => {
  const address = "proxmox_virtual_environment_vm.v";
  const sketch = { address, before: { tags: ["prod"] }, after: { tags: ["Prod"] } };
  const statusOf = (unknown: unknown, expressions: Record<string, unknown>) => {
    const resources = [{ address, expressions }];
    const json = plan([{ ...sketch, unknown }], [], { configuration: { root_module: { resources } } });
    return replayEnvironment("prod", "/envs/prod", { shown: { json } }, CONTEXT).status;
  };
  const named = { name: { references: ["random_pet.name.id", "random_pet.name"] } };
  assertEquals(statusOf({ name: true }, named), "drift");
  // One that the provider computes follows from the update.
  assertEquals(statusOf({ ipv4_addresses: true }, named), "ok");
});

Deno.test("no row is about a whole block, nor about what no row may set aside", () => {
  const real = [
    ...["disk", "disk[0]", "network_device", "network_device[0]", "initialization", "initialization[0]", "network"],
    ...["network[0]", "cpu", "cpu[0]", "agent", "memory", "entry", "rule", "disks", "", "protection", "bios", "acl"],
    ...["network_device[0].bridge", "network_device[0].vlan_id", "network_device[0].firewall", "disk[0].size"],
    ...["disk[0].datastore_id", "memory[0].dedicated", "cpu[0].cores", "privileges", "input_policy", "started"],
    ...["acl[0].role_id", "vm_state", "power_state", "target_node", "node_name"],
  ];
  for (const { row } of ROWS) {
    const matched = row.types.flatMap((type) => real.filter((path) => isAbout(row, type, path)));
    // That a VM runs may be noted where the code asks for nothing; that one was stopped or started is always told.
    const isOfRunning = typeof row.shape === "object" && "absent" in row.shape && row.shape.absent === "running";
    assertEquals(matched.filter((path) => !(isOfRunning && path === "vm_state")), [], row.name);
  }
  // A state says of a zone whether its settings are applied, and of a guest under HA what is wanted.
  assert(ROWS.every(({ row }) => !row.types.some((type) => type.endsWith("_haresource"))));
});
