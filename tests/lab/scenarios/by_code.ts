/**
 * What is changed in the code, and in code and Proxmox at once; what does not change; and what is around the code.
 *
 * @module
 */

import { join } from "node:path";
import type { Lab } from "../lab.ts";
import {
  edit,
  type ExpectedChange,
  outside,
  pending,
  PROD_VALUES,
  putBack,
  type Scenario,
  SCRATCH,
  vm,
} from "./scenario.ts";

const ONE = { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." } as const;

/** Memory of web-1 in the code. */
const toThree = (lab: Lab) => edit(lab, PROD_VALUES, "memory  = 2048", "memory  = 3072");

/** Code against Proxmox. */
export const BY_CODE: Scenario[] = [
  {
    name: "Code changed, not applied yet",
    env: "prod",
    change: toThree,
    expect: { status: "drift", changes: [pending(vm("web-1"), { "memory[0].dedicated": [3072, 2048] })] },
    plain: ONE,
    mending: "apply, or revert the code",
    tofu: true,
  },
  {
    name: "The same value changed in code and by hand",
    env: "prod",
    change: async (lab) => {
      await toThree(lab);
      await lab.pve.configure(101, { memory: 4096 });
    },
    expect: {
      status: "drift",
      changes: [{
        address: vm("web-1"),
        action: "update",
        origin: "both",
        attributes: { "memory[0].dedicated": [3072, 4096] },
      }],
    },
    plain: ONE,
    mending: "apply: it sets the code's value",
    tofu: true,
  },
  {
    name: "One value changed in code, another by hand",
    env: "prod",
    change: async (lab) => {
      await toThree(lab);
      await lab.pve.configure(101, { cores: 8 });
    },
    expect: {
      status: "drift",
      changes: [{
        address: vm("web-1"),
        action: "update",
        origin: "both",
        attributes: { "memory[0].dedicated": [3072, 2048, "pending"], "cpu[0].cores": [2, 8, "outside"] },
      }],
    },
    plain: ONE,
    mending: "look at the outside value, then apply",
  },
  {
    name: "One VM changed in code, another by hand",
    env: "prod",
    change: async (lab) => {
      await toThree(lab);
      await lab.pve.configure(103, { cores: 8 });
    },
    expect: {
      status: "drift",
      changes: [
        pending(vm("web-1"), { "memory[0].dedicated": [3072, 2048] }),
        outside(vm("db-1"), { "cpu[0].cores": [4, 8] }),
      ],
    },
    plain: { code: 2, says: "Plan: 0 to add, 2 to change, 0 to destroy." },
    mending: "apply",
  },
  {
    name: "The code already says what was done by hand",
    env: "prod",
    change: async (lab) => {
      await toThree(lab);
      await lab.pve.configure(101, { memory: 3072 });
    },
    expect: { status: "ok", observed: [`${vm("web-1")} memory[0].dedicated`] },
    plain: { code: 0, says: "No changes." },
    mend: () => Promise.resolve(),
    mending: "nothing",
  },
  {
    name: "Changed by hand where the code says ignore_changes",
    env: "prod",
    change: async (lab) => {
      await edit(
        lab,
        "modules/vm/main.tf",
        "operating_system {",
        "lifecycle {\n    ignore_changes = [tags]\n  }\n\n  operating_system {",
      );
      await lab.pve.configure(101, { tags: "managed;urgent;web" });
    },
    expect: { status: "ok", observed: [`${vm("web-1")} tags`] },
    plain: { code: 0, says: "No changes." },
    mend: () => Promise.resolve(),
    mending: "nothing: it is listed, but not drift",
  },
  {
    name: "VM added in code",
    env: "lab",
    change: (lab) =>
      edit(lab, "environments/lab/main.tf", "sandbox-3 =", "sandbox-4 = { id = 304, memory = 1024 }\n    sandbox-3 ="),
    expect: {
      status: "drift",
      changes: [{ address: vm("sandbox-4"), action: "create", origin: "pending", attributes: {} }],
    },
    plain: { code: 2, says: "Plan: 1 to add, 0 to change, 0 to destroy." },
    mend: async (lab) => await lab.apply(["lab"]),
    mending: "apply",
  },
  {
    name: "VM taken out of the code",
    env: "lab",
    change: (lab) => edit(lab, "environments/lab/main.tf", /\n +sandbox-2 =.*/, ""),
    expect: {
      status: "drift",
      changes: [{ address: vm("sandbox-2"), action: "delete", origin: "pending", attributes: {} }],
    },
    plain: { code: 2, says: "Plan: 0 to add, 0 to change, 1 to destroy." },
    mending: "apply",
  },
  {
    name: "Resource moved within the code",
    env: "lab",
    change: async (lab) => {
      await edit(lab, "environments/lab/main.tf", 'module "ct" {', 'module "scratch" {');
      await edit(lab, "environments/lab/main.tf", /$/, "\nmoved {\n  from = module.ct\n  to   = module.scratch\n}\n");
      await lab.init(["lab"]);
    },
    expect: { status: "ok", bookkeeping: [`${SCRATCH.replace("module.ct", "module.scratch")} move`] },
    after: { status: "ok", bookkeeping: [`${SCRATCH.replace("module.ct", "module.scratch")} move`] },
    plain: { code: 2, says: "has moved to" },
    mend: () => Promise.resolve(),
    mending: "nothing: the next apply writes it to the state",
  },
  {
    name: "Provider upgraded",
    env: "lab",
    providerVersion: "0.94.0",
    change: async (lab) => {
      await edit(lab, "environments/lab/terraform.tf", '">= 0.94"', '"0.94.0"');
      await lab.init(["lab"], "-upgrade");
      await lab.apply(["lab"]);
      await lab.check(["lab"]);
      await edit(lab, "environments/lab/terraform.tf", '"0.94.0"', '">= 0.94"');
      await lab.init(["lab"], "-upgrade");
    },
    expect: { status: "ok", warning: /bpg\/proxmox went from 0\.94\.0 to 0\.111\.1/ },
    plain: { code: 0, says: "No changes." },
    mend: () => Promise.resolve(),
    mending: "nothing",
  },
  {
    name: "Values of the code missing (tfvars)",
    env: "prod",
    change: (lab) => Deno.remove(lab.estate.path("prod", "secrets.tfvars")),
    expect: { status: "error", class: "config-invalid", says: /secrets\.tfvars/ },
    plain: { code: 1, says: "Given variables file secrets.tfvars does not exist." },
    mend: putBack,
    mending: "put the file where the configuration names it",
  },
  {
    name: "State moved to another key",
    env: "lab",
    change: moveState,
    expect: {
      status: "error",
      class: "suspect",
      says: /The state holds nothing, but the last run knew 4 resource/,
      changes: allOfLab(),
    },
    plain: { code: 2, says: "Plan: 4 to add, 0 to change, 0 to destroy." },
    mend: (lab) => lab.configure({ environments: movedKey(lab) }),
    mendedElsewhere: true,
    mending: "write the new key into backendConfig",
    tofu: true,
  },
  {
    name: "State moved to another key, and nothing remembered of the last run",
    env: "lab",
    change: async (lab) => {
      await moveState(lab);
      await Deno.remove(join(lab.estate.dir, "state/memory/lab.json"));
    },
    expect: {
      status: "drift",
      changes: allOfLab(),
      warning: /backend "s3".*key "lab\/terraform\.tfstate".*workspace "default"/s,
    },
    plain: { code: 2, says: "Plan: 4 to add, 0 to change, 0 to destroy." },
    mend: (lab) => lab.configure({ environments: movedKey(lab) }),
    mendedElsewhere: true,
    mending: "write the new key into backendConfig",
  },
];

async function moveState(lab: Lab): Promise<void> {
  const folder = join(lab.s3.folder, lab.s3.bucket, "lab");
  await Deno.rename(join(folder, "terraform.tfstate"), join(folder, "moved.tfstate"));
}

function allOfLab(): ExpectedChange[] {
  const names = ["sandbox-1", "sandbox-2", "sandbox-3"].map(vm);
  return [...names, SCRATCH].map((address) => ({
    address,
    action: "create",
    origin: "pending",
    attributes: {},
  }));
}

function movedKey(lab: Lab): Record<string, unknown> {
  return {
    lab: { varFiles: ["secrets.tfvars"], backendConfig: [lab.backend("lab")[0], "key=lab/moved.tfstate"] },
  };
}
