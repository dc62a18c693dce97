/**
 * All scenarios of the lab, in the order of the table in the docs.
 *
 * @module
 */

import { BY_CODE } from "./by_code.ts";
import { BY_HAND } from "./by_hand.ts";
import { CLUSTER } from "./cluster.ts";
import { CONSEQUENCES } from "./consequences.ts";
import { DELETIONS } from "./deletions.ts";
import { NOISE } from "./noise.ts";
import { OUTAGES } from "./outages.ts";
import type { Scenario } from "./scenario.ts";
import { TELMATE } from "./telmate.ts";
import { VANISHED } from "./vanished.ts";
import type { WitnessScenario } from "./witness.ts";
import { WITNESSED_GUESTS } from "./witness_guests.ts";
import { WITNESSED_INVENTORY } from "./witness_inventory.ts";
import { WITNESS_OUTAGES } from "./witness_outages.ts";
import { WITNESSED_TELMATE } from "./witness_telmate.ts";
import { WITNESSED_AUTHORS } from "./witness_who.ts";

export { TELMATE, WITNESSED_TELMATE };

/** All with bpg/proxmox. */
export const SCENARIOS: readonly Scenario[] = [
  ...[...BY_HAND, ...CLUSTER, ...BY_CODE, ...CONSEQUENCES],
  ...[...DELETIONS, ...VANISHED, ...OUTAGES, ...NOISE],
];

/** All with bpg/proxmox and a second witness. */
export const WITNESSED: readonly WitnessScenario[] = [
  ...[...WITNESSED_GUESTS, ...WITNESSED_AUTHORS, ...WITNESSED_INVENTORY, ...WITNESS_OUTAGES],
];
