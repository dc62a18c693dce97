/**
 * An estate of 100 guests on three nodes: what a second witness costs is counted and measured on it.
 *
 * @module
 */

import type { Lab } from "./lab.ts";

/** How many guests there are. */
export const GUESTS = 100;
/** On which nodes. */
export const NODES = ["pve1", "pve2", "pve3"] as const;
/** The guests that have a snapshot. */
export const SNAPSHOTS = [1000, 1001, 1002] as const;

/** VMs and containers in equal numbers, dealt out to the nodes. */
const CODE = `locals {
  nodes = ${JSON.stringify(NODES)}
}

module "vm" {
  source         = "../../modules/vm"
  for_each       = { for n in range(${GUESTS / 2}) : format("vm-%03d", n) => n }
  id             = 1000 + each.value
  name           = each.key
  node           = local.nodes[each.value % ${NODES.length}]
  admin_password = var.admin_password
}

module "ct" {
  source        = "../../modules/ct"
  for_each      = { for n in range(${GUESTS / 2}) : format("ct-%03d", n) => n }
  id            = 2000 + each.value
  hostname      = each.key
  node          = local.nodes[each.value % ${NODES.length}]
  root_password = var.admin_password
}
`;

/** Applies the guests as the environment lab of a {@linkcode Lab} in which nothing is initialized; the others stay away. */
export async function manyGuests(lab: Lab): Promise<void> {
  for (const node of NODES) await lab.pve.node(node, true);
  await Deno.writeTextFile(lab.estate.path("lab", "main.tf"), CODE);
  await lab.init(["lab"]);
  await lab.apply(["lab"], "-parallelism=30");
  for (const id of SNAPSHOTS) await lab.pve.api("POST", `${await lab.pve.guest(id)}/snapshot`, { snapname: "before" });
}

/** The configuration of {@linkcode manyGuests}, with the options of a witness, or without one. */
export async function watchMany(lab: Lab, witness: Record<string, unknown> | undefined): Promise<void> {
  await lab.configure({
    environments: { monitoring: false, prod: false },
    ...(witness ? { proxmox: lab.witness(witness) } : {}),
  });
}
