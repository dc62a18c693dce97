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
import { VANISHED } from "./vanished.ts";

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [
  ...[...BY_HAND, ...CLUSTER, ...BY_CODE, ...CONSEQUENCES],
  ...[...DELETIONS, ...VANISHED, ...OUTAGES, ...NOISE],
];
