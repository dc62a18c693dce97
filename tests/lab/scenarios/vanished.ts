/**
 * Vanished guests and what is left of them: what speaks against a deletion, and what only seems to.
 *
 * @module
 */

import { join } from "node:path";
import type { Lab } from "../lab.ts";
import { startPve, TOKENS } from "../pve.ts";
import { firewalled, LAB } from "./deletions.ts";
import {
  edit,
  type ExpectedChange,
  firewall,
  PROD_VALUES,
  rules,
  rulesGone,
  type Scenario,
  vanished,
  vm,
  withCode,
} from "./scenario.ts";

/** Deletions whose traces a careless check takes for a contradiction. */
export const VANISHED: Scenario[] = [
  {
    name: "A VM with firewall rules deleted by hand, and taken out of the code",
    env: "lab",
    change: async (lab) => {
      await firewalled(lab);
      await lab.pve.destroy(303);
      await edit(lab, LAB, /\n.*sandbox-3 = .*/, "");
    },
    expect: { status: "drift", changes: [removed(rules("sandbox-3")), removed(firewall("sandbox-3"))] },
    plain: { code: 2, says: "Plan: 0 to add, 0 to change, 2 to destroy." },
    mending: "apply: it forgets what is left",
    tofu: true,
  },
  {
    name: "A VM in a pool deleted by hand, and taken out of the code",
    env: "prod",
    change: async (lab) => {
      await lab.pve.destroy(102);
      await edit(lab, PROD_VALUES, /\n {2}web-2 = \{[^}]*?\{[^}]*\}[^}]*\{[^}]*\}\]\n {2}\}/, "");
    },
    expect: { status: "drift", changes: [removed(rules("web-2")), removed(firewall("web-2"))] },
    plain: { code: 2, says: "Plan: 0 to add, 0 to change, 2 to destroy." },
    mending: "apply: it forgets what is left",
  },
  {
    name: "A VM deleted by hand, while another cluster has one of the same id",
    env: "lab",
    change: async (lab) => {
      await secondCluster(lab);
      await lab.pve.destroy(303);
    },
    expect: { status: "drift", changes: [vanished(vm("sandbox-3"))] },
    plain: { code: 2, says: "Plan: 1 to add, 0 to change, 0 to destroy." },
    mending: "apply: it is created again, empty (or restore a backup under the same id)",
  },
  {
    name: "The id of a deleted VM taken by a container, in the same pool",
    env: "prod",
    change: async (lab) => {
      await lab.pve.destroy(102);
      await lab.pve.api("POST", "/nodes/pve2/lxc", {
        vmid: 102,
        pool: "prod",
        hostname: "squatter",
        ostemplate: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
        rootfs: "local-lvm:4",
      });
    },
    expect: {
      status: "drift",
      changes: [
        vanished(vm("web-2")),
        rulesGone("web-2"),
      ],
    },
    plain: { code: 2, says: "Plan: 1 to add, 1 to change, 0 to destroy." },
    mend: async (lab) => {
      await lab.pve.destroy(102);
      await lab.apply(["prod"]);
    },
    mending: "give the container another id, then apply",
  },
  {
    name: "A VM deleted by hand, and changed in the code",
    env: "lab",
    change: async (lab) => {
      await lab.pve.destroy(302);
      await edit(lab, LAB, "sandbox-2 = { id = 302, memory = 1024", "sandbox-2 = { id = 302, memory = 3072");
    },
    expect: { status: "drift", changes: [{ ...vanished(vm("sandbox-2")), origin: "both" }] },
    plain: { code: 2, says: "Plan: 1 to add, 0 to change, 0 to destroy." },
    mending: "apply: it is created again as the code says, empty (or restore a backup under the same id)",
    tofu: true,
  },
];

/** What the code no longer has, and an apply would delete. */
function removed(address: string): ExpectedChange {
  return { address, action: "delete", origin: "pending", attributes: {} };
}

/** A second Proxmox, reached by a provider alias, with a VM 303 that has firewall rules. */
async function secondCluster(lab: Lab): Promise<void> {
  const dir = join(lab.estate.dir, "second");
  await Deno.mkdir(dir, { recursive: true });
  const far = lab.stack.use(await startPve(dir));
  await withCode(
    lab,
    "lab",
    `provider "proxmox" {
  alias     = "far"
  endpoint  = "${far.url}"
  api_token = "${TOKENS.apply}"
  insecure  = true
}

module "far" {
  source    = "../../modules/vm"
  providers = { proxmox = proxmox.far }

  id             = 303
  name           = "far-3"
  node           = "pve1"
  allow          = [{ comment = "ssh", port = "22" }]
  admin_password = var.admin_password
}
`,
  );
}
