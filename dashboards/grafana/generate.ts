/**
 * Writes drift-overview.json beside this file: `deno task dashboard`.
 *
 * @module
 */

import { asJson, driftOverview } from "./drift_overview.ts";

await Deno.writeTextFile(new URL("drift-overview.json", import.meta.url), asJson(driftOverview()));
