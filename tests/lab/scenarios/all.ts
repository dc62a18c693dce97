/**
 * All scenarios of the lab, in the order of the table in the docs.
 *
 * @module
 */

import { BY_CODE } from "./by_code.ts";
import { BY_HAND } from "./by_hand.ts";
import { DELETIONS } from "./deletions.ts";
import { NOISE } from "./noise.ts";
import { OUTAGES } from "./outages.ts";
import type { Scenario } from "./scenario.ts";

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [...BY_HAND, ...BY_CODE, ...DELETIONS, ...OUTAGES, ...NOISE];
