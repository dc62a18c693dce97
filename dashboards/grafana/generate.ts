/**
 * Writes drift-overview.json beside this file, and copies it and the other shipped files into the Terraform module, which
 * is fetched without the folders beside it: `deno task dashboard`.
 *
 * @module
 */

import { basename } from "node:path";
import { asJson, driftOverview } from "./drift_overview.ts";

/** The files that the module holds copies of, relative to this folder. */
export const COPIED: string[] = [
  "drift-overview.json",
  "../prometheus/drift-alerts.yml",
  "../alertmanager/alertmanager.yml",
  "../alertmanager/drift-telegram.tmpl",
];

/** The address of the module's copy of a file. */
export function copyOf(path: string): URL {
  return new URL(`../monitoring-stack/files/${basename(path)}`, import.meta.url);
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("drift-overview.json", import.meta.url), asJson(driftOverview()));
  for (const path of COPIED) await Deno.copyFile(new URL(path, import.meta.url), copyOf(path));
}
