/**
 * Guests of Telmate/proxmox that a plan no longer finds, with a second witness.
 *
 * @module
 */

import { gone, lxc, qemu } from "./telmate.ts";
import { ALICE, GONE, type WitnessScenario } from "./witness.ts";

/** Vanished guests of Telmate/proxmox. */
export const WITNESSED_TELMATE: WitnessScenario[] = [
  {
    name: "Telmate: VM deleted by hand",
    env: "attic",
    change: (lab) => lab.pve.destroy(503, ALICE),
    expect: { status: "drift", changes: [gone(qemu("batch-1"), { note: GONE })] },
    found: { [qemu("batch-1")]: { found: "deleted" } },
    traces: { [qemu("batch-1")]: [{ user: ALICE, what: /destroyed/, source: "task" }] },
    adds: "it is deleted, and by whom",
  },
  {
    name: "Telmate: container hidden from the provider's token, and moved",
    env: "attic",
    change: async (lab) => {
      await lab.pve.hide(511);
      await lab.pve.migrate(511, "pve2", ALICE);
    },
    expect: { status: "drift", changes: [gone(lxc("wiki-1"), { note: /moved from pve1 to pve2/ })] },
    found: { [lxc("wiki-1")]: { found: "moved", node: "pve2" } },
    adds: "it has moved",
  },
  {
    name: "Telmate: VM hidden from the provider's token",
    env: "attic",
    change: (lab) => lab.pve.hide(503),
    expect: {
      status: "error",
      class: "suspect",
      says: /1 guest\(s\) look deleted, but Proxmox itself lists them/,
      changes: [gone(qemu("batch-1"), { note: /./, confirmed: false })],
    },
    found: { [qemu("batch-1")]: { found: "exists", node: "pve1" } },
    adds: "it is still there: no drift, but a token that sees too little",
  },
];
