/**
 * What changes in Proxmox all the time and is not drift, and what Terraform cannot see.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Lab } from "../lab.ts";
import { ct, edit, outside, PROD_VALUES, putBack, type Scenario, seen, vm } from "./scenario.ts";
import { quietRuns, withVersion } from "./unchanged.ts";

const NO_CHANGES = { code: 0, says: "No changes." } as const;
const NOTHING_TO_DO = { mend: () => Promise.resolve(), mending: "nothing" } as const;
const POOL = "proxmox_virtual_environment_pool.prod";
const FILE = "proxmox_virtual_environment_file.rescue";

/** The scenarios of noise and blind spots. */
export const NOISE: Scenario[] = [
  {
    name: "Nothing changed, ten runs in a row",
    env: "prod",
    change: async (lab) => {
      for (let run = 0; run < 10; run++) {
        const { code, env } = await lab.check();
        assertEquals(code, 0);
        for (const { status, changes, warnings, error } of Object.values(env)) {
          assertEquals({ status, changes, error }, { status: "ok", changes: [], error: undefined });
          assertEquals(warnings.filter(({ summary }) => summary !== "Deprecated"), []);
        }
      }
      assertEquals(lab.telegram.accepted, []);
    },
    expect: { status: "ok" },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
    tofu: true,
  },
  {
    name: "Nothing changed, three runs in a row, with other addresses and an upgrade in between",
    env: "prod",
    providerVersion: "0.94.0",
    change: async (lab) => {
      await edit(lab, PROD_VALUES, '["db"]', '["DB"]');
      await withVersion(lab, "prod", ">= 0.94", "0.94.0");
      await lab.apply(["prod"]);
      await lab.pve.configure(102, { description: "managed by terraform\n" });
      await lab.check(["prod"]);
      await quietRuns(lab, "prod", 101);
      await withVersion(lab, "prod", "0.94.0", ">= 0.94");
    },
    expect: {
      status: "ok",
      warning: /bpg\/proxmox went from 0\.94\.0 to 0\.111\.1/,
    },
    plain: { code: 2, says: "Plan: 0 to add, 2 to change, 0 to destroy." },
    ...NOTHING_TO_DO,
  },
  {
    name: "Nothing changed since terraform apply -refresh-only",
    env: "prod",
    change: async (lab) => {
      await lab.pve.lease(30);
      await lab.apply(["prod"], "-refresh-only");
    },
    expect: { status: "ok" },
    proof: (_, { observed }) => assertEquals(observed, []),
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "VM made by hand",
    env: "lab",
    change: (lab) => stranger(lab, 900),
    expect: { status: "ok" },
    proof: async (lab) => {
      const all = await seen<{ vmid: number }[]>(lab, "/cluster/resources?type=vm");
      assert(all.some(({ vmid }) => vmid === 900), "there is no VM 900");
    },
    plain: NO_CHANGES,
    mend: () => Promise.resolve(),
    mending: "nobody sees it: Terraform does not know the VM",
  },
  {
    name: "VM made by hand in a pool of the code",
    env: "prod",
    change: (lab) => stranger(lab, 900, { pool: "prod" }),
    expect: { status: "ok", observed: [`${POOL} members[5]`] },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "Guest agent tells more addresses (docker0)",
    env: "prod",
    change: (lab) => lab.pve.agent(101, { lo: "127.0.0.1", eth0: "192.0.2.101", docker0: "172.17.0.1" }),
    expect: {
      status: "ok",
      observed: ["ipv4_addresses[2]", "mac_addresses", "network_interface_names"].map((path) =>
        `${vm("web-1")} ${path}`
      ),
    },
    plain: { code: 2, says: "Changes to Outputs:" },
    ...NOTHING_TO_DO,
    after: { status: "ok" },
  },
  {
    name: "Guest agent does not answer",
    env: "prod",
    change: (lab) => lab.pve.agent(101, null),
    expect: {
      status: "ok",
      observed: ["ipv4_addresses[0]", "ipv4_addresses[1]", "mac_addresses", "network_interface_names"].map((path) =>
        `${vm("web-1")} ${path}`
      ),
      warning: /error waiting for network interfaces from QEMU agent/,
    },
    plain: { code: 2, says: "Changes to Outputs:" },
    ...NOTHING_TO_DO,
  },
  {
    name: "Container got another address",
    env: "prod",
    change: (lab) => lab.pve.lease(30),
    expect: { status: "ok", observed: [`${ct("dns-1")} ipv4.eth0`, `${ct("proxy-1")} ipv4.eth0`] },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "MAC address of a network card changed",
    env: "prod",
    change: async (lab) => {
      const { net0 } = await lab.pve.options(102);
      await lab.pve.configure(102, { net0: net0!.replace(/([0-9A-F]{2}:){5}[0-9A-F]{2}/, "BC:24:11:00:00:99") });
    },
    expect: {
      status: "ok",
      observed: [`${vm("web-2")} mac_addresses`, `${vm("web-2")} network_device[0].mac_address`],
    },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "Screen, boot order and hot-plugging set by hand, which the code leaves open",
    env: "prod",
    change: (lab) => lab.pve.configure(102, { vga: "qxl", boot: "order=net0", hotplug: "network" }),
    expect: { status: "ok", observed: ["boot_order", "hotplug", "vga[0]"].map((path) => `${vm("web-2")} ${path}`) },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "Password of cloud-init changed",
    env: "prod",
    change: (lab) => lab.pve.configure(102, { cipassword: "another" }),
    expect: { status: "ok" },
    proof: async (lab) => {
      const all = await lab.pve.api<{ key: string; pending?: string }[]>(
        "GET",
        `${await lab.pve.guest(102)}/pending`,
      );
      assert(all.some(({ key, pending }) => key === "cipassword" && pending), "the password is what it was");
    },
    plain: NO_CHANGES,
    mend: () => Promise.resolve(),
    mending: "nobody sees it: Proxmox shows stars for any password",
  },
  {
    name: "Snapshot made",
    env: "prod",
    change: async (lab) => {
      await lab.pve.api("POST", `${await lab.pve.guest(102)}/snapshot`, { snapname: "before-upgrade" });
    },
    expect: { status: "ok" },
    proof: async (lab) => {
      const all = await lab.pve.api<{ name: string }[]>("GET", `${await lab.pve.guest(102)}/snapshot`);
      assert(all.some(({ name }) => name === "before-upgrade"), "there is no snapshot");
    },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "VM locked by a backup",
    env: "prod",
    change: (lab) => lab.pve.lock(102, "backup"),
    expect: { status: "ok" },
    proof: async (lab) => assertEquals((await lab.pve.options(102))["lock"], "backup"),
    plain: NO_CHANGES,
    mend: (lab) => lab.pve.lock(102, null),
    mending: "nothing",
  },
  {
    name: "VM paused",
    env: "prod",
    change: async (lab) => {
      await lab.pve.api("POST", `${await lab.pve.guest(102)}/status/suspend`);
    },
    expect: { status: "ok" },
    proof: async (lab) => {
      const { qmpstatus } = await seen<{ qmpstatus: string }>(lab, `${await lab.pve.guest(102)}/status/current`);
      assertEquals(qmpstatus, "paused");
    },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "Tags in another order in Proxmox",
    env: "prod",
    change: async (lab) => {
      const data = { ...await lab.pve.options(101), tags: "web;managed" };
      await lab.pve.fault("GET /nodes/pve1/qemu/101/config", { kind: "data", data });
    },
    expect: { status: "ok" },
    proof: async (lab) => {
      assertEquals((await seen<{ tags: string }>(lab, "/nodes/pve1/qemu/101/config")).tags, "web;managed");
    },
    plain: NO_CHANGES,
    mend: (lab) => lab.pve.heal(),
    mending: "nothing",
  },
  {
    name: "CPU weight set by hand, which the code leaves open",
    env: "prod",
    change: (lab) => lab.pve.configure(101, { cpuunits: 2000 }),
    expect: { status: "ok", observed: [`${vm("web-1")} cpu[0].units`] },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "Description of a VM ends with a newline, as an editor leaves it",
    env: "prod",
    change: (lab) => lab.pve.configure(101, { description: "managed by terraform\n" }),
    expect: { status: "ok", observed: [`${vm("web-1")} description`] },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." },
    mending: "nothing; an apply removes the newline",
  },
  {
    name: "Tag with a capital in the code",
    env: "prod",
    change: async (lab) => {
      await edit(lab, PROD_VALUES, '["db"]', '["DB"]');
      await lab.apply(["prod"]);
    },
    expect: { status: "ok", observed: [`${vm("db-1")} tags`] },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." },
    mend: async (lab) => {
      await edit(lab, PROD_VALUES, '["DB"]', '["db"]');
    },
    mending: "write it in lower case: Proxmox stores it so, and every plan of Terraform shows a difference",
  },
  {
    name: "Source of an image touched, as every checkout does",
    env: "prod",
    change: (lab) => Deno.utime(lab.estate.path("prod", "files/rescue.iso"), 1_700_000_000, 1_700_000_000),
    expect: { status: "ok", observed: [`${FILE} file_modification_date`, `${FILE} file_tag`] },
    plain: NO_CHANGES,
    ...NOTHING_TO_DO,
  },
  {
    name: "Source of an image missing where the check runs",
    env: "prod",
    change: (lab) => Deno.remove(lab.estate.path("prod", "files/rescue.iso")),
    expect: {
      status: "drift",
      changes: [{
        address: FILE,
        action: "replace",
        origin: "outside",
        attributes: { "source_file[0].changed": [false, true] },
      }],
    },
    plain: { code: 2, says: "must be replaced" },
    mend: putBack,
    mending: "check out the whole repository where the check runs",
  },
  {
    name: "Another VM under the same id",
    env: "lab",
    change: async (lab) => {
      await lab.pve.destroy(302);
      await stranger(lab, 302, { net0: "virtio,bridge=vmbr0" });
    },
    expect: {
      status: "drift",
      changes: [outside(vm("sandbox-2"), { name: ["sandbox-2", "stranger"] }, {
        among: true,
        note: /another VM \("stranger"\) stands under this id/,
      })],
    },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." },
    mend: putBack,
    mending: "do not apply: it would turn the other VM into ours",
  },
];

async function stranger(lab: Lab, vmid: number, more: Record<string, string> = {}): Promise<void> {
  await lab.pve.api("POST", "/nodes/pve1/qemu", { vmid, name: "stranger", memory: 512, ...more });
}
