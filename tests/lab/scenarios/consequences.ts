/**
 * What follows from a change: through dependencies, triggers and data sources.
 *
 * @module
 */

import type { Lab } from "../lab.ts";
import { outside, pending, replaced, type Scenario, vm, withCode } from "./scenario.ts";

const POOL = "proxmox_virtual_environment_pool.prod";
const LABEL = `resource "terraform_data" "label" {
  input = data.proxmox_virtual_environment_pool.read.comment
}
`;

/** Changes that another one has caused, and those that only an apply can tell. */
export const CONSEQUENCES: Scenario[] = [
  {
    name: "RAM added to a VM that a data source depends on",
    env: "lab",
    change: async (lab) => {
      await inventory(lab, "depends_on = [module.vm]");
      await lab.pve.configure(303, { memory: 4096 });
    },
    expect: {
      status: "drift",
      changes: [
        outside(vm("sandbox-3"), { "memory[0].dedicated": [2048, 4096] }),
        outside("terraform_data.inventory", {}, { causedBy: [vm("sandbox-3")], note: /input/ }),
      ],
      bookkeeping: ["data.terraform_remote_state.inventory read"],
    },
    plain: { code: 2, says: "Plan: 0 to add, 2 to change, 0 to destroy." },
    mending: "apply: it undoes the change",
    tofu: true,
  },
  {
    name: "A pool edited whose change triggers a replacement",
    env: "prod",
    change: async (lab) => {
      await triggered(lab);
      await relabel(lab);
    },
    expect: {
      status: "drift",
      changes: [
        outside(POOL, { comment: ["production guests", "by hand"] }),
        replaced("terraform_data.follower", {}, { causedBy: [POOL] }),
      ],
    },
    plain: { code: 2, says: "Plan: 1 to add, 1 to change, 1 to destroy." },
    mending: "apply: it undoes the change",
  },
  {
    name: "A pool changed in the code whose change triggers a replacement",
    env: "prod",
    change: async (lab) => {
      await triggered(lab);
      await Deno.writeTextFile(
        lab.estate.path("prod", "main.tf"),
        (await Deno.readTextFile(lab.estate.path("prod", "main.tf"))).replace("production guests", "production"),
      );
    },
    expect: {
      status: "drift",
      changes: [
        pending(POOL, { comment: ["production", "production guests"] }),
        { address: "terraform_data.follower", action: "replace", origin: "pending", attributes: {} },
      ],
    },
    plain: { code: 2, says: "Plan: 1 to add, 1 to change, 1 to destroy." },
    mending: "apply, or revert the code",
  },
  {
    name: "A data source reads a pool of the code, which was edited by hand",
    env: "prod",
    change: async (lab) => {
      await withCode(lab, "prod", `${reader(POOL + ".pool_id")}${LABEL}`);
      await lab.pve.api("PUT", "/pools", { poolid: "prod", comment: "by hand" });
    },
    expect: {
      status: "drift",
      changes: [
        outside(POOL, { comment: ["production guests", "by hand"] }),
        outside("terraform_data.label", {}, { causedBy: [POOL], note: /input/ }),
      ],
      bookkeeping: ["data.proxmox_virtual_environment_pool.read read"],
    },
    plain: { code: 2, says: "Plan: 0 to add, 2 to change, 0 to destroy." },
    mending: "apply: it undoes the change",
  },
  {
    name: "A data source reads a pool of nobody's code, which was edited by hand",
    env: "prod",
    change: async (lab) => {
      await lab.pve.api("POST", "/pools", { poolid: "attic", comment: "old guests" });
      await withCode(lab, "prod", `${reader('"attic"')}${LABEL}`);
      await lab.pve.api("PUT", "/pools", { poolid: "attic", comment: "by hand" });
    },
    expect: {
      status: "drift",
      changes: [{
        ...pending("terraform_data.label", { input: ["by hand", "old guests"] }),
        note: /the code reads something that changed/,
      }],
    },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." },
    mending: "apply, or put the pool back",
  },
  {
    name: "One object for each guest that a data source lists, and a guest taken out by hand",
    env: "prod",
    change: async (lab) => {
      await withCode(
        lab,
        "prod",
        `${
          reader('"prod"')
        }resource "terraform_data" "guest" {\n  for_each = toset(data.proxmox_virtual_environment_pool.read.guests)\n}\n`,
      );
      await lab.pve.api("PUT", "/pools", { poolid: "prod", vms: 103, delete: 1 });
    },
    expect: {
      status: "drift",
      changes: [
        outside(vm("db-1"), { pool_id: ["prod", ""] }),
        {
          address: 'terraform_data.guest["qemu/103"]',
          action: "delete",
          origin: "pending",
          attributes: {},
          note: /the code reads something that changed/,
        },
      ],
    },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 1 to destroy." },
    mend: async (lab) => {
      await lab.pve.api("PUT", "/pools", { poolid: "prod", vms: 103, "allow-move": 1 });
    },
    mending: "put the guest back into the pool",
  },
  {
    name: "An update of nothing but what only an apply can tell",
    env: "lab",
    change: (lab) => withCode(lab, "lab", 'resource "terraform_data" "stamp" {\n  input = timestamp()\n}\n'),
    expect: {
      status: "drift",
      changes: [{
        address: "terraform_data.stamp",
        action: "update",
        origin: "pending",
        attributes: {},
        note: /only values known after apply differ: input/,
      }],
    },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." },
    mend: (lab) => Deno.remove(lab.estate.path("lab", "extra.tf")).then(() => lab.apply(["lab"])),
    mending: "take the value out of the code that is another one each time, or accept it",
  },
  {
    name: "An update of nothing but what only an apply can tell, accepted by a rule",
    env: "lab",
    change: (lab) => withCode(lab, "lab", 'resource "terraform_data" "stamp" {\n  input = timestamp()\n}\n'),
    config: {
      accept: [{ env: "lab", address: "terraform_data.stamp", path: "input", reason: "another time in each plan" }],
    },
    expect: { status: "ok", accepted: ["terraform_data.stamp input"] },
    plain: { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." },
    mend: () => Promise.resolve(),
    mending: "nothing",
    after: { status: "ok", accepted: ["terraform_data.stamp input"] },
  },
];

/** An object that follows what a data source reads from another state. */
async function inventory(lab: Lab, body: string): Promise<void> {
  const state = {
    version: 4,
    terraform_version: "1.8.0",
    serial: 1,
    lineage: "inventory",
    outputs: { rack: { value: "r7", type: "string" } },
    resources: [],
  };
  await Deno.writeTextFile(lab.estate.path("lab", "inventory.state"), JSON.stringify(state));
  await withCode(
    lab,
    "lab",
    `data "terraform_remote_state" "inventory" {
  backend = "local"
  config  = { path = "\${path.module}/inventory.state" }
  ${body}
}

resource "terraform_data" "inventory" {
  input = data.terraform_remote_state.inventory.outputs.rack
}
`,
  );
}

/** A data source that reads the pool of an id. */
function reader(id: string): string {
  return `data "proxmox_virtual_environment_pool" "read" {\n  pool_id = ${id}\n}\n`;
}

async function triggered(lab: Lab): Promise<void> {
  const body = "  lifecycle {\n    replace_triggered_by = [proxmox_virtual_environment_pool.prod]\n  }\n";
  await withCode(lab, "prod", `resource "terraform_data" "follower" {\n${body}}\n`);
}

async function relabel(lab: Lab): Promise<void> {
  await lab.pve.api("PUT", "/pools", { poolid: "prod", comment: "by hand" });
}
